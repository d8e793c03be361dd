//! `cargo xtask staff add`: makes somebody staff of a guild, above all the first admin; later ones are added in Discord.

use std::process::Command;

use local_tools::{checkout, node};

use crate::{Res, process, settings, setup, stack};

const USAGE: &str = "cargo xtask staff add --guild ID --user ID --role manager|crt|admin --email ADDRESS [--env NAME]";
const NEEDED: [&str; 2] = ["SUPABASE_URL", "SUPABASE_SECRET_KEY"];

pub fn run(args: &[String]) -> Res<()> {
    let [verb, rest @ ..] = args else { return Err(USAGE.to_owned()) };
    if verb != "add" {
        return Err(USAGE.to_owned());
    }
    let (env, rest) = settings::take_env(rest)?;
    setup::ensure(setup::DEV)?;
    let mut variables = settings::of_deployment(env.as_deref())?;
    // Without an .env, the stack that runs here.
    if env.is_none() && !variables.contains_key("SUPABASE_URL") && stack::newest_env_file().is_file() {
        variables = settings::read(&stack::newest_env_file())?;
    }
    for name in NEEDED {
        if !variables.contains_key(name) {
            return Err(format!("{name} is not set: put it into .env, or start `cargo xtask dev`"));
        }
    }
    let mut command = Command::new(node());
    command.arg("xtask/src/staff.mjs").args(rest).envs(variables).current_dir(checkout());
    process::pass_on(&mut command)
}
