//! Answers how the relay is: `GET /health`, `/ready`, `/metrics` (Prometheus text).

use std::{fmt::Write, sync::Arc, sync::atomic::Ordering};

use axum::{Json, Router, extract, http::StatusCode, http::header, response::IntoResponse, routing::get};
use relay_wire::{EventBody, Lane, Pause, ShardState, ShardStatus};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    orders,
    state::{BUCKETS_MS, State, lock, now_ms},
};

/// Serves until the process ends.
pub async fn serve(listener: TcpListener, state: Arc<State>) -> std::io::Result<()> {
    let routes = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(state);
    axum::serve(listener, routes).await
}

/// 200 while the process does its work, 503 when it has to be looked at.
async fn health(extract::State(state): extract::State<Arc<State>>) -> impl IntoResponse {
    let report = report(&state);
    let status = if report.get("status").is_some_and(|status| status == "down") {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (status, Json(report))
}

/// 200 once the gateway session is on and the filter was had.
async fn ready(extract::State(state): extract::State<Arc<State>>) -> impl IntoResponse {
    if is_ready(&state) { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") }
}

pub fn is_ready(state: &State) -> bool {
    all_on(&state.shards.borrow()) && state.rules.borrow().is_some()
}

fn all_on(shards: &[ShardStatus]) -> bool {
    !shards.is_empty() && shards.iter().all(|shard| shard.state == ShardState::Ready)
}

/// `status` is `ok`, `degraded` (something is missing, events flow) or `down` (events wait, or none come).
pub fn report(state: &State) -> Value {
    let worker_down = lock(&state.circuit).is_open() || state.tick_failed.load(Ordering::Relaxed);
    let shards = state.shards.borrow().clone();
    let (disk_failing, file_bytes) = {
        let spool = lock(&state.spool);
        let disk = spool.disk();
        (disk.failing.load(Ordering::Relaxed), disk.file_bytes.load(Ordering::Relaxed))
    };
    let filter = state.rules.borrow().as_ref().map(|rules| rules.version().to_owned());
    let pause = state.orders.borrow().pause;
    let status = if worker_down || !all_on(&shards) || filter.is_none() {
        "down"
    } else if shards.iter().any(|shard| shard.degraded.is_some()) || pause != Pause::None || disk_failing {
        "degraded"
    } else {
        "ok"
    };
    let EventBody::RelayStatus { spooled, oldest_ms, dead, thinned, .. } = orders::status(state, "") else {
        return Value::Null;
    };
    json!({
        "status": status,
        "version": env!("CARGO_PKG_VERSION"),
        "worker": if worker_down { "down" } else { "ok" },
        "filter_version": filter,
        "pause": pause,
        "spool": {
            "events": spooled, "oldest_ms": oldest_ms, "dead": dead, "thinned": thinned,
            "disk": if disk_failing { "failing" } else { "ok" }, "file_bytes": file_bytes,
        },
        "shards": shards,
    })
}

async fn metrics(extract::State(state): extract::State<Arc<State>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], prometheus(&state))
}

/// The counters in Prometheus' text format.
pub fn prometheus(state: &State) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let mut line = |args: std::fmt::Arguments| {
        let _ = text.write_fmt(args);
        text.push('\n');
    };
    for (name, help, value) in state.counters.all() {
        line(format_args!("# HELP relay_{name}_total {help}\n# TYPE relay_{name}_total counter"));
        line(format_args!("relay_{name}_total {value}"));
    }
    let (urgent, bulk, oldest, disk) = {
        let spool = lock(&state.spool);
        let oldest = spool.oldest_at().map_or(0, |at| (now_ms() - at).max(0));
        (spool.len(Lane::Urgent), spool.len(Lane::Bulk), oldest, Arc::clone(spool.disk()))
    };
    line(format_args!("# HELP relay_spool_events Events that wait\n# TYPE relay_spool_events gauge"));
    line(format_args!("relay_spool_events{{lane=\"urgent\"}} {urgent}"));
    line(format_args!("relay_spool_events{{lane=\"bulk\"}} {bulk}"));
    let oldest = oldest as f64 / 1000.0;
    let gauges = [
        ("relay_spool_oldest_seconds", "Age of the oldest event that waits", oldest),
        ("relay_spool_live_bytes", "Bytes of the events that wait", disk.live_bytes.load(Ordering::Relaxed) as f64),
        ("relay_spool_file_bytes", "Size of the spool's file", disk.file_bytes.load(Ordering::Relaxed) as f64),
        (
            "relay_spool_failing",
            "1 while the disk does not take events",
            f64::from(u8::from(disk.failing.load(Ordering::Relaxed))),
        ),
        ("relay_dead_events", "Events kept that the Worker gave up", disk.dead.load(Ordering::Relaxed) as f64),
    ];
    for (name, help, value) in gauges {
        line(format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"));
    }
    let commits = disk.commits.load(Ordering::Relaxed);
    let name = "relay_spool_commits_total";
    line(format_args!("# HELP {name} Groups written to the disk\n# TYPE {name} counter\n{name} {commits}"));
    let shards = state.shards.borrow().clone();
    line(format_args!("# HELP relay_shard_ready 1 while the shard's session is on\n# TYPE relay_shard_ready gauge"));
    for shard in &shards {
        let ready = u8::from(shard.state == ShardState::Ready);
        line(format_args!("relay_shard_ready{{shard=\"{}\"}} {ready}", shard.shard));
    }
    line(format_args!(
        "# HELP relay_shard_latency_seconds Heartbeat round trip\n# TYPE relay_shard_latency_seconds gauge"
    ));
    for shard in &shards {
        let Some(latency) = shard.latency_ms else { continue };
        line(format_args!("relay_shard_latency_seconds{{shard=\"{}\"}} {}", shard.shard, latency as f64 / 1000.0));
    }
    let ready = u8::from(is_ready(state));
    line(format_args!("# HELP relay_ready 1 once events flow\n# TYPE relay_ready gauge\nrelay_ready {ready}"));
    let delivery = &state.delivery;
    let name = "relay_urgent_delivery_seconds";
    line(format_args!("# HELP {name} From the gateway to the Worker's done\n# TYPE {name} histogram"));
    for (bucket, bound) in delivery.buckets.iter().zip(BUCKETS_MS) {
        let (bound, value) = (bound as f64 / 1000.0, bucket.load(Ordering::Relaxed));
        line(format_args!("{name}_bucket{{le=\"{bound}\"}} {value}"));
    }
    let (count, sum) = (delivery.count.load(Ordering::Relaxed), delivery.sum_ms.load(Ordering::Relaxed));
    line(format_args!(
        "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {}\n{name}_count {count}",
        sum as f64 / 1000.0
    ));
    text
}
