//! The transcript: what is written, edited and deleted in the channel of an open ticket, in one call for a delivery.

use relay_wire::{Event, EventBody, Outcome, Snowflake};
use serde_json::{Value, json};

use crate::{
    context::Cx,
    error::{Error, Result},
    relay_filter::{self, Place},
    retry::outcome_of,
};

/// Deletions come in bulk, from every channel: also after a ticket was closed, who deletes a message wants its text gone.
pub async fn delete(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut all: Vec<_> = outcomes.iter_mut().zip(&events).map(|(slot, event)| (slot, rows(&event.body))).collect();
    record_all(&cx, &mut all).await;
    outcomes
}

pub async fn keep(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut ours = vec![];
    for (slot, event) in outcomes.iter_mut().zip(&events) {
        match may_be_a_tickets(&cx, &event.body).await {
            Ok(true) => ours.push((slot, rows(&event.body))),
            Ok(false) => {}
            Err(error) => *slot = failed(&cx, &error),
        }
    }
    record_all(&cx, &mut ours).await;
    outcomes
}

/// One statement takes all or nothing. If something in it is refused for good, halves find out what it is.
async fn record_all(cx: &Cx, all: &mut [(&mut Outcome, Vec<Value>)]) {
    let mut parts = vec![all];
    while let Some(part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        let Err(error) = record(cx, part.iter().flat_map(|(_, rows)| rows)).await else { continue };
        if matches!(outcome_of(&error), Outcome::Dead { .. }) && part.len() > 1 {
            let (left, right) = part.split_at_mut(part.len() / 2);
            // The left half first: the order of the events is the order of what happened.
            parts.extend([right, left]);
            continue;
        }
        let outcome = failed(cx, &error);
        part.iter_mut().for_each(|(slot, _)| **slot = outcome.clone());
    }
}

fn failed(cx: &Cx, error: &Error) -> Outcome {
    cx.log_failure("tickets", error);
    outcome_of(error)
}

async fn record(cx: &Cx, rows: impl Iterator<Item = &Value>) -> Result<()> {
    let arguments = json!({"events": rows.collect::<Vec<_>>(), "at": cx.now});
    cx.supabase.rpc::<()>("record_ticket_messages", &arguments).await?;
    Ok(())
}

/// Whether the channel may be a ticket's, open or closed by now: the database knows. Most urgent events are of monitored
/// channels, and those are told apart without a call.
async fn may_be_a_tickets(cx: &Cx, body: &EventBody) -> Result<bool> {
    let (guild_id, channel_id, parent_id) = match body {
        EventBody::MessageCreated { guild_id: Some(guild), channel_id, parent_id, text: Some(_), .. }
        | EventBody::MessageUpdated { guild_id: Some(guild), channel_id, parent_id, text: Some(_), .. } => {
            (*guild, *channel_id, *parent_id)
        }
        _ => return Ok(false),
    };
    relay_filter::may_be_own(cx, Place { guild_id, channel_id, parent_id }).await
}

/// As `record_ticket_messages` reads them.
fn rows(body: &EventBody) -> Vec<Value> {
    let written = |kind: &str, ids: [Snowflake; 4], name: &str, text: &str, edited_at: Option<i64>| {
        let [guild, channel, message, author] = ids;
        json!({
            "kind": kind, "guild_id": guild, "channel_id": channel, "message_id": message,
            "sent_at": message.created_at_ms(), "author_id": author, "author_name": name, "edited_at": edited_at,
            // Postgres has no character 0.
            "content": text.replace('\0', "\u{fffd}"),
        })
    };
    let deleted = |guild: Snowflake, channel: Snowflake, message: Snowflake| {
        json!({
            "kind": "deleted", "guild_id": guild, "channel_id": channel, "message_id": message,
            "sent_at": message.created_at_ms(),
        })
    };
    match body {
        EventBody::MessageCreated {
            guild_id: Some(guild),
            channel_id,
            message_id,
            author_id,
            author_name,
            text: Some(text),
            ..
        } => vec![written("created", [*guild, *channel_id, *message_id, *author_id], author_name, text, None)],
        EventBody::MessageUpdated {
            guild_id: Some(guild),
            channel_id,
            message_id,
            author_id,
            author_name,
            text: Some(text),
            edited_at,
            ..
        } => vec![written("updated", [*guild, *channel_id, *message_id, *author_id], author_name, text, *edited_at)],
        EventBody::MessageDeleted { guild_id: Some(guild), channel_id, message_id } => {
            vec![deleted(*guild, *channel_id, *message_id)]
        }
        EventBody::MessagesBulkDeleted { guild_id, channel_id, message_ids } => {
            message_ids.iter().map(|message| deleted(*guild_id, *channel_id, *message)).collect()
        }
        _ => vec![],
    }
}
