//! What 1, 10 and 100 million messages a month cost: calls, commands, rows and bytes are measured, the sum is computed with a dated price list.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{
    ingest::{self, Workerd},
    load,
    numbers::{self, psql},
    report::Row,
    stacks,
    world::World,
};
use crate::{Res, http, stack::Stack};

/// Rows that are there already: an empty table has no indexes to speak of.
const ROWS: u64 = 1_000_000;
const IDLE: Duration = Duration::from_secs(120);
/// Deliveries of each kind.
const EACH: u64 = 200;
/// The relay's default BULK_LINGER_SECONDS.
const LINGER_SECONDS: f64 = 15.0;
const MONTH_SECONDS: f64 = 30.0 * 86_400.0;
/// Assumed: one message of four is written where messages are read, and each fifth message gets a reaction.
const READ: f64 = 0.25;
const EVENTS: f64 = 1.2;

/// One face of a price: what is included, and what a unit beyond it costs in USD.
struct Price {
    name: &'static str,
    included: f64,
    unit: f64,
    usd: f64,
}

/// Workers Paid ($5), Upstash pay as you go, Supabase Pro ($25), read on 2026-11-22:
/// <https://developers.cloudflare.com/workers/platform/pricing/>, <https://upstash.com/pricing/redis>,
/// <https://supabase.com/pricing>.
const BASE_USD: f64 = 5.0 + 25.0;
const PRICES: [Price; 4] = [
    Price { name: "worker_calls", included: 10e6, unit: 1e6, usd: 0.30 },
    Price { name: "worker_cpu_ms", included: 30e6, unit: 1e6, usd: 0.02 },
    Price { name: "redis_commands", included: 0.0, unit: 1e5, usd: 0.20 },
    Price { name: "database_gb", included: 8.0, unit: 1.0, usd: 0.125 },
];

/// What went out while something was done.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    calls: f64,
    cpu_ms: f64,
    redis_trips: f64,
    redis_commands: f64,
    redis_kb: f64,
    supabase_calls: f64,
    supabase_kb: f64,
}

impl Used {
    fn combined(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            calls: of(self.calls, other.calls),
            cpu_ms: of(self.cpu_ms, other.cpu_ms),
            redis_trips: of(self.redis_trips, other.redis_trips),
            redis_commands: of(self.redis_commands, other.redis_commands),
            redis_kb: of(self.redis_kb, other.redis_kb),
            supabase_calls: of(self.supabase_calls, other.supabase_calls),
            supabase_kb: of(self.supabase_kb, other.supabase_kb),
        }
    }

    fn times(self, by: f64) -> Self {
        self.combined(self, |one, _| one * by)
    }

    fn values(self) -> Vec<(&'static str, f64)> {
        vec![
            ("worker_calls", self.calls),
            ("worker_cpu_ms", self.cpu_ms),
            ("redis_trips", self.redis_trips),
            ("redis_commands", self.redis_commands),
            ("redis_kb", self.redis_kb),
            ("supabase_calls", self.supabase_calls),
            ("supabase_kb", self.supabase_kb),
        ]
    }
}

pub fn run() -> Res<Vec<Row>> {
    let stack = numbers::filled(ROWS)?;
    let bytes_a_row = bytes()? / ROWS as f64;
    let world = World(stack.ports.discord());
    world.finds("safe", 0)?;
    let read: Vec<Value> =
        (0..EACH).map(|number| json!([ingest::urgent(number, "lovely weather for a walk")])).collect();
    let read = deliver(&stack, &world, "urgent", &read)?;
    let few = deliver(&stack, &world, "bulk", &ingest::batches(1_000, EACH, 6))?;
    let many = deliver(&stack, &world, "bulk", &ingest::batches(1_000, EACH, 200))?;
    drop(stack);
    let idle = idle()?;
    let row = |what: &str, values| Row { bench: "cost", what: what.to_owned(), values, budgets: vec![] };
    let mut rows = vec![
        row("one message that is read, SAFE", read.values()),
        row("one delivery of 6 events without text", few.values()),
        row("one delivery of 200 events without text", many.values()),
        row("an hour in which nothing happens", idle.values()),
        row("a row of activity with its sums and indexes", vec![("bytes", bytes_a_row)]),
    ];
    // A delivery costs something, and so does each event in it.
    let event = many.combined(few, |many, few| (many - few).max(0.0) / 194.0);
    let delivery = few.combined(event, |few, event| (few - 6.0 * event).max(0.0));
    for messages in [1e6, 10e6, 100e6] {
        let events = messages * EVENTS;
        let deliveries = events / (events / MONTH_SECONDS * LINGER_SECONDS).clamp(1.0, 200.0);
        let sum = |one: Used, other: Used| one.combined(other, |one, other| one + other);
        let whole = sum(read.times(messages * READ), delivery.times(deliveries));
        let whole = sum(sum(whole, event.times(events)), idle.times(MONTH_SECONDS / 3_600.0));
        let database_gb = events * bytes_a_row / 1e9;
        let mut values = whole.values();
        values.push(("database_gb", database_gb));
        let over = |price: &Price| {
            let used = values.iter().find(|(name, _)| *name == price.name).map_or(0.0, |(_, value)| *value);
            (used - price.included).max(0.0) / price.unit * price.usd
        };
        let usd = BASE_USD + PRICES.iter().map(over).sum::<f64>();
        values.push(("usd_a_month", usd));
        rows.push(row(&format!("computed: {:.0} million messages in a month", messages / 1e6), values));
    }
    Ok(rows)
}

/// What one of these deliveries uses, in the middle.
fn deliver(stack: &Stack, world: &World, lane: &str, deliveries: &[Value]) -> Res<Used> {
    let requests = ingest::signed(stack, lane, deliveries)?;
    let (warm, measured) = requests.split_at(requests.len() / 4);
    let port = stack.ports.worker();
    load::run(port, warm, 1, "\"done\"")?;
    let worker = Workerd::find(stack.ports.base)?;
    world.ask("DELETE", "/world/record", Value::Null)?;
    let before = worker.cpu_ns()?;
    load::run(port, measured, 1, "\"done\"")?;
    let cpu_ms = (worker.cpu_ns()? - before) as f64 / 1e6;
    let used = Used { calls: measured.len() as f64, cpu_ms, ..recorded(world)? };
    Ok(used.times(1.0 / measured.len() as f64))
}

/// What an hour uses in which only the relay speaks: its word of how it is, and ticks.
fn idle() -> Res<Used> {
    let stack = stacks::whole()?;
    let world = World(stack.ports.discord());
    let worker = Workerd::find(stack.ports.base)?;
    // What a start does is not of every hour.
    thread::sleep(Duration::from_secs(30));
    world.ask("DELETE", "/world/record", Value::Null)?;
    let (ticks_before, cpu) = (ticks(&stack)?, worker.cpu_ns()?);
    thread::sleep(IDLE);
    let cpu_ms = (worker.cpu_ns()? - cpu) as f64 / 1e6;
    let told = requests(&world, "supabase")?;
    let told = told.iter().filter(|one| one.to_string().contains("record_relay_status")).count();
    let used = Used { calls: ticks(&stack)? - ticks_before + told as f64, cpu_ms, ..recorded(&world)? };
    Ok(used.times(3_600.0 / IDLE.as_secs_f64()))
}

fn ticks(stack: &Stack) -> Res<f64> {
    let answer = http::get(stack.ports.relay(), "/metrics", Duration::from_secs(5))?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("relay_ticks_total "));
    line.and_then(|value| value.trim().parse().ok()).ok_or_else(|| "the relay does not tell its ticks".to_owned())
}

/// What reached a stand-in since the record was emptied.
fn requests(world: &World, face: &str) -> Res<Vec<Value>> {
    match world.ask("GET", &format!("/world/record?face={face}"), Value::Null)? {
        Value::Array(requests) => Ok(requests),
        _ => Err(format!("what reached {face} cannot be read")),
    }
}

fn recorded(world: &World) -> Res<Used> {
    let (redis, supabase) = (requests(world, "upstash")?, requests(world, "supabase")?);
    let kb = |requests: &[Value]| {
        let bytes = requests.iter().filter_map(|one| one.get("body")).map(|body| body.to_string().len());
        bytes.sum::<usize>() as f64 / 1024.0
    };
    // A pipeline is an array of commands, a single command an array of words.
    let commands = |one: &Value| match one.get("body").and_then(Value::as_array) {
        Some(body) if body.first().is_some_and(Value::is_array) => body.len(),
        _ => 1,
    };
    Ok(Used {
        redis_trips: redis.len() as f64,
        redis_commands: redis.iter().map(commands).sum::<usize>() as f64,
        redis_kb: kb(&redis),
        supabase_calls: supabase.len() as f64,
        supabase_kb: kb(&supabase),
        ..Used::default()
    })
}

/// Everything that Postgres keeps of the project.
fn bytes() -> Res<f64> {
    let query = "select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname = 'public' and c.relkind = 'r'";
    psql(&["-c", query], &[])?.trim().parse().map_err(|_| "the size of the tables cannot be read".to_owned())
}
