//! `cargo xtask`: sets up, runs, tests, deploys and measures the whole; one file a subcommand.

mod audit;
mod bench;
mod bundle;
mod ci;
mod dev;
mod docs;
mod doctor;
mod fuzz;
mod http;
mod keys;
mod migrate;
mod out;
mod process;
mod register;
mod report;
mod secrets;
mod settings;
mod setup;
mod stack;
mod staff;
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
  bundle [--env NAME]  build what `wrangler deploy` uploads: the Worker, and the dashboard for this Supabase
  ci                   what a change must pass: format, lints, licences, size, fuzzing for a moment, every test
  fuzz [TARGET] [--seconds N]
                       look for inputs that break a parser, ten minutes for each target; fuzz/fuzz_targets has them
  audit                known holes and newer versions of the dependencies, as a page of Markdown
  docs [--check]       write docs/commands.md and docs/configuration.md from the code, or only say whether they are stale
  migrate [--url URL] [--check] [--env NAME]
                       apply migrations/ to SUPABASE_DB_URL; --check changes nothing: what is missing, which tables are open
  report referrals --year Y [--url URL]
                       how often the resource card was shown in a year, by month and occasion
  register [--env NAME]
                       tell Discord the bot's commands
  secrets [--env NAME] [--json]
                       how to set each variable of the Worker; --json: those of .env, for `wrangler secret bulk`
  staff add --guild ID --user ID --role manager|crt|admin --email ADDRESS [--env NAME]
                       let somebody use the dashboard; without a Supabase account yet, one is made and its password printed
  keys                 print a fresh pair of relay keys for .env
  doctor [--env local|NAME|FILE] [--json]
                       check a deployment and say how to mend what it finds; it changes nothing
  bench [NAME] [--json]  measure what has a budget; `bench --list` names the rows
  compare [--says TEXT] -- COMMAND
                       another bot under the same local Discord as this one: answers, memory, CPU, what a kill loses
  chaos [--minutes N] [--seed N]
                       10 minutes of load while services fail at random; then every message is accounted for
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
        "audit" if rest.is_empty() => audit::run(),
        "bundle" => bundle::run(&rest),
        "ci" => ci::run(),
        "docs" => docs::run(&rest),
        "doctor" => doctor::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "migrate" => migrate::run(&rest),
        "register" => register::run(&rest),
        "report" => report::run(&rest),
        "secrets" => secrets::run(&rest),
        "staff" => staff::run(&rest),
        "keys" => keys::run(),
        "bench" => bench::run(&rest),
        "compare" => bench::compare::run(&rest),
        "chaos" => bench::chaos::run(&rest),
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
