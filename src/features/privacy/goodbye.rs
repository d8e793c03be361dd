//! Who left is forgotten where they can be recognised after a week; a guild that removed the bot, after thirty days.

use chrono::TimeDelta;
use from_json::{Value, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::FORGET_GUILD;
use crate::{
    batch,
    context::Cx,
    error::{Error, Failure, Result},
    features::FEATURES,
    jobs::{self, JobRow},
    person::Person,
    relay_filter,
};

const STEP: TimeDelta = TimeDelta::seconds(1);
/// Rows of one table that a step deletes.
const MAX_ROWS: usize = 5_000;

pub async fn heard(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let rows: Vec<(usize, Value)> = events
        .iter()
        .enumerate()
        .filter_map(|(place, event)| {
            let (kind, user) = match &event.body {
                EventBody::MemberJoined { user_id, .. } => ("member_joined", Some(user_id)),
                EventBody::MemberLeft { user_id, .. } => ("member_left", Some(user_id)),
                EventBody::GuildAvailable { .. } => ("guild_available", None),
                EventBody::GuildLeft { .. } => ("guild_left", None),
                _ => return None,
            };
            Some((place, json!({"kind": kind, "guild_id": event.body.guild_id()?, "user_id": user})))
        })
        .collect();
    batch::record(&cx, "privacy", &mut outcomes, &rows, async |rows| {
        Ok(cx.supabase.rpc::<()>("owe_goodbyes", &json!({"events": rows, "at": cx.now})).await?)
    })
    .await;
    outcomes
}

/// A week after somebody left, unless they are back.
pub async fn left(cx: Cx, row: JobRow) -> Result<()> {
    let user: Option<Snowflake> = row.payload.get("user_id").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let user_id = user.ok_or_else(|| Error::bug("somebody left, and nobody knows who"))?;
    let who = Person { guild_id: row.guild_id, user_id };
    let away: bool = cx.supabase.rpc("is_away", &json!({"guild_id": who.guild_id, "user_id": who.user_id})).await?;
    if !away {
        return Ok(());
    }
    for leave in FEATURES.iter().filter_map(|feature| feature.leave) {
        leave(cx.clone(), who).await?;
    }
    Ok(())
}

/// Thirty days after the bot was removed. Events may have come in another order than they happened: Discord is asked.
pub async fn forget_guild(cx: Cx, row: JobRow) -> Result<()> {
    let guild: Snowflake = row.key.parse().map_err(|_| Error::bug("a guild without an id shall be forgotten"))?;
    match cx.discord.guild_name(guild).await {
        Ok(_) => {
            cx.log("info", "guild_is_back", json!({"guild_id": guild}));
            return Ok(());
        }
        Err(error) if matches!(error.kind, Failure::Refused { status: 403 | 404, .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let done: bool = cx.supabase.rpc("forget_guild", &json!({"guild_id": guild, "max_rows": MAX_ROWS})).await?;
    if !done {
        return jobs::owe(&cx, Snowflake(0), FORGET_GUILD, &row.key, cx.now + STEP, row.payload).await;
    }
    relay_filter::changed(&cx).await;
    cx.log("info", "guild_forgotten", json!({"guild_id": guild}));
    Ok(())
}
