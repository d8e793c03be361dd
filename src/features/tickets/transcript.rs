//! The transcript: what is written, edited and deleted in the channel of an open ticket, in one call for a delivery.

use from_json::{Value, json};
use relay_wire::{Attachment, Event, EventBody, Outcome, Snowflake};

use crate::{
    batch,
    context::Cx,
    error::Result,
    relay_filter::{self, Place},
    retry::outcome_of,
};

/// Deletions come in bulk, from every channel: also after a ticket was closed, who deletes a message wants its text gone.
pub async fn delete(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let deleted: Vec<_> = events.iter().enumerate().map(|(at, event)| (at, rows(&event.body))).collect();
    record(&cx, &mut outcomes, &deleted).await;
    outcomes
}

pub async fn keep(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut ours = vec![];
    for (at, (slot, event)) in outcomes.iter_mut().zip(&events).enumerate() {
        match may_be_a_tickets(&cx, &event.body).await {
            Ok(true) => ours.push((at, rows(&event.body))),
            Ok(false) => {}
            Err(error) => {
                cx.log_failure("tickets", &error);
                *slot = outcome_of(&error);
            }
        }
    }
    record(&cx, &mut outcomes, &ours).await;
    outcomes
}

/// `found`: the rows of an event, by its place among the outcomes.
async fn record(cx: &Cx, outcomes: &mut [Outcome], found: &[(usize, Vec<Value>)]) {
    batch::record(cx, "tickets", outcomes, found, async |rows| {
        let rows: Vec<&Value> = rows.into_iter().flatten().collect();
        cx.supabase.rpc::<()>("record_ticket_writing", &json!({"events": rows, "at": cx.now})).await?;
        Ok(())
    })
    .await;
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

/// Postgres has no character 0.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// As `record_ticket_writing` reads them.
fn rows(body: &EventBody) -> Vec<Value> {
    let written =
        |kind: &str, ids: [Snowflake; 4], name: &str, text: &str, edited_at: Option<i64>, files: &[Attachment]| {
            let [guild, channel, message, author] = ids;
            let files: Vec<Value> = files
                .iter()
                .map(|file| json!({"name": storable(&file.name), "url": storable(&file.url), "size": file.size}))
                .collect();
            json!({
                "kind": kind, "guild_id": guild, "channel_id": channel, "message_id": message,
                "sent_at": message.created_at_ms(), "author_id": author, "author_name": name, "edited_at": edited_at,
                "content": storable(text), "attachments": files,
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
            attachments,
            ..
        } => vec![written(
            "created",
            [*guild, *channel_id, *message_id, *author_id],
            author_name,
            text,
            None,
            attachments,
        )],
        EventBody::MessageUpdated {
            guild_id: Some(guild),
            channel_id,
            message_id,
            author_id,
            author_name,
            text: Some(text),
            edited_at,
            attachments,
            ..
        } => vec![written(
            "updated",
            [*guild, *channel_id, *message_id, *author_id],
            author_name,
            text,
            *edited_at,
            attachments,
        )],
        EventBody::MessageDeleted { guild_id: Some(guild), channel_id, message_id } => {
            vec![deleted(*guild, *channel_id, *message_id)]
        }
        EventBody::MessagesBulkDeleted { guild_id, channel_id, message_ids } => {
            message_ids.iter().map(|message| deleted(*guild_id, *channel_id, *message)).collect()
        }
        _ => vec![],
    }
}
