//! From MESSAGE_CREATE leaving the gateway to the alert's POST arriving: through the real relay and workerd, all stand-ins processes of their own.

use serde_json::{Value, json};

use super::{
    report::{Budget, Limit, Row},
    stacks,
    world::{World, expect_nobody},
};
use crate::Res;

const CRITICAL_CHANNEL: &str = "1200000000200000023";

pub fn run() -> Res<Vec<Row>> {
    let stack = stacks::whole()?;
    expect_nobody(&stack)?;
    let world = World(stack.ports.discord());
    world.finds("high", 0)?;
    // What is made ready once is not measured.
    world.load(json!({"messages": 200, "per_second": 100.0, "every": 10}))?;
    let safe = world.load(json!({"messages": 500, "per_second": 100.0}))?;
    let per_safe = number(&safe, "redis") / number(&safe, "messages");
    let mut rows = vec![];
    world.finds("high", 150)?;
    let slow = world.load(json!({"messages": 500, "per_second": 50.0, "every": 10}))?;
    rows.push(row(
        "50 msgs/s, NLP 150 ms",
        150.0,
        &slow,
        per_safe,
        vec![Budget { of: "p99_ms", limit: Limit::Below(160.0) }],
    ));
    world.finds("high", 0)?;
    let burst = world.load(json!({"messages": 6_000, "every": 50}))?;
    rows.push(row(
        "burst of 6,000 at once",
        0.0,
        &burst,
        per_safe,
        vec![
            Budget { of: "messages_per_second", limit: Limit::Above(1_000.0) },
            Budget { of: "p99_ms", limit: Limit::Below(6_000.0) },
            Budget { of: "lost", limit: Limit::Below(1.0) },
        ],
    ));
    rows.push(limited(&world, per_safe)?);
    let steady = world.load(json!({"messages": 2_000, "per_second": 100.0, "every": 10}))?;
    rows.push(row(
        "100 msgs/s, NLP 0 ms",
        0.0,
        &steady,
        per_safe,
        vec![
            Budget { of: "p50_ms", limit: Limit::Below(4.3) },
            Budget { of: "p99_ms", limit: Limit::Below(6.5) },
            Budget { of: "lost", limit: Limit::Below(1.0) },
            Budget { of: "redis_round_trips_safe", limit: Limit::Below(1.2) },
            Budget { of: "redis_round_trips_alert", limit: Limit::Below(2.3) },
        ],
    ));
    Ok(rows)
}

/// 20 CRITICAL alerts at once into a channel that takes 5 posts in 5 s.
fn limited(world: &World, per_safe: f64) -> Res<Row> {
    world.finds("critical", 0)?;
    let prefix = format!("POST /channels/{CRITICAL_CHANNEL}/messages");
    world.ask("POST", "/world/limits", json!({"prefix": prefix, "limit": 5, "per_ms": 5_000}))?;
    let told = world.load(json!({"messages": 20, "every": 1}))?;
    world.ask("DELETE", "/world/limits", Value::Null)?;
    world.finds("high", 0)?;
    let budgets = vec![Budget { of: "lost", limit: Limit::Below(1.0) }];
    Ok(row("20 alerts at once, 5 posts per 5 s", 0.0, &told, per_safe, budgets))
}

fn row(what: &str, nlp_ms: f64, told: &Value, per_safe: f64, budgets: Vec<Budget>) -> Row {
    let (messages, alerts) = (number(told, "messages"), number(told, "alerts"));
    let of_alerts = number(told, "redis") - (messages - alerts) * per_safe;
    Row {
        bench: "crisis",
        what: what.to_owned(),
        values: vec![
            ("p50_ms", number(told, "p50_ms")),
            ("p99_ms", number(told, "p99_ms")),
            ("max_ms", number(told, "max_ms")),
            ("messages_per_second", messages / number(told, "seconds")),
            ("nlp_ms", nlp_ms),
            ("alerts", alerts),
            ("lost", number(told, "alerts_expected") - alerts),
            ("doubled", number(told, "doubled")),
            ("redis_round_trips_safe", per_safe),
            ("redis_round_trips_alert", of_alerts / alerts),
        ],
        budgets,
    }
}

fn number(told: &Value, name: &str) -> f64 {
    told.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}
