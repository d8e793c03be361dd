//! The relay: events a second through spool and delivery, CPU for each, memory, what it adds to an urgent event, and the kills.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Res, http::Connection, process::cargo};

use super::{
    kills::{self, Relay},
    report::{Budget, Limit, Row},
    stacks,
    world::{GENERAL, GUILD, act},
};

const MEMBERS: usize = 10_000;

pub fn run() -> Res<Vec<Row>> {
    let inside = inside()?;
    let of = |what: &str, name: &str| {
        let row =
            inside.iter().find(|row| row.get("what").and_then(Value::as_str).is_some_and(|its| its.contains(what)));
        row.and_then(|row| row.get(name).and_then(Value::as_f64))
            .ok_or_else(|| format!("the relay's bench tells no {name} of `{what}`"))
    };
    let mut rows: Vec<Row> = inside
        .iter()
        .map(|row| Row {
            bench: "relay",
            what: row.get("what").and_then(Value::as_str).unwrap_or_default().to_owned(),
            values: NAMES.iter().filter_map(|name| Some((*name, row.get(*name).and_then(Value::as_f64)?))).collect(),
            budgets: vec![],
        })
        .collect();
    let (idle_mb, members_mb) = memory()?;
    let kills = kills::run()?;
    let killed = kills.into_iter().next().ok_or("no kills")?;
    let mut values = vec![
        ("events_per_second", of("held back", "events_per_second")?),
        ("cpu_us_per_event", of("held back", "cpu_us_per_event")?),
        ("rss_idle_mb", idle_mb),
        ("rss_mb", members_mb),
        ("p50_ms", of("urgent", "p50_ms")?),
        ("p99_ms", of("urgent", "p99_ms")?),
    ];
    values.extend(killed.values);
    rows.push(Row {
        bench: "relay",
        what: "through the disk; 10,000 members; 50 kills".to_owned(),
        values,
        budgets: vec![
            Budget { of: "events_per_second", limit: Limit::Above(10_000.0) },
            Budget { of: "cpu_us_per_event", limit: Limit::Below(100.0) },
            Budget { of: "rss_mb", limit: Limit::Below(40.0) },
            Budget { of: "lost", limit: Limit::Below(1.0) },
            Budget { of: "doubled", limit: Limit::Below(1.0) },
        ],
    });
    Ok(rows)
}

const NAMES: [&str; 8] = [
    "events_per_second",
    "to_disk_per_second",
    "cpu_us_per_event",
    "events_per_cpu_second",
    "rss_mb",
    "file_mb",
    "p50_ms",
    "p99_ms",
];

/// Filter, spool and delivery in one process with a stub of the Worker: what the gateway and the network add is not in it.
fn inside() -> Res<Vec<Value>> {
    let mut command = cargo();
    command.args(["bench", "--quiet", "--profile", "native", "--package", "gateway-relay", "--bench", "relay"]);
    let output = command.output().map_err(|error| format!("cargo bench: {error}"))?;
    if !output.status.success() {
        return Err(format!("the relay's bench failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Megabytes of the real relay: idle, and after each of 10,000 members has written through the real gateway.
fn memory() -> Res<(f64, f64)> {
    let stack = stacks::real()?;
    let mut relay = Relay::fresh(&stack)?;
    relay.until_ready(&stack)?;
    let idle = relay.rss_mb()?;
    let mut world = Connection::open(stack.ports.discord(), Duration::from_secs(30))?;
    let port = stack.ports.discord();
    let mut post = |path: &str, body: &Value| act(&mut world, port, path, body);
    for number in 0..MEMBERS {
        let member = json!({"guild_id": GUILD, "action": "join", "name": format!("Member {number}")});
        let user = post("/world/members", &member)?;
        let user = user.get("user_id").and_then(Value::as_str).ok_or("a new member has no id")?.to_owned();
        post("/world/messages", &json!({"channel_id": GENERAL, "user_id": user, "content": "hello everybody"}))?;
    }
    relay.until_empty(&stack)?;
    let full = relay.rss_mb()?;
    relay.end()?;
    Ok((idle, full))
}
