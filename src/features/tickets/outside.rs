//! Working hours at one moment, by the guild's clock, and what is different outside them.

use chrono::{DateTime, TimeDelta, Utc};
use from_json::json;
use relay_wire::Snowflake;
use twilight_util::builder::embed::EmbedBuilder;

use super::{
    hours, messages,
    settings::{CLOSED_OUTSIDE, OUTSIDE_TEXT, WORKING_HOURS},
    store::{Status, Ticket},
};
use crate::{
    context::Cx,
    discord::message::{MessageBody, colour},
    error::{Error, Result},
    settings::{self, Settings},
};

/// When working hours begin again; None while they are on, or if the guild has none.
async fn back_at(cx: &Cx, guild: Snowflake, settings: &Settings, at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let Some(hours) = hours::read(&settings.text(&WORKING_HOURS)) else { return Ok(None) };
    let minute: u32 = cx.supabase.rpc("ticket_week_minute", &json!({"guild_id": guild, "at": at})).await?;
    let minutes = hours::minutes_until(&hours, minute).filter(|minutes| *minutes > 0);
    let begun = at - TimeDelta::seconds(at.timestamp().rem_euclid(60));
    Ok(minutes.map(|minutes| begun + TimeDelta::minutes(minutes.into())))
}

/// Refuses a new ticket outside working hours, where the guild wants that.
pub async fn refuse_new(cx: &Cx, guild: Snowflake) -> Result<()> {
    let settings = settings::load(cx, guild).await?;
    if !settings.switch(&CLOSED_OUTSIDE) {
        return Ok(());
    }
    match back_at(cx, guild, &settings, cx.now).await? {
        Some(back) => Err(Error::user(messages::open::outside_hours(cx.lang, back))),
        None => Ok(()),
    }
}

/// Says below the first message that it was opened outside working hours, while it waits for staff.
pub async fn add_note(cx: &Cx, settings: &Settings, ticket: &Ticket, body: &mut MessageBody) -> Result<()> {
    let text = settings.text(&OUTSIDE_TEXT);
    if ticket.status != Status::Open || ticket.first_response_at.is_some() || text.is_empty() {
        return Ok(());
    }
    if back_at(cx, ticket.guild_id, settings, ticket.created_at).await?.is_some() {
        body.embeds.push(EmbedBuilder::new().description(text).color(colour::INFO).build());
    }
    Ok(())
}
