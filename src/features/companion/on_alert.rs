//! Somebody of the team answers an alert with "I've got this" or "Ash, stand down": Ash listens to that as well.
//!
//! Text of the alert channels does not leave the relay. A message there is read from Discord, and only while somebody talks with Ash.

use from_json::{FromJson, Value, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{
    follows::bring_in,
    hand_off::stand_down,
    phrases,
    store::{self, Place, Session},
    team::includes,
};
use crate::{
    context::{Cx, logged},
    error::Result,
    features::{self, Team},
};

/// Messages that are read from Discord for one delivery.
const MAX_READ: usize = 5;

/// A message of an alert channel, as much as is needed of it.
#[derive(FromJson)]
struct Answer {
    #[serde(default)]
    content: String,
    #[serde(default)]
    message_reference: Value,
}

/// Nothing here is lost if it fails: the button does the same.
pub async fn heard(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut read = 0;
    for event in &events {
        let EventBody::MessageCreated { guild_id: Some(guild), channel_id, message_id, author_id, .. } = &event.body
        else {
            continue;
        };
        if read == MAX_READ || !features::ash_talks(&cx, *guild).await {
            continue;
        }
        let team = features::team(&cx, *guild).await;
        if team.channels.contains(channel_id) {
            read += 1;
            logged(&cx, "companion", answered(&cx, &team, *guild, (*channel_id, *message_id), *author_id).await);
        }
    }
    vec![Outcome::Done; events.len()]
}

async fn answered(
    cx: &Cx,
    team: &Team,
    guild: Snowflake,
    (channel, message): (Snowflake, Snowflake),
    author: Snowflake,
) -> Result<()> {
    let open: Vec<Session> =
        cx.supabase.rpc("ash_sessions_about", &json!({"guild_id": guild, "channel": channel})).await?;
    if open.is_empty() {
        return Ok(());
    }
    let path = format!("/channels/{channel}/messages/{message}");
    let answer: Answer = match cx.discord.call(reqwest::Method::GET, path).answer().await {
        Ok(answer) => answer,
        Err(error) if error.is_missing() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let to = answer.message_reference.get("message_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let about = |session: &&Session| to.is_some() && session.alert_message_id == to;
    let (Some(session), Some(hand)) = (open.iter().find(about), phrases::hand_off(&answer.content)) else {
        return Ok(());
    };
    if !includes(cx, team, guild, author).await? {
        return Ok(());
    }
    // Where nobody of the team can write, Ash cannot say who is there.
    if session.place == Some(Place::Direct) || answer.content.to_lowercase().contains("stand down") {
        return stand_down(cx, session).await;
    }
    let human = hand.to.unwrap_or(author);
    store::change(cx, session.session_id, "assign", json!({"human_id": human}), Some(author)).await?;
    bring_in(cx, session, human).await
}
