//! `cargo xtask register`: tells Discord the bot's commands, by the program that shares their definitions with the Worker.

use crate::{
    Res,
    process::{cargo, pass_on},
    settings,
};

pub fn run(args: &[String]) -> Res<()> {
    let (env, rest) = settings::take_env(args)?;
    if !rest.is_empty() {
        return Err("cargo xtask register [--env NAME]".to_owned());
    }
    let given = settings::of_deployment(env.as_deref())?;
    for name in ["DISCORD_APPLICATION_ID", "DISCORD_BOT_TOKEN"] {
        if !given.contains_key(name) {
            let file = env.map_or(".env".to_owned(), |env| format!(".env.{env}"));
            return Err(format!("{name} is not set: put it into {file} (.env.example says where it is found)"));
        }
    }
    let mut command = cargo();
    command.args(["run", "--quiet", "--bin", "register_commands"]);
    // The program reads .env by itself for what is not set at all: another deployment must not borrow from it.
    for name in settings::dot_env()?.into_keys().filter(|name| !given.contains_key(name)) {
        command.env(name, "");
    }
    pass_on(command.envs(given))
}
