//! Relay events: each one is offered to every handler of its kind, and the answer says what became of it.

use from_json::{FromJson, Value, json};
use futures_util::future::join_all;
use http::{Response, StatusCode};
use relay_wire::{Ack, Batch, Event, EventBody, EventKind, EventResult, Lane, Outcome, Pause, Snowflake, VERSION};

use super::{json_response, problem};
use crate::{
    context::{Cx, logged},
    discord::message::Nonce,
    error::Result,
    features::{self, Feature, PrefixCall, PrefixCommand},
    lease::{self, Claim},
    metrics::{DEAD_LETTERS, EVENTS},
    orders, reply,
    retry::outcome_of,
    settings,
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
    let (open, events): (Vec<&mut Taken>, Vec<Event>) =
        taken.iter_mut().filter_map(|one| one.event.clone().map(|event| (one, event))).unzip();
    for (one, outcome) in open.into_iter().zip(features::offer(&cx, batch.lane, events).await) {
        // A command that waits to be tried again does not keep its words from whoever watches over people.
        one.outcome = match (&one.outcome, outcome) {
            (Outcome::Retry { .. }, Outcome::Done) => continue,
            (_, outcome) => outcome,
        };
    }
    for one in &taken {
        let outcome = match one.outcome {
            Outcome::Done => "done",
            Outcome::Retry { .. } => "retry",
            Outcome::Dead { .. } => "dead",
        };
        let kind = one.event.as_ref().map(|event| json!(event.body.kind()));
        cx.count(&EVENTS, &[kind.as_ref().and_then(Value::as_str).unwrap_or("unknown"), outcome]);
    }
    bury(&cx, &batch.relay, &taken).await;
    let orders = orders::current(&cx).await;
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
        let Some((feature, command, rest)) = features::prefix_command(cx, text) else { return };
        let call = PrefixCall {
            guild_id: *guild_id,
            channel_id: *channel_id,
            message_id: *message_id,
            author_id: *author_id,
            rest: rest.to_owned(),
        };
        let cx = &match guild_id {
            Some(guild) => settings::for_guild(cx, *guild).await,
            None => cx.clone(),
        };
        match run_once(cx, feature, command, call).await {
            Ok(outcome) => self.outcome = outcome,
            Err(error) => {
                cx.log_failure(command.name, &error);
                self.outcome = outcome_of(&error);
            }
        }
    }
}

/// Runs a prefix command unless it ran before. Without Upstash it runs all the same: Discord's nonce keeps it single.
async fn run_once(cx: &Cx, feature: &Feature, command: &PrefixCommand, call: PrefixCall) -> Result<Outcome> {
    let pause = if feature.goes_on { Pause::None } else { orders::pause(cx).await };
    let key = format!("prefix:{}", call.message_id);
    match logged(cx, "lease", lease::claim(cx, &key).await) {
        Some(Claim::Done) => return Ok(Outcome::Done),
        Some(Claim::Taken) => {
            return Ok(Outcome::Retry { reason: "claimed".to_owned(), delay_ms: CLAIMED_DELAY_MS });
        }
        Some(Claim::Ours) | None => {}
    }
    let result = match pause {
        Pause::None => (command.run)(cx.clone(), call).await,
        pause => {
            let body = reply::paused(cx.lang, pause).body.in_reply_to(call.message_id);
            let body = body.with_nonce(Nonce::of("pa", call.message_id));
            cx.discord.create_message(call.channel_id, &body).await.map(drop).map_err(Into::into)
        }
    };
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
        rows.iter().for_each(|_| cx.count(&DEAD_LETTERS, &[]));
        let noted = cx.supabase.rpc::<()>("bury_events", &json!({"letters": rows, "at": cx.now})).await;
        logged(cx, "dead_letters", noted.map_err(Into::into));
    }
}
