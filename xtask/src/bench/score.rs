//! `/score` of a member with 1,000 of 200,000 rows: Worker, Supabase's gateway, PostgREST and PostgreSQL, all real servers.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Res,
    http::{self, Connection},
    stack::Stack,
};

use super::{
    interactions::{self, CHANNEL, GUILD, MEMBER},
    load,
    report::{Budget, Limit, Row, median},
    stacks,
};

/// With more requests a member would be told to wait.
const MEMBERS: u64 = 200;
const ROWS_EACH: u64 = 1_000;
const ROUNDS: usize = 3;
const REQUESTS: usize = 1_000;

pub fn run() -> Res<Vec<Row>> {
    let stack = stacks::real()?;
    fill(&stack)?;
    let port = stack.ports.worker();
    let requests = |count| interactions::signed(&stack.variables, port, "score", count, MEMBERS);
    // "1,000 messages" or "1000 messages": the number proves that the rows were read.
    let expected = "000 messages";
    load::run(port, &requests(200)?, 1, expected)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(load::run(port, &requests(REQUESTS)?, 1, expected)?);
    }
    let middle = |of: fn(&load::Measured) -> f64| median(rounds.iter().map(of).collect());
    Ok(vec![Row {
        bench: "score",
        what: "signed /score, 1,000 of 200,000 rows".to_owned(),
        values: vec![("p50_ms", middle(|one| one.p50_ms)), ("p99_ms", middle(|one| one.p99_ms))],
        budgets: vec![Budget { of: "p50_ms", limit: Limit::Below(3.0) }],
    }])
}

/// Straight into the table: how points come about is not what is measured.
fn fill(stack: &Stack) -> Res<()> {
    let key = stack.variable("SUPABASE_SECRET_KEY")?;
    let port = stack.ports.supabase();
    let mut connection = Connection::open(port, Duration::from_secs(30))?;
    for member in 0..MEMBERS {
        let rows: Vec<Value> = (0..ROWS_EACH).map(|row| row_of(member, row)).collect();
        let headers = [("apikey", key), ("content-type", "application/json"), ("prefer", "return=minimal")];
        let body = Value::Array(rows).to_string();
        let request = http::request("POST", port, "/rest/v1/activity_hourly", &headers, body.as_bytes());
        let answer = connection.send(&request)?;
        if answer.status != 201 {
            let said = String::from_utf8_lossy(&answer.body);
            return Err(format!("rows cannot be inserted ({}): {said}", answer.status));
        }
    }
    Ok(())
}

/// An hour each, so that all of them are read.
fn row_of(member: u64, row: u64) -> Value {
    let day = row / 24;
    json!({
        "guild_id": GUILD.to_string(),
        "channel_id": CHANNEL.to_string(),
        "user_id": (MEMBER + member).to_string(),
        "hour": format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + day / 31, 1 + day % 31, row % 24),
        "messages": 1,
        "points": "1",
    })
}
