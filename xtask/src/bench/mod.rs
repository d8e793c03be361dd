//! `cargo xtask bench [NAME] [--json]`: measures what has a budget in DESIGN section 9; one file a measurement.

pub mod chaos;
mod companion;
pub mod compare;
mod cost;
mod cpu;
mod crisis;
mod dashboard;
mod ingest;
mod interactions;
mod kills;
mod load;
mod numbers;
mod ping;
mod relay;
mod report;
mod score;
mod stacks;
mod wasm;
mod world;

use std::process::Command;

use crate::{
    Res,
    process::{cargo, pass_on},
    setup,
};
use report::Row;

struct Bench {
    name: &'static str,
    what: &'static str,
    run: fn() -> Res<Vec<Row>>,
}

/// What can be measured by now.
const BENCHES: [Bench; 12] = [
    Bench { name: "ping", what: "signed /ping through workerd, beside the least a Worker can do", run: ping::run },
    Bench { name: "score", what: "/score over a filled table", run: score::run },
    Bench { name: "ingest", what: "events without text, in deliveries of 200, to PostgreSQL", run: ingest::run },
    Bench { name: "relay", what: "the relay: rate, CPU, memory, latency, and 50 kills under load", run: relay::run },
    Bench { name: "kills", what: "only the kills of the relay", run: kills::run },
    Bench { name: "numbers", what: "the numbers managers ask for, over 1 and 10 million rows", run: numbers::run },
    Bench {
        name: "dashboard",
        what: "each tab of the dashboard in Chromium, over 10 million rows",
        run: dashboard::run,
    },
    Bench { name: "crisis", what: "from a message to the team's alert, through relay and workerd", run: crisis::run },
    Bench { name: "companion", what: "ten and a hundred talks with Ash at once", run: companion::run },
    Bench { name: "cpu", what: "CPU of each single invocation of the Worker", run: cpu::run },
    Bench {
        name: "cost",
        what: "calls, commands, rows and bytes of 1,000,000 messages, and their price",
        run: cost::run,
    },
    Bench { name: "wasm", what: "size and start-up of the Worker", run: wasm::run },
];

const USAGE: &str = "cargo xtask bench [NAME] [--json] [--list]";

pub fn run(args: &[String]) -> Res<()> {
    if args.iter().any(|arg| arg == "--list") {
        for Bench { name, what, .. } in BENCHES {
            println!("{name:9} {what}");
        }
        return Ok(());
    }
    if cfg!(debug_assertions) {
        return again_optimised(args);
    }
    let json = args.iter().any(|arg| arg == "--json");
    let names: Vec<&str> = args.iter().map(String::as_str).filter(|arg| *arg != "--json").collect();
    let wanted: Vec<&Bench> = match names.as_slice() {
        // The kills are part of `relay`.
        [] => BENCHES.iter().filter(|bench| bench.name != "kills").collect(),
        [name] => BENCHES.iter().filter(|bench| bench.name == *name).collect(),
        _ => return Err(USAGE.to_owned()),
    };
    if wanted.is_empty() {
        return Err(format!("there is no such measurement: {USAGE}"));
    }
    setup::ensure(setup::DEV)?;
    let mut missed = 0;
    for bench in wanted {
        for row in (bench.run)()? {
            missed += usize::from(!row.keeps_budget());
            println!("{}", if json { row.json() } else { row.human() });
        }
    }
    match missed {
        0 => Ok(()),
        _ => Err(format!("{missed} over budget")),
    }
}

/// The load generator shares the machine with what it measures: unoptimised, it would measure itself.
fn again_optimised(args: &[String]) -> Res<()> {
    let run = ["run", "--quiet", "--profile", "native", "--package", "xtask", "--", "bench"];
    let mut command: Command = cargo();
    command.args(run).args(args);
    pass_on(&mut command)
}
