//! `GET /metrics`: what was counted, and how things are now, for Prometheus.

use from_json::Value;
use http::{HeaderMap, Response, StatusCode, header};
use secrecy::ExposeSecret;

use super::{health, problem};
use crate::{
    context::{Cx, logged},
    metrics::{
        BUILD, COMPONENT_UP, CONFIG_PROBLEMS, Metric, PROBLEMS, RELAY_OLDEST, RELAY_SILENT, RELAY_WAITING, SECOND_LOOK,
        SECOND_LOOK_OLDEST, series, text,
    },
    seal::same,
};

pub async fn answer(cx: &Cx, headers: &HeaderMap) -> Response<Vec<u8>> {
    let Some(token) = &cx.config.metrics_token else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "METRICS_TOKEN is not configured");
    };
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if !sent.is_some_and(|sent| same(sent, token.expose_secret().as_bytes())) {
        return problem(StatusCode::UNAUTHORIZED, "the token is wrong; it is METRICS_TOKEN, sent as a Bearer token");
    }
    // Without Upstash there is no count, and the gauges say why.
    let mut known = logged(cx, "metrics", cx.redis.counted().await.map_err(Into::into)).unwrap_or_default();
    let health = health::current(cx).await;
    read(cx, part(&health, &["components"]), &mut known);
    let mut response = Response::new(text(&known).into_bytes());
    let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// How things are now, read off the components of `/health/detailed`.
fn read(cx: &Cx, health: &Value, known: &mut Vec<(String, i64)>) {
    let mut gauge = |metric: &Metric, labels: &[&str], value: i64| known.push((series(metric, labels), value));
    gauge(&BUILD, &[env!("CARGO_PKG_VERSION")], 1);
    gauge(&CONFIG_PROBLEMS, &[], cx.config.problems.len() as i64);
    for (name, component) in health.as_object().into_iter().flatten() {
        let is_up = match component.get("status").and_then(Value::as_str) {
            // Without any relay slash commands work.
            Some("up" | "never_heard_of") => 1,
            Some("degraded" | "down") => 0,
            _ => continue,
        };
        gauge(&COMPONENT_UP, &[name], is_up);
    }
    if let Some(relays) = part(health, &["relay", "relays"]).as_array().filter(|relays| !relays.is_empty()) {
        let of = |field| relays.iter().map(move |relay| relay.get(field).map_or(0, number));
        gauge(&RELAY_SILENT, &[], of("age_ms").max().unwrap_or_default());
        gauge(&RELAY_OLDEST, &[], of("oldest_ms").max().unwrap_or_default());
        gauge(&RELAY_WAITING, &[], of("queued").sum());
    }
    if let Some(waiting) = part(health, &["detection", "second_look", "waiting"]).as_i64() {
        gauge(&SECOND_LOOK, &[], waiting);
        let oldest = number(part(health, &["detection", "second_look", "oldest_seconds"]));
        gauge(&SECOND_LOOK_OLDEST, &[], oldest * 1_000);
    }
    for (problem, guilds) in part(health, &["features", "guilds_with_trouble"]).as_object().into_iter().flatten() {
        gauge(&PROBLEMS, &[problem], number(guilds));
    }
}

/// What stands there in what `/health/detailed` shows; null if nothing does.
pub fn part<'a>(health: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(health, |at, name| at.get(name).unwrap_or(&Value::Null))
}

fn number(value: &Value) -> i64 {
    value.as_f64().map_or(0, |number| number as i64)
}
