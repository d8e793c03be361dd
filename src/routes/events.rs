//! Relay events: each one is offered to every handler of its kind, and the answer says what became of it.

use from_json::{FromJson, Value, json};
use futures_util::future::join_all;
use http::{Response, StatusCode};
use relay_wire::{Ack, Batch, Event, EventBody, EventKind, EventResult, Lane, Outcome, Snowflake, VERSION};

use super::{json_response, problem, relay::orders};
use crate::{
    context::Cx,
    context::logged,
    error::Result,
    features::{self, FEATURES, PrefixCall},
    lease::{self, Claim},
    retry::outcome_of,
};

/// While somebody else holds the claim of an event, and at most as long as that claim.
const CLAIMED_DELAY_MS: u64 = 1_000;
/// Until somebody deploys a Worker that understands it.
const UNKNOWN_DELAY_MS: u64 = 30_000;

pub async fn take(cx: Cx, body: &[u8]) -> Response<Vec<u8>> {
    let Some(batch) = from_json::read::<Batch<Value>>(body) else {
        return problem(StatusCode::BAD_REQUEST, "this is not a delivery of events");
    };
    if batch.v != VERSION {
        return problem(StatusCode::BAD_REQUEST, "this format is not spoken here; deploy the Worker before the relay");
    }
    let cx = cx.from_relay(&batch.relay, &batch.epoch);
    let mut taken: Vec<Taken> = batch.events.iter().map(Taken::read).collect();
    if batch.lane == Lane::Urgent {
        join_all(taken.iter_mut().map(|one| one.settle_prefix_command(&cx))).await;
    }
    let (open, events): (Vec<&mut Taken>, Vec<Event>) = taken
        .iter_mut()
        .filter(|one| one.outcome == Outcome::Done)
        .filter_map(|one| one.event.clone().map(|event| (one, event)))
        .unzip();
    for (one, outcome) in open.into_iter().zip(features::offer(&cx, batch.lane, events).await) {
        one.outcome = outcome;
    }
    bury(&cx, &batch.relay, &taken).await;
    let orders = orders(&cx).await;
    let results = taken.into_iter().map(|one| EventResult { id: one.id, outcome: one.outcome }).collect();
    json_response(StatusCode::OK, &Ack { v: VERSION, results, orders })
}

/// One event and what became of it so far.
struct Taken {
    id: String,
    event: Option<Event>,
    outcome: Outcome,
}

impl Taken {
    /// A malformed event is dead by itself; its neighbours are not. One of a kind that is not known here waits: the Worker
    /// may have been rolled back under a newer relay.
    fn read(json: &Value) -> Self {
        if let Ok(event) = Event::from_json(json) {
            return Self { id: event.id.clone(), event: Some(event), outcome: Outcome::Done };
        }
        let kind = json.get("body").and_then(|body| body.as_object()?.keys().next());
        let newer = kind.is_some_and(|kind| EventKind::from_json(&json!(kind)).is_err());
        let outcome = if newer {
            Outcome::Retry { reason: "a kind that is not known here".to_owned(), delay_ms: UNKNOWN_DELAY_MS }
        } else {
            Outcome::Dead { reason: "malformed".to_owned() }
        };
        let id = json.get("id").and_then(Value::as_str).unwrap_or_default();
        Self { id: id.to_owned(), event: None, outcome }
    }

    async fn settle_prefix_command(&mut self, cx: &Cx) {
        let Some(event) = &self.event else { return };
        let EventBody::MessageCreated { guild_id, channel_id, message_id, author_id, text: Some(text), .. } =
            &event.body
        else {
            return;
        };
        let Some(typed) = text.strip_prefix(&cx.config.command_prefix).map(str::trim_start) else { return };
        let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let call = PrefixCall {
            guild_id: *guild_id,
            channel_id: *channel_id,
            message_id: *message_id,
            author_id: *author_id,
            rest: rest.trim().to_owned(),
        };
        match run_once(cx, name, call).await {
            Ok(outcome) => self.outcome = outcome,
            Err(error) => {
                cx.log_failure(name, &error);
                self.outcome = outcome_of(&error);
            }
        }
    }
}

/// Runs a prefix command unless it ran before. Without Upstash it runs all the same: Discord's nonce keeps it single.
async fn run_once(cx: &Cx, name: &str, call: PrefixCall) -> Result<Outcome> {
    let commands = FEATURES.iter().flat_map(|feature| feature.prefix_commands);
    let Some(command) = commands.into_iter().find(|command| command.name == name) else {
        return Ok(Outcome::Done);
    };
    let key = format!("prefix:{}", call.message_id);
    match logged(cx, "lease", lease::claim(cx, &key).await) {
        Some(Claim::Done) => return Ok(Outcome::Done),
        Some(Claim::Taken) => {
            return Ok(Outcome::Retry { reason: "claimed".to_owned(), delay_ms: CLAIMED_DELAY_MS });
        }
        Some(Claim::Ours) | None => {}
    }
    let result = (command.run)(cx.clone(), call).await;
    let settled = match &result {
        Ok(()) => lease::done(cx, &key).await,
        Err(_) => lease::release(cx, &key).await,
    };
    logged(cx, "lease", settled);
    result.map(|()| Outcome::Done)
}

/// Notes what can never be applied, without its content; after a replay that did not help, once more.
async fn bury(cx: &Cx, relay: &str, taken: &[Taken]) {
    let rows: Vec<_> = taken
        .iter()
        .filter_map(|one| match &one.outcome {
            Outcome::Dead { reason } => Some(json!({
                "event_id": one.id,
                "guild_id": one.event.as_ref().and_then(|event| event.body.guild_id()).unwrap_or(Snowflake(0)),
                "kind": one.event.as_ref().map(|event| json!(event.body.kind())).unwrap_or(json!("unknown")),
                "reason": reason,
                "relay": relay,
            })),
            _ => None,
        })
        .collect();
    if !rows.is_empty() {
        cx.log("error", "dead_letters", json!({"count": rows.len()}));
        let noted = cx.supabase.rpc::<()>("bury_events", &json!({"letters": rows, "at": cx.now})).await;
        logged(cx, "dead_letters", noted.map_err(Into::into));
    }
}
