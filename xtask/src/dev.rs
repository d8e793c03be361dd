//! `cargo xtask dev`: the whole on this machine, until Ctrl-C.

use std::{collections::BTreeSet, thread, time::Duration};

use crate::{
    Res, out, process, setup,
    stack::{self, Cron, Part, Plan, Ports, Stack},
    wasm,
};

const USAGE: &str = "cargo xtask dev [--port-base N] [--only world,worker,relay] [--fresh] [--local]";

pub fn run(args: &[String]) -> Res<()> {
    let plan = read(args)?;
    plan.ports.are_free(&plan.parts)?;
    prepare(&plan)?;
    let mut stack = Stack::start(&plan)?;
    stack::write_env(&stack)?;
    let accounts = stack.accounts()?;
    greet(&stack, accounts.as_deref());
    let ended = watch(&mut stack);
    if let Err(problem) = &ended {
        // Before the stop, which takes a while when the relay tries to deliver its last events.
        eprintln!("error: {problem}");
    }
    stack::remove_env(&stack);
    println!("stopping ...");
    drop(stack);
    ended.map_err(|_| String::new())
}

/// Sets up and builds what the plan's parts are made of.
pub fn prepare(plan: &Plan) -> Res<()> {
    setup::ensure(setup::DEV)?;
    if plan.parts.contains(&Part::Worker) && plan.bundle.is_none() {
        wasm::build()?;
    }
    out::step("programs (some minutes the first time)", stack::build_programs)
}

fn read(args: &[String]) -> Res<Plan> {
    let (mut base, mut fresh, mut local) = (stack::DEFAULT_BASE, false, false);
    let mut only = BTreeSet::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(USAGE);
        match arg.as_str() {
            "--fresh" => fresh = true,
            "--local" => local = true,
            "--port-base" => {
                let value = value()?;
                base = value.parse().map_err(|_| format!("--port-base {value}: give a number"))?;
            }
            "--only" => {
                for name in value()?.split(',') {
                    only.insert(stack::part_named(name)?);
                }
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    if only.is_empty() {
        only = stack::all_parts();
    }
    Ok(Plan { ports: Ports::new(base)?, parts: only, fresh, local, bundle: None })
}

fn greet(stack: &Stack, accounts: Option<&str>) {
    let base = stack.ports.base;
    println!();
    if stack.has(Part::World) {
        println!("  A small Discord to try it in:  http://127.0.0.1:{}", base + 1);
    }
    if stack.has(Part::Worker) {
        println!("  Dashboard:                     http://127.0.0.1:{base}/");
        println!("  Worker:                        http://127.0.0.1:{base}/health");
    }
    for account in accounts.unwrap_or_default().lines().filter(|_| stack.has(Part::Worker)) {
        println!("    sign in with                 {account}");
    }
    if stack.has(Part::Relay) {
        println!("  Relay:                         http://127.0.0.1:{}/health", base + 7);
    }
    println!("  Addresses and local keys:      {}", process::short(&stack::env_file(base)));
    println!("  Logs:                          .local/logs/");
    println!("\n  Ctrl-C stops everything.");
}

/// Returns when asked to stop, or when a part has ended.
fn watch(stack: &mut Stack) -> Res<()> {
    let mut cron = Cron::start();
    while !process::interrupted() {
        stack.check()?;
        if stack.has(Part::Worker)
            && let Err(problem) = cron.tend(stack)
        {
            out::note(&problem);
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
