//! The relay's word about itself every ten seconds: keeps its shards, and is what `/health/detailed` shows.

use from_json::{Value, json};
use relay_wire::{Event, EventBody, Outcome};

use super::{rules, shards};
use crate::{
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    edge::Time,
    error::Result,
    relay_filter::RELAYS_HEARD as HEARD_KEY,
};

/// After so long without any relay the set is gone; the database remembers longer.
const HEARD_SECONDS: u32 = 3_600;

/// Only the newest word counts: it is written, the older ones of the delivery are done with it. A word that could not be
/// written is done as well, since the next one comes in ten seconds and says more.
pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let outcomes = vec![Outcome::Done; events.len()];
    let newest = events.into_iter().map(|event| event.body).max_by_key(|body| match body {
        EventBody::RelayStatus { at, .. } => *at,
        _ => i64::MIN,
    });
    if let Some(body) = newest {
        logged(&cx, "relay", record(&cx, body).await);
    }
    outcomes
}

async fn record(cx: &Cx, body: EventBody) -> Result<()> {
    let EventBody::RelayStatus {
        at,
        version,
        relay,
        epoch,
        spooled,
        oldest_ms,
        dead,
        thinned,
        filter_version,
        shards: running,
    } = body
    else {
        return Ok(());
    };
    // A relay of before it told its name in the status tells it with the delivery.
    let relay = if relay.is_empty() { cx.origin.relay.clone() } else { relay };
    // A clock that is ahead must not make later words look old.
    let at = at.clamp(0, cx.now.timestamp_millis());
    let mut commands = vec![
        command!["ZADD", HEARD_KEY, "GT", at, relay],
        command!["ZREMRANGEBYSCORE", HEARD_KEY, "-inf", at - i64::from(HEARD_SECONDS) * 1_000],
        command!["EXPIRE", HEARD_KEY, HEARD_SECONDS],
    ];
    let told = commands.len();
    commands.extend(shards::renew_command(&relay, &epoch, &running));
    let replies = logged(cx, "relay", cx.redis.pipeline(&commands).await.map_err(Into::into)).unwrap_or_default();
    let conflicts = replies.get(told).map(shards::conflicts).unwrap_or_default();
    for conflict in &conflicts {
        cx.log("error", "relay_conflict", json!({"relay": relay, "conflict": conflict}));
    }
    let detail = json!({
        "version": version, "epoch": epoch, "queued": spooled, "oldest_ms": oldest_ms, "dead": dead, "thinned": thinned,
        "filter_version": filter_version, "shards": running, "conflicts": conflicts,
    });
    let row = json!({
        "relay": relay,
        "status": rules::own_state(&running, oldest_ms, conflicts.len()),
        "detail": detail,
        "at": Time::from_timestamp_millis(at).unwrap_or(cx.now),
    });
    cx.supabase.rpc::<()>("record_relay_status", &row).await?;
    Ok(())
}

/// Asks Upstash who was heard of when.
pub fn heard_command() -> Command {
    command!["ZRANGE", HEARD_KEY, 0, -1, "WITHSCORES"]
}

/// The `relay` component of `/health/detailed`; `heard` is the reply to [`heard_command`], if there was one. One round trip.
pub async fn health(cx: &Cx, heard: Option<&Reply>) -> Value {
    let heard: Vec<(String, i64)> = heard
        .map(Reply::array)
        .unwrap_or_default()
        .chunks(2)
        .filter_map(|pair| match pair {
            [relay, at] => Some((relay.text()?.to_owned(), from_json::number(at.text()?)? as i64)),
            _ => None,
        })
        .collect();
    match cx.supabase.rpc::<rules::Known>("relay_health", &json!({})).await {
        Ok(known) => rules::component(known, &heard, cx.now.timestamp_millis()),
        // Nothing is known of relays then, which is not the same as none.
        Err(error) if heard.is_empty() => json!({"status": "unknown", "message": error.to_string()}),
        Err(_) => rules::component(rules::Known::default(), &heard, cx.now.timestamp_millis()),
    }
}
