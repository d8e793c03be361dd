//! Deleted messages leave the history and the alerts; whoever deletes what they wrote wants it gone.

use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{preview, state};
use crate::{context::Cx, retry::outcome_of};

/// In direct messages: of a guild's messages the bulk lane tells.
pub async fn take_direct(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let count = events.len();
    let direct: Vec<Event> = events.into_iter().filter(|event| event.body.guild_id().is_none()).collect();
    match take(cx, direct).await.into_iter().next() {
        Some(outcome) => vec![outcome; count],
        None => vec![Outcome::Done; count],
    }
}

pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let (mut guilds, mut messages): (Vec<Snowflake>, Vec<Snowflake>) = (vec![], vec![]);
    for event in &events {
        let (guild, deleted) = match &event.body {
            EventBody::MessageDeleted { guild_id, message_id, .. } => {
                (guild_id.unwrap_or_default(), std::slice::from_ref(message_id))
            }
            EventBody::MessagesBulkDeleted { guild_id, message_ids, .. } => (*guild_id, message_ids.as_slice()),
            _ => continue,
        };
        guilds.extend(deleted.iter().map(|_| guild));
        messages.extend(deleted);
    }
    let forgotten = state::forget_messages(&cx, &messages).await;
    let outcome = match preview::remove_of_messages(&cx, &guilds, &messages).await.and(forgotten) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            cx.log_failure("crisis", &error);
            outcome_of(&error)
        }
    };
    vec![outcome; events.len()]
}
