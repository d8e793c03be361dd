//! CPU time of each single invocation of the Worker in workerd, one after the other, against the 10 ms of Cloudflare's free plan.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{
    ingest::{self, Workerd},
    interactions,
    report::{Budget, Limit, Row, percentile},
    stacks,
};
use crate::{Res, http::Connection, stack::Stack};

/// Of these the 99th percentile is told, so ten are above it.
const EACH: u64 = 1_000;
const WARM_UP: usize = 200;
const MEMBERS: u64 = 500;
/// What an invocation still does after its answer belongs to it.
const AFTERWARDS: Duration = Duration::from_millis(4);
/// Cloudflare's free plan (https://developers.cloudflare.com/workers/platform/limits/, 2026-11-21).
const FREE_PLAN_MS: f64 = 10.0;

pub fn run() -> Res<Vec<Row>> {
    let floor = {
        let stack = stacks::floor()?;
        let asked = {
            let other = stacks::real()?;
            interactions::signed(&other.variables, stack.ports.worker(), "ping", EACH as usize, MEMBERS)?
        };
        measure(&stack, "floor: JavaScript, no signature", &asked, "\"type\":1")?
    };
    let stack = stacks::real()?;
    let commands = |name| interactions::signed(&stack.variables, stack.ports.worker(), name, EACH as usize, MEMBERS);
    let mut rows = vec![floor];
    rows.push(measure(&stack, "signed /ping", &commands("ping")?, "Pong")?);
    rows.push(measure(&stack, "signed /score", &commands("score")?, "no points")?);
    for (what, letters) in
        [("one message of 40 characters that is read", 40), ("one message of 4,000 characters", 4_000)]
    {
        let text: String = "ein Spaziergang, a walk ".chars().cycle().take(letters).collect();
        let one = |number: u64| json!([ingest::urgent(number + letters as u64 * 1_000_000, &text)]);
        let batches: Vec<Value> = (0..EACH).map(one).collect();
        rows.push(measure(&stack, what, &ingest::signed(&stack, "urgent", &batches)?, "\"done\"")?);
    }
    for size in [20, 200] {
        let batches: Vec<Value> = ingest::batches(size * 1_000, EACH, size);
        let what = format!("{size} events without text");
        rows.push(measure(&stack, &what, &ingest::signed(&stack, "bulk", &batches)?, "\"done\"")?);
    }
    Ok(rows)
}

fn measure(stack: &Stack, what: &str, requests: &[Vec<u8>], expected: &str) -> Res<Row> {
    let worker = Workerd::find(stack.ports.base)?;
    let mut connection = Connection::open(stack.ports.worker(), Duration::from_secs(10))?;
    let mut each = Vec::with_capacity(requests.len());
    for (number, request) in requests.iter().enumerate() {
        let before = worker.cpu_ns()?;
        let answer = connection.send(request)?;
        thread::sleep(AFTERWARDS);
        let body = String::from_utf8_lossy(&answer.body);
        if answer.status != 200 || !body.contains(expected) {
            return Err(format!("an unexpected answer ({}): {body}", answer.status));
        }
        if number >= WARM_UP.min(requests.len() / 5) {
            each.push((worker.cpu_ns()? - before) as f64 / 1e6);
        }
    }
    Ok(Row {
        bench: "cpu",
        what: what.to_owned(),
        values: vec![
            ("cpu_p50_ms", percentile(&each, 0.5)),
            ("cpu_p99_ms", percentile(&each, 0.99)),
            ("cpu_max_ms", percentile(&each, 1.0)),
            ("rss_mb", worker.rss_mb()?),
        ],
        budgets: vec![Budget { of: "cpu_p99_ms", limit: Limit::Below(FREE_PLAN_MS) }],
    })
}
