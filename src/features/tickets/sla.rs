//! Targets: staff are told in the ticket, once, when it waits too long for a first answer or for its end.

use chrono::{DateTime, Utc};
use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{
    access, messages,
    store::{self, Ticket},
};
use crate::{
    context::Cx,
    discord::message::Nonce,
    error::{Error, Result},
    settings,
};

/// Told in one run, each with a few calls.
const AT_ONCE: u32 = 8;
const UNKNOWN_CHANNEL: &str = "10003";

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    FirstResponse,
    Resolution,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::Resolution => "resolution",
        }
    }
}

#[derive(FromJson)]
struct Alarm {
    target: Target,
    due_at: DateTime<Utc>,
    ticket: Ticket,
}

/// The job `tickets.alarms`. What is told twice after a crash in between, Discord's nonce makes one.
pub async fn tell_overdue(cx: Cx) -> Result<()> {
    let due: Vec<Alarm> = cx.supabase.rpc("ticket_alarms_due", &json!({"at": cx.now, "max_rows": AT_ONCE})).await?;
    let mut failed = None;
    for alarm in &due {
        // One guild's trouble is not another's.
        if let Err(error) = tell(&cx, alarm).await {
            cx.log_failure("tickets", &error);
            failed = Some(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn tell(cx: &Cx, alarm: &Alarm) -> Result<()> {
    let ticket = &alarm.ticket;
    let Some(channel) = ticket.channel_id else { return Ok(()) };
    let settings = settings::load(cx, ticket.guild_id).await?;
    let staff = access::staff_role(&settings, ticket.category.as_ref());
    let purpose = match alarm.target {
        Target::FirstResponse => "tka",
        Target::Resolution => "tkr",
    };
    let body = messages::upkeep::overdue(cx.lang, ticket, alarm.target, alarm.due_at, staff)
        .with_nonce(Nonce::of(purpose, Snowflake(ticket.ticket_id.0.unsigned_abs())));
    match cx.discord.create_message(channel, &body).await {
        Ok(_) => {}
        Err(error) if error.code() == Some(UNKNOWN_CHANNEL) => {
            store::change(cx, ticket, "channel_gone", Snowflake(0), json!({})).await?;
        }
        // It would be refused each time: noted as told, said in the log.
        Err(error) if error.is_refused() => cx.log_failure("tickets", &Error::from(error)),
        Err(error) => return Err(error.into()),
    }
    let told = json!({
        "guild_id": ticket.guild_id, "ticket_id": ticket.ticket_id, "target": alarm.target.name(), "at": cx.now,
    });
    Ok(cx.supabase.rpc("note_ticket_alarm", &told).await?)
}
