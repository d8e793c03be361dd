//! `cargo xtask dev`: the whole on this machine, until Ctrl-C.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Res, out, process, settings, setup,
    stack::{self, Part, Plan, Ports, Stack},
    wasm,
};

const USAGE: &str = "cargo xtask dev [--port-base N] [--only world,worker,relay]";

pub fn run(args: &[String]) -> Res<()> {
    let (ports, parts) = read(args)?;
    ports.are_free(&parts)?;
    let plan = prepare(ports, parts)?;
    let mut stack = Stack::start(plan)?;
    if stack.has(Part::World) && stack.has(Part::Worker) {
        stack::register(&stack.variables)?;
        out::done("commands registered");
    }
    stack::write_env(&stack)?;
    greet(&stack);
    let ended = watch(&mut stack);
    stack::remove_env(&stack);
    println!("stopping ...");
    drop(stack);
    ended
}

/// Sets up, builds and collects the variables.
pub fn prepare(ports: Ports, parts: BTreeSet<Part>) -> Res<Plan> {
    setup::ensure(setup::DEV)?;
    if parts.contains(&Part::Worker) {
        wasm::build()?;
    }
    stack::build_programs()?;
    let (mut variables, real) = settings::merge(stack::local_variables(ports)?, settings::dot_env()?);
    if parts.contains(&Part::Worker) {
        variables.insert("WORKER_URL".to_owned(), format!("http://127.0.0.1:{}", ports.worker()));
    }
    variables.insert("RELAY_LISTEN".to_owned(), format!("127.0.0.1:{}", ports.relay()));
    if !real.is_empty() {
        out::note(&format!("real services, from .env: {}", real.join(", ")));
    }
    Ok(Plan {
        ports,
        parts,
        variables,
        bundle: None,
    })
}

fn read(args: &[String]) -> Res<(Ports, BTreeSet<Part>)> {
    let mut base = stack::DEFAULT_BASE;
    let mut only = BTreeSet::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        match arg.as_str() {
            "--port-base" => {
                base = value
                    .parse()
                    .map_err(|_| format!("--port-base {value}: give a number"))?
            }
            "--only" => {
                for name in value.split(',') {
                    only.insert(stack::part_named(name)?);
                }
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    if only.is_empty() {
        only = stack::all_parts();
    }
    Ok((Ports::new(base)?, only))
}

fn greet(stack: &Stack) {
    let base = stack.ports.base;
    println!();
    if stack.has(Part::World) {
        println!("  A small Discord to try it in:  http://127.0.0.1:{}", base + 1);
    }
    if stack.has(Part::Worker) {
        println!("  Dashboard:                     http://127.0.0.1:{base}/");
        println!("  Worker:                        http://127.0.0.1:{base}/health");
    }
    if stack.has(Part::Relay) {
        println!("  Relay:                         http://127.0.0.1:{}/health", base + 7);
    }
    println!(
        "  Addresses and local keys:      {}",
        process::short(&stack::env_file(base))
    );
    println!("  Logs:                          .local/logs/");
    println!("\n  Ctrl-C stops everything.");
}

/// Returns when asked to stop, or when a part has ended.
fn watch(stack: &mut Stack) -> Res<()> {
    let mut minute = Instant::now();
    while !process::interrupted() {
        stack.check()?;
        if stack.has(Part::Worker) && minute.elapsed() >= Duration::from_secs(60) {
            minute = Instant::now();
            if let Err(problem) = stack.fire_scheduled() {
                out::note(&problem);
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
