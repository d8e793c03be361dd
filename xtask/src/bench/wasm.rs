//! How large the Worker is, and how much later than the smallest one it gives its first answer.

use std::time::Instant;

use crate::{
    Res,
    stack::{Part, Plan, Ports, Stack},
    wasm,
};

use super::{
    report::{Budget, Limit, Row, median},
    stacks,
};

const STARTS: usize = 7;

pub fn run() -> Res<Vec<Row>> {
    wasm::build()?;
    let size = wasm::size()?;
    let (mut own, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        floor.push(timed(stacks::floor)?);
        own.push(timed(alone)?);
    }
    let (own, floor) = (median(own), median(floor));
    let row = |what: &str, values, budgets| Row { bench: "wasm", what: what.to_owned(), values, budgets };
    Ok(vec![
        row("floor: JavaScript, workerd's own start in it", vec![("first_answer_ms", floor)], Vec::new()),
        row(
            "size; first answer later than the floor's",
            vec![
                ("raw_kb", size.raw as f64 / 1024.0),
                ("gzipped_kb", size.gzipped as f64 / 1024.0),
                ("first_answer_ms", own),
                ("start_up_ms", own - floor),
            ],
            vec![
                Budget { of: "gzipped_kb", limit: Limit::Below(wasm::BUDGET_GZIPPED as f64 / 1024.0) },
                Budget { of: "start_up_ms", limit: Limit::Below(50.0) },
            ],
        ),
    ])
}

/// The real Worker on nobody's data: its start needs no service.
fn alone() -> Res<Stack> {
    Stack::start(&Plan {
        ports: Ports::new(19_900)?,
        parts: [Part::Worker].into(),
        fresh: false,
        local: true,
        bundle: None,
    })
}

/// From before the start of the process to its first answer.
fn timed(start: fn() -> Res<Stack>) -> Res<f64> {
    let started = Instant::now();
    let stack = start()?;
    let elapsed = started.elapsed();
    drop(stack);
    Ok(elapsed.as_secs_f64() * 1000.0)
}
