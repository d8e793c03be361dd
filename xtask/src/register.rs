//! `cargo xtask register`: tells Discord the bot's commands, by the program that shares their definitions with the Worker.

use crate::{
    Res,
    process::{cargo, pass_on},
    settings,
};

pub fn run() -> Res<()> {
    let given = settings::dot_env()?;
    for name in ["DISCORD_APPLICATION_ID", "DISCORD_BOT_TOKEN"] {
        if !given.contains_key(name) && std::env::var_os(name).is_none() {
            return Err(format!("{name} is not set: put it into .env (.env.example says where it is found)"));
        }
    }
    let mut command = cargo();
    command.args(["run", "--quiet", "--bin", "register_commands"]);
    for (name, value) in given {
        // What the shell sets wins over the file, as everywhere.
        if std::env::var_os(&name).is_none() {
            command.env(name, value);
        }
    }
    pass_on(&mut command)
}
