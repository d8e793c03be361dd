//! What a member deletes or edits in a talk is deleted or edited in what is kept of it.

use from_json::{FromJson, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{store::Session, talk};
use crate::{context::Cx, error::Result, relay_filter, retry::outcome_of};

#[derive(FromJson)]
struct Turn {
    message_id: Snowflake,
    session: Session,
}

pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let outcome = match forget(&cx, &events).await {
        Ok(()) => Outcome::Done,
        Err(error) => {
            cx.log_failure("companion", &error);
            outcome_of(&error)
        }
    };
    vec![outcome; events.len()]
}

async fn forget(cx: &Cx, events: &[Event]) -> Result<()> {
    let mut messages: Vec<(Snowflake, Option<&str>)> = vec![];
    for event in events {
        let (guild, channel, changed, text) = match &event.body {
            EventBody::MessageDeleted { guild_id, channel_id, message_id, .. } => {
                (*guild_id, *channel_id, std::slice::from_ref(message_id), None)
            }
            EventBody::MessagesBulkDeleted { guild_id, channel_id, message_ids, .. } => {
                (Some(*guild_id), *channel_id, message_ids.as_slice(), None)
            }
            EventBody::MessageUpdated { guild_id, channel_id, message_id, text: Some(text), .. } => {
                (*guild_id, *channel_id, std::slice::from_ref(message_id), Some(text.as_str()))
            }
            _ => continue,
        };
        let newest = changed.iter().max().copied().unwrap_or_default();
        if guild.is_none() || !relay_filter::talks(cx, channel, newest).await?.is_empty() {
            messages.extend(changed.iter().map(|message| (*message, text)));
        }
    }
    if messages.is_empty() {
        return Ok(());
    }
    let ids: Vec<Snowflake> = messages.iter().map(|(id, _)| *id).collect();
    let turns: Vec<Turn> = cx.supabase.rpc("ash_turns_of", &json!({"messages": ids})).await?;
    for turn in turns {
        match messages.iter().find(|(id, _)| *id == turn.message_id) {
            Some((id, Some(text))) => talk::keep(cx, &turn.session, *id, false, text).await?,
            _ => talk::forget(cx, turn.session.session_id, turn.message_id).await?,
        }
    }
    Ok(())
}
