//! The health panel: each service green or red, when it was last seen, how fast it was, and why not.

use from_json::{FromJson, Value, json};
use futures_util::future::{join, join4};
use http::{Response, StatusCode};

use super::{health, json_response, problem};
use crate::{
    ai::breaker,
    config::Config,
    context::{Cx, logged},
    edge::Time,
    error::Result,
    features::{
        admin::pause,
        crisis::{self, NlpHealth},
    },
};

/// The doctor asks once a run.
const PROBES: i64 = 30;
const PROBE_SECONDS: u32 = 60;

/// Everything the desk shows but what it reads from Supabase itself.
pub async fn state(cx: &Cx) -> Result<Value> {
    let (mut services, others) = join(
        stores_and_relay(cx),
        join4(nlp(cx), breaker::is_open(cx, "gemini"), breaker::is_open(cx, "claude"), last_calls(cx)),
    )
    .await;
    let (nlp, gemini, claude, calls) = others;
    services.push(nlp);
    services.extend(
        [(gemini, "gemini"), (claude, "claude")].map(|(is_open_ms, name)| of_model(cx, name, is_open_ms, &calls)),
    );
    let problems = cx.config.problems.iter().map(|problem| json!({"variable": problem.variable, "mend": problem.mend}));
    Ok(json!({"services": services, "problems": problems.collect::<Vec<_>>(), "pause": pause::current(cx).await?}))
}

fn service(service: &str, instance: &str, status: &str) -> Value {
    json!({"service": service, "instance": instance, "status": status})
}

/// With what is known beside its status; null is left out.
fn with(mut service: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (service.as_object_mut(), more) {
        fields.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
    service
}

fn up(cx: &Cx, name: &str, ms: &Value) -> Value {
    with(service(name, "", "up"), json!({"latency_ms": ms, "seen_at": cx.now}))
}

fn of_component(cx: &Cx, name: &str, component: &Value) -> Value {
    match component.get("message") {
        None => up(cx, name, component.get("latency_ms").unwrap_or(&Value::Null)),
        Some(message) => with(service(name, "", "down"), json!({"reason": message})),
    }
}

async fn stores_and_relay(cx: &Cx) -> Vec<Value> {
    let stores = health::stores(cx).await;
    let mut services = relay_and_gateway(cx, &stores.relay);
    services.push(of_component(cx, "supabase", &stores.supabase));
    services.push(of_component(cx, "upstash", &stores.upstash));
    services
}

/// One line for each shard, then one for each relay.
fn relay_and_gateway(cx: &Cx, known: &Value) -> Vec<Value> {
    let relays = known.get("relays").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if relays.is_empty() {
        let unknown = health::status_of(known) == "unknown";
        let reason = match unknown {
            true => "nothing can be known of it while Supabase does not answer",
            false => "no relay was ever heard of: messages are not seen; slash commands work",
        };
        let status = if unknown { "unknown" } else { "down" };
        return vec![with(service("gateway", "", status), json!({"reason": reason}))];
    }
    let mut shards = vec![];
    let mut shown = vec![];
    for relay in relays {
        let text = |name: &str| relay.get(name).and_then(Value::as_str).unwrap_or_default();
        let age = relay.get("age_ms").and_then(Value::as_i64).unwrap_or_default();
        let seen_at = cx.now - chrono::TimeDelta::milliseconds(age);
        let is_silent = relay.get("message").is_some();
        for shard in relay.get("shards").and_then(Value::as_array).into_iter().flatten() {
            shards.push(of_shard(shard, is_silent, seen_at));
        }
        let queued = relay.get("queued").and_then(Value::as_u64).unwrap_or_default();
        let reason = match (is_silent, text("status")) {
            (true, _) => json!(text("message")),
            (false, "up") => Value::Null,
            _ => json!(format!("{queued} events wait, or a shard is not well")),
        };
        let about = json!({"seen_at": seen_at, "reason": reason});
        shown.push(with(service("relay", text("relay"), text("status")), about));
    }
    shards.append(&mut shown);
    shards
}

fn of_shard(shard: &Value, is_silent: bool, seen_at: Time) -> Value {
    let number = |name: &str| shard.get(name).and_then(Value::as_i64).unwrap_or_default();
    let state = shard.get("state").and_then(Value::as_str).unwrap_or_default();
    let degraded = shard.get("degraded").and_then(Value::as_str);
    let (status, reason) = match (is_silent, state, degraded) {
        (true, ..) => ("down", Some("its relay is silent".to_owned())),
        (_, "ready", None) => ("up", None),
        (_, "ready", Some(why)) => ("degraded", Some(why.to_owned())),
        (_, other, _) => ("down", Some(format!("it is {other}"))),
    };
    let instance = format!("shard {} of {}", number("shard"), number("shard_count"));
    let latency = shard.get("latency_ms").cloned().unwrap_or_default();
    with(service("gateway", &instance, status), json!({"latency_ms": latency, "seen_at": seen_at, "reason": reason}))
}

async fn nlp(cx: &Cx) -> Value {
    let seen = seen_nlp(cx, false).await;
    let seen_at = seen.get("latency_ms").is_some_and(Value::is_number).then_some(cx.now);
    with(with(service("nlp", "", ""), seen), json!({"seen_at": seen_at}))
}

/// How Ash-NLP is, asked now; and whether it refuses strangers, if that is asked too and it is there.
async fn seen_nlp(cx: &Cx, as_stranger: bool) -> Value {
    if cx.config.nlp.is_none() {
        return json!({"status": "off", "reason": "NLP_BASE_URL is not set: the built-in screen decides alone"});
    }
    let began = cx.elapsed_ms();
    let (status, reason) = match crisis::nlp_health(cx, true).await {
        Ok(NlpHealth::Ready) => ("up", None),
        Ok(NlpHealth::NotReady) => ("degraded", Some("it answers, and is not ready")),
        // The doctor knows it by these words.
        Ok(NlpHealth::Closed) => ("down", Some("it refuses our credentials")),
        Err(error) => return json!({"status": "down", "reason": error.to_string()}),
    };
    let latency_ms = cx.elapsed_ms() - began;
    let refuses_strangers = match as_stranger {
        true => crisis::nlp_health(cx, false).await.ok().map(|health| health == NlpHealth::Closed),
        false => None,
    };
    json!({"status": status, "latency_ms": latency_ms, "reason": reason, "refuses_strangers": refuses_strangers})
}

/// `POST /admin/probe`, for the doctor: how Ash-NLP is from here, and whether it answers who brings no credentials.
pub async fn probe(cx: &Cx) -> Response<Vec<u8>> {
    // Whoever comes here has the relay's key: without Upstash there is no count, and the answer is wanted all the same.
    let counted = cx.redis.count_within("admin:probe", PROBE_SECONDS, 1).await.map_err(Into::into);
    if logged(cx, "admin", counted).is_some_and(|(probes, _)| probes > PROBES) {
        return problem(StatusCode::TOO_MANY_REQUESTS, "asked too often; a minute later it is answered");
    }
    json_response(StatusCode::OK, &json!({"v": 1, "nlp": seen_nlp(cx, true).await}))
}

#[derive(Clone, Debug, FromJson)]
struct LastCall {
    provider: String,
    at: Time,
    outcome: String,
    duration_ms: i64,
}

async fn last_calls(cx: &Cx) -> Vec<LastCall> {
    let calls = cx.supabase.rpc("last_ai_calls", &json!({})).await;
    logged(cx, "admin", calls.map_err(Into::into)).unwrap_or_default()
}

/// Why a model is never asked here; None if it is.
fn off(config: &Config, name: &str) -> Option<&'static str> {
    match name {
        "gemini" if config.gemini_unbilled => Some("GEMINI_BILLED is not true: Google would learn from what is sent"),
        "gemini" if config.gemini.is_none() => Some("GEMINI_API_KEY is not set: no audits"),
        "claude" if config.claude.is_none() => Some("ANTHROPIC_API_KEY is not set: Ash does not talk"),
        _ => None,
    }
}

/// A model is asked only when somebody needs it: its last call tells how it is.
fn of_model(cx: &Cx, name: &str, open_ms: Option<u64>, calls: &[LastCall]) -> Value {
    if let Some(reason) = off(&cx.config, name) {
        return with(service(name, "", "off"), json!({"reason": reason}));
    }
    let last = calls.iter().find(|call| call.provider == name);
    let (status, reason) = match (open_ms, last.map(|call| call.outcome.as_str())) {
        (Some(ms), _) => {
            ("down", Some(format!("it failed five times in a minute; it is asked again in {} s", ms / 1_000 + 1)))
        }
        (None, Some("answered")) => ("up", None),
        (None, Some(other)) => ("degraded", Some(format!("its last answer: {other}"))),
        (None, None) => ("unknown", Some("it was not asked in the last 30 days".to_owned())),
    };
    with(
        service(name, "", status),
        json!({"latency_ms": last.map(|call| call.duration_ms), "seen_at": last.map(|call| call.at), "reason": reason}),
    )
}
