//! 100,000 events without text in deliveries of 200 through workerd to PostgreSQL: rate, CPU, memory, and the calls it takes.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use ed25519_dalek::Signer;
use serde_json::{Value, json};

use crate::{Res, http, stack::Stack};

use super::{
    interactions::{CHANNEL, GUILD, MEMBER, signing_key},
    load,
    report::{Budget, Limit, Row},
    stacks,
    world::{self, VENT},
};

const BATCH: u64 = 200;
const BATCHES: u64 = 500;
/// As many as the relay has under way at once.
const CONNECTIONS: usize = 4;
/// The relay's default BULK_LINGER_SECONDS.
const LINGER_SECONDS: f64 = 15.0;

pub fn run() -> Res<Vec<Row>> {
    let stack = stacks::real()?;
    let (warm, events) = (batches(0, 10, BATCH), batches(10, BATCHES, BATCH));
    let mut rows: Vec<Row> = [0.1, 1.0, 10.0, 100.0].map(calls).into();
    let what = "100,000 events in deliveries of 200, 4 at once".to_owned();
    rows.push(Row { bench: "ingest", what, ..deliver(&stack, &warm, &events)? });
    Ok(rows)
}

/// Deliveries through the Worker to PostgreSQL, the first ones unmeasured; name and bench of the row are the caller's.
pub fn deliver(stack: &Stack, warm: &[Value], deliveries: &[Value]) -> Res<Row> {
    let port = stack.ports.worker();
    load::run(port, &signed(stack, "bulk", warm)?, 1, "\"done\"")?;
    let worker = Workerd::find(stack.ports.base)?;
    let (cpu, rss) = (worker.cpu_ns()?, worker.rss_mb()?);
    let measured = load::run(port, &signed(stack, "bulk", deliveries)?, CONNECTIONS, "\"done\"")?;
    let cpu_ms = (worker.cpu_ns()? - cpu) as f64 / 1e6 / deliveries.len() as f64;
    Ok(Row {
        bench: "",
        what: String::new(),
        values: vec![
            ("events_per_second", measured.per_second * BATCH as f64),
            ("p50_ms", measured.p50_ms),
            ("p99_ms", measured.p99_ms),
            ("cpu_ms_mean", cpu_ms),
            ("rss_mb", worker.rss_mb()?),
            ("grown_mb", worker.rss_mb()? - rss),
        ],
        budgets: vec![
            Budget { of: "events_per_second", limit: Limit::Above(2_000.0) },
            Budget { of: "cpu_ms_mean", limit: Limit::Below(10.0) },
            Budget { of: "grown_mb", limit: Limit::Below(64.0) },
        ],
    })
}

/// Worker invocations for a million events at a steady rate: a delivery goes when it is full or has lingered. Computed.
fn calls(per_second: f64) -> Row {
    let events = (per_second * LINGER_SECONDS).clamp(1.0, BATCH as f64);
    Row {
        bench: "ingest",
        what: format!("computed: deliveries for 1,000,000 events at {per_second} a second"),
        values: vec![("invocations", 1_000_000.0 / events)],
        budgets: vec![],
    }
}

/// So many arrays of `size` events, numbered from `first * size`.
pub fn batches(first: u64, count: u64, size: u64) -> Vec<Value> {
    (first..first + count).map(|batch| (0..size).map(|at| event(batch * size + at)).collect()).collect()
}

/// Requests with these arrays of events.
pub fn signed(stack: &Stack, lane: &str, deliveries: &[Value]) -> Res<Vec<Vec<u8>>> {
    let key = signing_key(&stack.variables, "RELAY_SIGNING_SEED")?;
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| "the clock is before 1970")?.as_secs().to_string();
    let requests = deliveries.iter().map(|events| {
        let body = json!({"v": 1, "relay": "bench", "epoch": "bench", "lane": lane, "events": events}).to_string();
        let signature = hex::encode(key.sign(format!("{now}{body}").as_bytes()).to_bytes());
        let headers = [
            ("x-relay-timestamp", now.as_str()),
            ("x-relay-signature", signature.as_str()),
            ("content-type", "application/json"),
        ];
        http::request("POST", stack.ports.worker(), "/relay/events", &headers, body.as_bytes())
    });
    Ok(requests.collect())
}

fn event(number: u64) -> Value {
    json!({
        "id": format!("0/1:bench:{number}:bulk"), "order": number, "attempt": 1,
        "body": {"message_created": {
            "guild_id": GUILD.to_string(), "channel_id": CHANNEL.to_string(), "message_id": (GUILD + number).to_string(),
            "author_id": (MEMBER + number % 1_000).to_string(), "author_name": "Member",
        }},
    })
}

/// A message that is read, of the seeded guild.
pub fn urgent(number: u64, text: &str) -> Value {
    json!({
        "id": format!("0/1:bench:{number}:urgent"), "order": number, "attempt": 1,
        "body": {"message_created": {
            "guild_id": world::GUILD, "channel_id": VENT, "message_id": (GUILD + number).to_string(),
            "author_id": (MEMBER + number % 100).to_string(), "author_name": "Member", "text": text.trim(),
        }},
    })
}

/// The process under test, as Linux counts it.
pub struct Workerd(String);

impl Workerd {
    pub fn find(base: u16) -> Res<Self> {
        let config = format!("worker-{base}");
        let processes = fs::read_dir("/proc").map_err(|_| "this measurement reads /proc, which only Linux has")?;
        let is_it = |dir: &String| {
            let line = fs::read_to_string(format!("{dir}/cmdline")).unwrap_or_default();
            line.split('\0').next().is_some_and(|program| program.ends_with("workerd")) && line.contains(&config)
        };
        let found = processes.flatten().map(|entry| entry.path().display().to_string()).find(is_it);
        found.map(Self).ok_or_else(|| "workerd is not among the processes".to_owned())
    }

    /// Of all its threads, since its start.
    pub fn cpu_ns(&self) -> Res<u64> {
        cpu_ns(&self.0)
    }

    pub fn rss_mb(&self) -> Res<f64> {
        rss_mb(&self.0)
    }
}

/// CPU time of all threads of the process in this folder of /proc, from the scheduler, which counts in nanoseconds.
pub fn cpu_ns(process: &str) -> Res<u64> {
    let threads = fs::read_dir(format!("{process}/task")).map_err(|error| error.to_string())?;
    let of = |dir: fs::DirEntry| -> Option<u64> {
        fs::read_to_string(dir.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    Ok(threads.flatten().filter_map(of).sum())
}

/// Resident memory of the process in this folder of /proc.
pub fn rss_mb(process: &str) -> Res<f64> {
    let status = fs::read_to_string(format!("{process}/status")).map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kb: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "VmRSS cannot be read")?;
    Ok(kb / 1024.0)
}
