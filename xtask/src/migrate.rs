//! `cargo xtask migrate`: applies migrations/ to a database, by a program of its own that few builds need.

use std::process::Command;

use serde_json::Value;

use crate::{
    Res, out,
    process::{cargo, output, pass_on},
    settings,
};

const USAGE: &str = "cargo xtask migrate [--url postgres://...] [--check] [--env NAME]";

pub fn run(args: &[String]) -> Res<()> {
    let (env, mut rest) = settings::take_env(args)?;
    let is_check = rest.iter().position(|arg| arg == "--check").map(|at| rest.remove(at)).is_some();
    let url = match env {
        Some(env) if rest.is_empty() => settings::of_deployment(Some(&env))?
            .remove("SUPABASE_DB_URL")
            .ok_or_else(|| format!("SUPABASE_DB_URL is not set: put it into .env.{env}"))?,
        _ => database(&rest, USAGE)?,
    };
    check(&url)?;
    let mut command = migrator(&url);
    command.args(is_check.then_some("--check"));
    pass_on(&mut command)
}

/// What the database says of itself: migrations that are missing, tables that are open, its size.
pub fn look(url: &str) -> Res<Value> {
    check(url)?;
    let said = output(migrator(url).args(["--check", "--json"]));
    let said = said.and_then(|said| serde_json::from_str(&said).ok());
    said.ok_or_else(|| "`cargo xtask migrate --check` says why".to_owned())
}

fn migrator(url: &str) -> Command {
    out::note("the migrator is compiled first; that takes a minute the first time");
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--package", "xtask", "--features", "migrate", "--bin", "migrate", "--"])
        // Not as an argument: those can be read by every user of the machine.
        .env("SUPABASE_DB_URL", url);
    command
}

/// The database that the rest of a command line, or else the environment or `.env`, names.
pub fn database(args: &[String], usage: &str) -> Res<String> {
    let url = match args {
        [] => std::env::var("SUPABASE_DB_URL")
            .ok()
            .or_else(|| settings::dot_env().ok()?.remove("SUPABASE_DB_URL"))
            .ok_or(
                "SUPABASE_DB_URL is not set: put the session pooler's address (port 5432) into .env, or give --url",
            )?,
        [flag, url] if flag == "--url" => url.clone(),
        _ => return Err(usage.to_owned()),
    };
    check(&url)?;
    Ok(url)
}

/// The transaction pooler gives every statement another connection, which breaks the lock that migrations are applied under.
fn check(url: &str) -> Res<()> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or("the address must start with postgres://")?;
    let host = rest.rsplit('@').next().unwrap_or(rest).split(['/', '?']).next().unwrap_or_default();
    if host.ends_with(":6543") {
        return Err("port 6543 is Supabase's transaction pooler, which cannot apply migrations: use the session pooler, port 5432".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_transaction_pooler_is_refused() {
        assert!(check("postgres://u:p@aws-0.pooler.supabase.com:6543/postgres").is_err());
        assert!(check("postgres://u:p@aws-0.pooler.supabase.com:5432/postgres?x=:6543").is_ok());
        assert!(check("postgresql://u@[::1]/db").is_ok());
        assert!(check("mysql://u@h/db").is_err());
    }
}
