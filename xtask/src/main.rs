//! `cargo xtask`: sets up, runs, tests, deploys and measures the whole; one file a subcommand.

mod bench;
mod ci;
mod dev;
mod http;
mod keys;
mod migrate;
mod out;
mod process;
mod register;
mod settings;
mod setup;
mod stack;
mod stamp;
mod test;
mod wasm;

use std::process::ExitCode;

/// What failed and what mends it, in one line; empty if it has been said.
pub type Res<T> = Result<T, String>;

const USAGE: &str = "\
cargo xtask COMMAND

  dev [--port-base N] [--only world,worker,relay] [--fresh] [--local]
                       run everything on this machine until Ctrl-C; --fresh forgets the data of earlier runs,
                       --local keeps to the stand-ins whatever .env says
  test [FILTER]        set up, then every test (or those whose name contains FILTER)
  setup                only make what is missing for `dev` and `test`
  wasm                 build the Worker for Cloudflare into build/ and check its size
  ci                   what a change must pass: format, lints, licences, size, every test
  migrate [--url URL]  apply migrations/ to SUPABASE_DB_URL
  register             tell Discord the bot's commands
  keys                 print a fresh pair of relay keys for .env
  bench [NAME] [--json]  measure what has a budget; `bench --list` names the rows
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    if let Err(problem) = process::watch_signals() {
        return fail(&problem);
    }
    let result = match command.as_str() {
        "dev" => dev::run(&rest),
        "test" => test::run(&rest),
        "setup" => setup::ensure(setup::TEST),
        "wasm" => wasm::command(),
        "ci" => ci::run(),
        "migrate" => migrate::run(&rest),
        "register" => register::run(),
        "keys" => keys::run(),
        "bench" => bench::run(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no `{other}`: `cargo xtask help` lists what there is")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => fail(&problem),
    }
}

fn fail(problem: &str) -> ExitCode {
    if process::interrupted() {
        eprintln!("stopped");
    } else if !problem.is_empty() {
        eprintln!("error: {problem}");
    }
    ExitCode::FAILURE
}
