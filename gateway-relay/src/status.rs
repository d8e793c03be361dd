//! Answers how the relay is: `GET /health`, `/ready`, `/metrics` (Prometheus text).

use std::{fmt::Write, sync::Arc, sync::atomic::Ordering};

use axum::{Json, Router, extract, http::StatusCode, http::header, response::IntoResponse, routing::get};
use relay_wire::{EventBody, Lane, Pause, ShardState};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    orders,
    state::{BUCKETS_MS, State, lock},
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
    state.shard.borrow().state == ShardState::Ready && state.rules.borrow().is_some()
}

/// `status` is `ok`, `degraded` (something is missing, events flow) or `down` (events wait, or none come).
pub fn report(state: &State) -> Value {
    let worker_down = lock(&state.circuit).is_open() || state.tick_failed.load(Ordering::Relaxed);
    let shard = state.shard.borrow().clone();
    let filter = state.rules.borrow().as_ref().map(|rules| rules.version().to_owned());
    let pause = state.orders.borrow().pause;
    let status = if worker_down || shard.state != ShardState::Ready || filter.is_none() {
        "down"
    } else if shard.degraded.is_some() || pause != Pause::None {
        "degraded"
    } else {
        "ok"
    };
    let EventBody::RelayStatus { spooled, oldest_ms, .. } = orders::status(state) else {
        return Value::Null;
    };
    json!({
        "status": status,
        "version": env!("CARGO_PKG_VERSION"),
        "worker": if worker_down { "down" } else { "ok" },
        "filter_version": filter,
        "pause": pause,
        "spool": { "durable": false, "events": spooled, "oldest_ms": oldest_ms },
        "shards": [shard],
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
    let (urgent, bulk) = {
        let spool = lock(&state.spool);
        (spool.len(Lane::Urgent), spool.len(Lane::Bulk))
    };
    line(format_args!("# HELP relay_spool_events Events that wait\n# TYPE relay_spool_events gauge"));
    line(format_args!("relay_spool_events{{lane=\"urgent\"}} {urgent}"));
    line(format_args!("relay_spool_events{{lane=\"bulk\"}} {bulk}"));
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
