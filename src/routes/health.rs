//! Is it alive, and what does it miss?

use std::collections::BTreeMap;

use chrono::TimeDelta;
use from_json::{Value, json};
use http::{Response, StatusCode};

use super::{json_response, metrics};
use crate::{
    care,
    config::VARIABLES,
    context::Cx,
    error::ServiceError,
    features::{FEATURES, crisis, relay},
    settings,
    sort::gathered,
};

pub fn summary(cx: &Cx) -> Response<Vec<u8>> {
    let status = if cx.config.problems.is_empty() { "healthy" } else { "degraded" };
    let body =
        json!({"status": status, "version": env!("CARGO_PKG_VERSION"), "config_problems": cx.config.problems.len()});
    json_response(StatusCode::OK, &body)
}

/// Strangers may ask as often as they like; the stores are asked this often.
const MAX_AGE: TimeDelta = TimeDelta::seconds(5);

/// Asks the stores, and lists configuration problems by the names of their variables (never their values).
pub async fn detailed(cx: &Cx) -> Response<Vec<u8>> {
    json_response(StatusCode::OK, &current(cx).await)
}

/// What a look at most [`MAX_AGE`] ago said.
pub async fn current(cx: &Cx) -> Value {
    match cx.health.get(cx.now, MAX_AGE) {
        Some(body) => body,
        None => cx.health.keep(cx.now, look(cx).await),
    }
}

/// 200 if requests can be answered: what must be configured is, and both stores answer. Else 503, and what is missing.
pub async fn ready(cx: &Cx) -> Response<Vec<u8>> {
    let is_required = |name: &str| VARIABLES.iter().any(|variable| variable.required && variable.name == name);
    let wrong = cx.config.problems.iter().map(|problem| problem.variable).filter(|name| is_required(name));
    let health = current(cx).await;
    let is_down = |store: &&str| metrics::part(&health, &["components", store, "status"]).as_str() != Some("up");
    let missing: Vec<&str> = wrong.chain(["supabase", "upstash"].into_iter().filter(is_down)).collect();
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json_response(status, &json!({"ready": missing.is_empty(), "missing": missing}))
}

/// Components as `/health/detailed` shows them, asked now.
pub struct Stores {
    pub supabase: Value,
    pub upstash: Value,
    pub relay: Value,
}

pub async fn stores(cx: &Cx) -> Stores {
    let component = |error: Option<ServiceError>, ms: i64| match error {
        None => json!({"status": "up", "latency_ms": ms}),
        Some(error) => json!({"status": "down", "message": error.to_string()}),
    };
    let began = cx.elapsed_ms();
    let supabase = cx.supabase.rpc::<Value>("next_job_due", &json!({})).await.err();
    let after_supabase = cx.elapsed_ms();
    let (heard, upstash) = match cx.redis.pipeline(&[relay::status::heard_command()]).await {
        Ok(replies) => (replies.into_iter().next(), None),
        Err(error) => (None, Some(error)),
    };
    let after_upstash = cx.elapsed_ms();
    Stores {
        supabase: component(supabase, after_supabase - began),
        upstash: component(upstash, after_upstash - after_supabase),
        relay: relay::status::health(cx, heard.as_ref()).await,
    }
}

/// What a component says of itself.
pub fn status_of(component: &Value) -> &str {
    component.get("status").and_then(Value::as_str).unwrap_or_default()
}

async fn look(cx: &Cx) -> Value {
    let Stores { supabase, upstash, relay } = stores(cx).await;
    let detection = crisis::health::component(cx).await;
    // Slash commands work without any relay; one that was there and is not well is missed.
    let relay_is_well = matches!(status_of(&relay), "up" | "never_heard_of");
    let unverified = care::resources::unverified(cx.now);
    // On a test system the helplines are shown as they are.
    let resources_are_well = unverified.is_empty() || !cx.config.is_production();
    let detection_is_well = !matches!(status_of(&detection), "degraded" | "down");
    let healthy = detection_is_well
        && [&supabase, &upstash].into_iter().all(|store| status_of(store) == "up")
        && relay_is_well
        && resources_are_well
        && cx.config.problems.is_empty();
    json!({
        "status": if healthy { "healthy" } else { "degraded" },
        "version": env!("CARGO_PKG_VERSION"),
        "components": {
            "supabase": supabase,
            "upstash": upstash,
            "relay": relay,
            "resources": resources_health(&unverified),
            "detection": detection,
            "features": features_health(cx).await,
        },
        "off": features_off(cx),
        "config_problems": cx.config.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// Helplines that nobody verified in the last 180 days: in production they are not shown.
fn resources_health(unverified: &[&str]) -> Value {
    match unverified {
        [] => json!({"status": "up"}),
        names => json!({"status": "degraded", "unverified": names}),
    }
}

/// What is off on this deployment, and why.
fn features_off(cx: &Cx) -> Value {
    let off = FEATURES.iter().filter_map(|feature| Some((feature.name, (feature.off?)(&cx.config, cx.lang)?)));
    json!(gathered::<BTreeMap<_, _>, _>(off))
}

/// In how many guilds something does not work, by what it is.
async fn features_health(cx: &Cx) -> Value {
    match settings::problem_counts(cx).await {
        Ok(problems) if problems.is_empty() => json!({"status": "up"}),
        Ok(problems) => json!({"status": "degraded", "guilds_with_trouble": problems}),
        Err(error) => json!({"status": "unknown", "message": error.to_string()}),
    }
}
