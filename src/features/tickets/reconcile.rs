//! Compares Discord with the database each hour, guild by guild, and mends what was missed while something was down.

use chrono::{DateTime, TimeDelta, Utc};
use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{
    access, messages, open, place, rules,
    settings::LOG_CHANNEL,
    store::{self, Id, Place, Ticket},
};
use crate::{
    context::{Cx, logged},
    discord::{channel::Channel, message::Nonce},
    error::Result,
    jobs::{self, JobRow},
    settings::{self, Settings},
};

pub const GUILD: &str = "tickets.reconcile_guild";

/// Compared in one run, and mended: each mend is a handful of calls.
const COMPARED: u32 = 100;
const MENDED: u32 = 5;
/// Younger than that, somebody is still at it.
const SETTLED: TimeDelta = TimeDelta::minutes(5);
/// An older stray channel is left to people.
const YOUNG: TimeDelta = TimeDelta::hours(24);

/// What was put right in one guild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    pub adopted: u32,
    pub finished: u32,
    pub channel_gone: u32,
    pub access: u32,
    pub deleted: u32,
}

impl Mended {
    fn total(self) -> u32 {
        self.adopted + self.finished + self.channel_gone + self.access + self.deleted
    }
}

#[derive(FromJson)]
struct Compared {
    ticket: Ticket,
}

/// A channel that looks like a ticket's and is the place of none.
#[derive(FromJson)]
pub struct Stray {
    pub channel_id: Snowflake,
    /// The ticket that it names, if the guild has it.
    ticket: Option<Ticket>,
}

/// What is wrong with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Unfinished,
    ChannelGone,
    Access,
}

/// The job `tickets.reconcile`: owes one look at each guild that has tickets.
pub async fn owe(cx: Cx) -> Result<()> {
    cx.supabase.rpc::<u32>("owe_ticket_reconciling", &json!({"at": cx.now})).await?;
    Ok(())
}

/// The job [`GUILD`].
pub async fn guild(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let after = row.payload.get("after").and_then(|after| after.as_str()?.parse().ok()).unwrap_or(Id(0));
    let arguments = json!({"guild_id": guild, "after": after, "max_rows": COMPARED, "at": cx.now});
    let compared: Vec<Compared> = cx.supabase.rpc("tickets_to_reconcile", &arguments).await?;
    let channels = match cx.discord.channels(guild).await {
        Ok(channels) => channels,
        // The bot is not in the guild any more.
        Err(error) if error.is_refused() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let settings = settings::load(&cx, guild).await?;
    let mut mended = Mended::default();
    let mut adopted = vec![];
    let mut unknown = vec![];
    if after == Id(0) {
        for stray in strays(&cx, guild, &channels).await? {
            match tend_stray(&cx, &channels, &stray, &mut mended).await {
                Ok(true) => adopted.extend(stray.ticket.map(|ticket| ticket.ticket_id)),
                Ok(false) => unknown.push(stray.channel_id),
                Err(error) => cx.log_failure("tickets", &error),
            }
        }
    }
    let threads: Vec<Snowflake> = match compared.iter().any(|one| one.ticket.place == Place::Thread) {
        true => cx.discord.active_threads(guild).await?.into_iter().map(|thread| thread.id).collect(),
        false => vec![],
    };
    // A role that was deleted is in no channel and cannot be.
    let roles: Vec<Snowflake> = cx.discord.guild(guild).await?.roles.iter().map(|role| role.id).collect();
    let mut left = false;
    for one in compared.iter().filter(|one| !adopted.contains(&one.ticket.ticket_id)) {
        let staff = access::staff_role(&settings, one.ticket.category.as_ref()).filter(|role| roles.contains(role));
        let Some(fault) = fault(&cx, one, &channels, &threads, staff) else { continue };
        if mended.total() >= MENDED {
            left = true;
            break;
        }
        // One ticket's trouble is not another's; what failed is tried again in an hour.
        logged(&cx, "tickets", mend(&cx, &one.ticket, fault, &mut mended).await);
    }
    if mended.total() > 0 {
        let fields = json!({
            "guild_id": guild, "adopted": mended.adopted, "finished": mended.finished, "access": mended.access,
            "channel_gone": mended.channel_gone, "deleted": mended.deleted,
            "unknown_channels": unknown.len(),
        });
        cx.log("info", "tickets_reconciled", fields);
        report(&cx, guild, &settings, &mended, &unknown).await;
    }
    // More of the same page, or the next one.
    let next = match compared.last() {
        _ if left => Some(after),
        Some(last) if compared.len() == COMPARED as usize => Some(last.ticket.ticket_id),
        _ => None,
    };
    if let Some(next) = next {
        let due = cx.now + TimeDelta::minutes(1);
        jobs::owe(&cx, guild, GUILD, &guild.to_string(), due, json!({"after": next})).await?;
    }
    Ok(())
}

/// Channels of the guild with the mark of a ticket, that are the place of none.
pub async fn strays(cx: &Cx, guild: Snowflake, channels: &[Channel]) -> Result<Vec<Stray>> {
    let marks: Vec<_> = channels
        .iter()
        .filter_map(|channel| Some(json!({"channel_id": channel.id, "ticket_id": rules::marked(channel.topic())?})))
        .collect();
    if marks.is_empty() {
        return Ok(vec![]);
    }
    Ok(cx.supabase.rpc("stray_ticket_channels", &json!({"guild_id": guild, "marks": marks})).await?)
}

/// A channel whose row was lost on the way becomes its ticket's; one too many goes, if nobody ever wrote in it. False: it is
/// for people to look at.
async fn tend_stray(cx: &Cx, channels: &[Channel], stray: &Stray, mended: &mut Mended) -> Result<bool> {
    let (Some(ticket), Some(channel)) = (&stray.ticket, channels.iter().find(|channel| channel.id == stray.channel_id))
    else {
        return Ok(false);
    };
    let age = cx.now - made_at(channel.id);
    if age < SETTLED {
        return Ok(true);
    }
    if !rules::is_made_for(ticket, channel.name(), channel.topic()) {
        return Ok(false);
    }
    if ticket.is_open() && ticket.channel_id.is_none() {
        let placed = json!({"channel_id": channel.id, "place": Place::Channel});
        if let Some(changed) = store::change(cx, ticket, "placed", Snowflake(0), placed).await? {
            place::sync(cx, &changed.ticket).await?;
            open::repair(cx, &changed.ticket).await?;
            mended.adopted += 1;
        }
        return Ok(true);
    }
    if age > YOUNG {
        return Ok(false);
    }
    let bot = cx.config.application_id.unwrap_or_default();
    let written = cx.discord.messages_after(channel.id, Snowflake(0)).await?;
    let only_ours = written.unreadable == 0 && written.messages.iter().all(|message| message.author.id == bot);
    if !only_ours || written.len() > 1 {
        return Ok(false);
    }
    cx.discord.delete_channel(channel.id, "A second channel for the same ticket").await?;
    mended.deleted += 1;
    Ok(true)
}

fn fault(
    cx: &Cx,
    one: &Compared,
    channels: &[Channel],
    threads: &[Snowflake],
    staff: Option<Snowflake>,
) -> Option<Fault> {
    let ticket = &one.ticket;
    let settled = cx.now - ticket.created_at > SETTLED;
    let Some(place) = ticket.channel_id else { return Some(Fault::Unfinished).filter(|_| settled) };
    let channel = channels.iter().find(|channel| channel.id == place);
    match (ticket.place, channel) {
        (Place::Channel, None) => Some(Fault::ChannelGone),
        // A closed one is archived and so not among the active.
        (Place::Thread, _) if ticket.is_open() && !threads.contains(&place) => Some(Fault::ChannelGone),
        // One that was closed a moment ago is being put away.
        (Place::Channel, Some(channel))
            if ticket.resolved_at.is_none_or(|at| cx.now - at > SETTLED)
                && !rules::same(&place::wanted(cx, ticket, staff, &[], channel), &channel.permission_overwrites) =>
        {
            Some(Fault::Access)
        }
        _ if ticket.is_open() && ticket.message_id.is_none() && settled => Some(Fault::Unfinished),
        _ => None,
    }
}

async fn mend(cx: &Cx, ticket: &Ticket, fault: Fault, mended: &mut Mended) -> Result<()> {
    match fault {
        Fault::Unfinished => {
            open::repair(cx, ticket).await?;
            mended.finished += 1;
        }
        // Looked at once more: it may have been made a moment ago, or be a thread that Discord archived.
        Fault::ChannelGone => match place::sync(cx, ticket).await? {
            true => mended.channel_gone += 1,
            false => mended.access += 1,
        },
        Fault::Access => {
            place::sync(cx, ticket).await?;
            mended.access += 1;
        }
    }
    Ok(())
}

/// Where no log channel takes it, the log line is all.
async fn report(cx: &Cx, guild: Snowflake, settings: &Settings, mended: &Mended, unknown: &[Snowflake]) {
    let Some(channel) = settings.id(&LOG_CHANNEL) else { return };
    let nonce = Nonce::of("tkm", Snowflake(guild.0 ^ cx.now.timestamp().unsigned_abs()));
    let body = messages::upkeep::reconciled(cx.lang, mended, unknown).with_nonce(nonce);
    logged(cx, "tickets", cx.discord.create_message(channel, &body).await.map_err(Into::into));
}

fn made_at(channel: Snowflake) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(channel.created_at_ms()).unwrap_or_default()
}
