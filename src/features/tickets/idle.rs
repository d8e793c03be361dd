//! What happens to a ticket by itself: warned and closed when its opener stays silent, closed when they leave or the channel is
//! deleted, and its channel deleted long after. SQL decides, in one transaction with the jobs by which Discord follows.

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use relay_wire::{Event, EventBody, Outcome};

use super::{
    access::{self, Actor},
    messages::{self, archive as texts},
    place,
    settings::{CLOSE_AFTER_HOURS, WARN_HOURS},
    store::{Refusal, Ticket},
};
use crate::{
    batch,
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::Nonce},
    error::{Error, Result},
    lang::Lang,
    relay_filter,
    reply::{Answer, Reply},
    settings,
};

/// `tend_tickets` owes this kind in SQL.
pub const WARN: &str = "tickets.warn";
/// Of each kind of change, in one run.
const MAX_TENDED: u32 = 100;

pub async fn tend(cx: Cx) -> Result<()> {
    #[derive(FromJson)]
    struct Tended {
        warned: u32,
        closed: u32,
        removed: u32,
    }
    let arguments = json!({
        "at": cx.now, "max_rows": MAX_TENDED, "silence_reason": texts::silence_reason(Lang::En),
        "left_reason": texts::left_reason(Lang::En),
    });
    let tended: Tended = cx.supabase.rpc("tend_tickets", &arguments).await?;
    if tended.closed > 0 {
        relay_filter::changed(&cx).await;
    }
    if tended.warned + tended.closed + tended.removed > 0 {
        let fields = json!({"warned": tended.warned, "closed": tended.closed, "removed": tended.removed});
        cx.log("info", "tickets_tended", fields);
    }
    Ok(())
}

/// The job `tickets.warn`: the row says that the opener is warned, and here they are.
pub async fn warn(cx: &Cx, ticket: &Ticket) -> Result<()> {
    let (Some(warned_at), Some(channel)) = (ticket.warned_at.filter(|_| ticket.is_open()), ticket.channel_id) else {
        return Ok(());
    };
    let settings = settings::load(cx, ticket.guild_id).await?;
    let hours = settings.number(&WARN_HOURS).min(settings.number(&CLOSE_AFTER_HOURS));
    let closes_at = warned_at + TimeDelta::seconds((hours * 3_600.0) as i64);
    let id = (ticket.ticket_id.0 as u64).wrapping_mul(10_000_000_000).wrapping_add(warned_at.timestamp() as u64);
    let body =
        texts::warning(settings.language(), ticket, closes_at)?.with_nonce(Nonce::of("tw", relay_wire::Snowflake(id)));
    match cx.discord.create_message(channel, &body).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_refused() => {
            cx.log_failure("tickets", &error.into());
            // Perhaps the channel is gone.
            place::sync(cx, ticket).await.map(drop)
        }
        Err(error) => Err(error.into()),
    }
}

/// The button on the warning.
pub async fn keep_open(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    let ticket = access::ticket_named(&cx, &actor, &id).await?;
    access::require_staff_or_opener(&cx, &actor, &ticket).await?;
    if !ticket.is_open() {
        return Err(Error::user(messages::life::refusal(cx.lang, Refusal::Closed, &ticket)));
    }
    cx.supabase.rpc::<()>("keep_ticket_open", &json!({"ticket_id": ticket.ticket_id, "at": cx.now})).await?;
    Ok(Answer::Update(Reply::public(texts::kept_open(cx.lang, call.user_id))))
}

/// Members who left, channels and threads that were deleted by hand.
pub async fn losses(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let rows: Vec<(usize, Value)> =
        events.iter().enumerate().filter_map(|(at, event)| Some((at, loss(&event.body)?))).collect();
    batch::record(&cx, "tickets", &mut outcomes, &rows, async |rows| {
        let arguments = json!({"events": rows, "left_reason": texts::left_reason(Lang::En), "at": cx.now});
        let changed: i64 = cx.supabase.rpc("note_ticket_losses", &arguments).await?;
        if changed > 0 {
            relay_filter::changed(&cx).await;
        }
        Ok(())
    })
    .await;
    outcomes
}

/// As `note_ticket_losses` reads it.
fn loss(body: &EventBody) -> Option<Value> {
    Some(match body {
        EventBody::MemberLeft { guild_id, user_id, at } => {
            json!({"kind": "member_left", "guild_id": guild_id, "user_id": user_id, "at": at})
        }
        EventBody::ChannelDeleted { guild_id, channel_id: gone }
        | EventBody::ThreadDeleted { guild_id, thread_id: gone, .. } => {
            json!({"kind": "channel_gone", "guild_id": guild_id, "channel_id": gone})
        }
        _ => return None,
    })
}
