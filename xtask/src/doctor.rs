//! `cargo xtask doctor`: gathers what is known of a deployment and hands it to the program that looks at it.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    Res, migrate, out,
    process::cargo,
    settings::{self, Variables},
    stack,
};

const USAGE: &str = "cargo xtask doctor [--env local|NAME|FILE] [--json]";

pub fn run(args: &[String]) -> Res<()> {
    let (env, rest) = settings::take_env(args)?;
    if rest.iter().any(|arg| arg != "--json") {
        return Err(USAGE.to_owned());
    }
    let variables = variables(env.as_deref())?;
    let url = ["SUPABASE_DB_URL", "DATABASE_URL"].iter().find_map(|name| variables.get(*name));
    let database = match url {
        Some(url) => migrate::look(url).unwrap_or_else(|problem| json!({"problem": problem})),
        None => {
            out::note("SUPABASE_DB_URL is not set: the database is only asked through Supabase's REST interface");
            Value::Null
        }
    };
    let mut command = cargo();
    command.args(["run", "--quiet", "--bin", "doctor", "--"]).args(rest);
    let given = json!({"variables": variables, "database": database}).to_string();
    if tell(&mut command, &given)? { Ok(()) } else { Err(String::new()) }
}

fn variables(env: Option<&str>) -> Res<Variables> {
    match env {
        None => settings::of_deployment(None),
        Some("local") => {
            let file = stack::newest_env_file();
            if !file.is_file() {
                return Err("nothing runs on this machine: start `cargo xtask dev`".to_owned());
            }
            stack::variables_of(&settings::read(&file)?)
        }
        Some(file) if file.contains(['/', '.']) => {
            let given = settings::read(Path::new(file))?;
            // What a stack on this machine wrote names addresses only.
            if given.contains_key("WORLD_URL") { stack::variables_of(&given) } else { Ok(given) }
        }
        Some(name) => {
            let file = local_tools::checkout().join(format!(".env.{name}"));
            if file.is_file() { settings::of_deployment(Some(name)) } else { Err(format!("there is no .env.{name}")) }
        }
    }
}

/// Keys travel over standard input, where no other user of the machine can read them. True if all is well.
fn tell(command: &mut Command, given: &str) -> Res<bool> {
    let cannot = |error| format!("the doctor cannot be started: {error}");
    let mut child = command.stdin(Stdio::piped()).spawn().map_err(cannot)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(given.as_bytes()).map_err(cannot)?;
    }
    Ok(child.wait().map_err(cannot)?.success())
}
