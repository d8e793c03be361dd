//! The first answer of a human: somebody of the team writes where the member wrote.
//!
//! Deliveries without text are asked, not each message: one call of Supabase for up to 200 of them, and only if one stands in
//! the place of an alert that waits is its author looked up.

use std::collections::{HashMap, hash_map::Entry};

use from_json::{FromJson, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{
    settings::{Chosen, Stage},
    team,
};
use crate::{
    batch,
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    edge::Time,
    error::Result,
};

/// Authors that are looked up for one delivery; whoever has the alert in hand comes first.
const MAX_AUTHORS: u32 = 10;
/// Whether somebody is of the team is remembered so long: a role given later counts after that.
const REMEMBERED_SECONDS: u32 = 600;

/// As `crisis_answers` answers it.
#[derive(FromJson)]
struct Found {
    guild_id: Snowflake,
    alert_id: i64,
    author_id: Snowflake,
    message_id: Snowflake,
}

pub async fn heard(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut messages = vec![];
    for (at, event) in events.iter().enumerate() {
        let EventBody::MessageCreated { guild_id: Some(guild), channel_id, message_id, author_id, .. } = &event.body
        else {
            continue;
        };
        if Chosen::load(&cx, *guild).await.stage() != Stage::Off {
            let message =
                json!({"guild_id": guild, "channel_id": channel_id, "message_id": message_id, "author_id": author_id});
            messages.push((at, message));
        }
    }
    batch::record(&cx, "crisis", &mut outcomes, &messages, async |messages| {
        let ask = json!({"messages": messages, "at": cx.now, "max_rows": MAX_AUTHORS});
        let found: Vec<Found> = cx.supabase.rpc("crisis_answers", &ask).await?;
        if found.is_empty() { Ok(()) } else { note(&cx, &found).await }
    })
    .await;
    outcomes
}

async fn note(cx: &Cx, found: &[Found]) -> Result<()> {
    // Somebody who writes where several alerts wait is asked about once.
    let mut authors: HashMap<String, &Found> = HashMap::new();
    for one in found {
        authors.entry(key(one)).or_insert(one);
    }
    let mut team = remembered(cx, authors.keys().cloned().collect()).await;
    let mut keep: Vec<Command> = vec![];
    for (key, one) in authors {
        if let Entry::Vacant(slot) = team.entry(key) {
            let is_team = look_up(cx, one).await?;
            keep.push(command!["SET", slot.key(), u8::from(is_team), "EX", REMEMBERED_SECONDS]);
            slot.insert(is_team);
        }
    }
    if !keep.is_empty() {
        logged(cx, "crisis", cx.redis.pipeline(&keep).await.map_err(Into::into));
    }
    let mut answers = vec![];
    for one in found.iter().filter(|one| team.get(&key(one)) == Some(&true)) {
        let at = Time::from_timestamp_millis(one.message_id.created_at_ms()).unwrap_or(cx.now);
        answers.push(json!({
            "guild_id": one.guild_id, "alert_id": one.alert_id, "author_id": one.author_id, "answered_at": at,
        }));
    }
    if answers.is_empty() {
        return Ok(());
    }
    Ok(cx.supabase.rpc("note_crisis_answers", &json!({"answers": answers})).await?)
}

/// By their keys, whether authors are of the team, as far as that was looked up lately.
async fn remembered(cx: &Cx, keys: Vec<String>) -> HashMap<String, bool> {
    let mut ask: Command = command!["MGET"];
    ask.extend(keys.iter().cloned());
    let replies = logged(cx, "crisis", cx.redis.pipeline(&[ask]).await.map_err(Into::into)).unwrap_or_default();
    let known = replies.first().map(Reply::array).unwrap_or_default();
    keys.into_iter().zip(known).filter_map(|(key, one)| Some((key, one.int()? == 1))).collect()
}

async fn look_up(cx: &Cx, one: &Found) -> Result<bool> {
    let chosen = Chosen::load(cx, one.guild_id).await;
    match cx.discord.member(one.guild_id, one.author_id).await {
        Ok(member) => Ok(team::is_team(&chosen, &member.roles)),
        // Gone already, or a webhook.
        Err(error) if error.is_missing() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn key(one: &Found) -> String {
    format!("crisis:team:{}:{}", one.guild_id, one.author_id)
}
