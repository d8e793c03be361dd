//! How long each tab of the dashboard takes to show everything, in Chromium, over 10,000,000 rows of activity.

use std::{
    env,
    process::{Command, Stdio},
};

use local_tools::{checkout, node};
use serde_json::Value;

use crate::{Res, settings};

use super::{
    numbers::{self, LARGEST},
    report::{Budget, Limit, Row, percentile},
};

const ROWS: u64 = 10_000_000;
const BUDGET_MS: f64 = 1_000.0;

pub fn run() -> Res<Vec<Row>> {
    let size = env::var("BENCH_NUMBERS_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    let stack = numbers::filled(size)?;
    stack.accounts()?;
    let admin = format!(
        "insert into public.staff (guild_id, user_id, role, auth_user_id)
        select {LARGEST}, 1, 'admin', id from auth.users where email = 'admin@local.example'"
    );
    numbers::psql(&["-c", &admin], &[])?;
    let mut measure = Command::new(node());
    measure
        .arg("xtask/src/bench/dashboard.mjs")
        .arg(LARGEST.to_string())
        .envs(settings::parse(&stack.ports.env_text(&stack.variables))?)
        .env("CHROMIUM", local_tools::chromium().ok_or("Chromium is missing: set CHROMIUM to its program")?)
        .current_dir(checkout());
    // What it says of a failure is for whoever runs this.
    let done = measure.stderr(Stdio::inherit()).output().map_err(|error| format!("node cannot be started: {error}"))?;
    if !done.status.success() {
        return Err("the pages could not be measured".to_owned());
    }
    String::from_utf8_lossy(&done.stdout).lines().map(|line| row(line, size)).collect()
}

/// `{"what": "Impact Pulse", "cold": false, "ms": [..]}`
fn row(line: &str, size: u64) -> Res<Row> {
    let told: Value = serde_json::from_str(line).map_err(|_| format!("dashboard.mjs said {line:?}"))?;
    let what = told.get("what").and_then(Value::as_str).unwrap_or_default();
    let times = told.get("ms").and_then(Value::as_array).into_iter().flatten();
    let times: Vec<f64> = times.filter_map(Value::as_f64).collect();
    Ok(Row {
        bench: "dashboard",
        what: format!("{what}, {size} rows"),
        values: vec![("p50_ms", percentile(&times, 0.5)), ("max_ms", percentile(&times, 1.0))],
        budgets: vec![Budget { of: "p50_ms", limit: Limit::Below(BUDGET_MS) }],
    })
}
