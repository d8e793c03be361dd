//! A ticket's place in Discord: a channel, or a private thread where there is no room for one. Made once, then kept in step
//! with the row.

use from_json::{Map, json};
use relay_wire::Snowflake;

use super::{
    access, messages, outside, rules,
    settings::{ARCHIVE_PARENT, OPENING_TEXT, OVERFLOW_PARENT, PARENT, PING_STAFF, STAFF_ROLE},
    store::{self, Place, Ticket},
};
use crate::{
    context::{Cx, logged},
    discord::{
        channel::{Channel, NewChannel, Overwrite, ThreadState, kind},
        message::{MessageBody, Nonce},
    },
    error::{Error, Failure, Result, ServiceError},
    relay_filter,
    settings::{self, Settings},
};

/// Discord's codes. Source: API reference, "JSON Error Codes".
const UNKNOWN_CHANNEL: &str = "10003";
const TOO_MANY_CHANNELS: &str = "30013";
const INVALID_FORM: &str = "50035";
/// An overwrite names a role that was deleted.
const UNKNOWN_OVERWRITE: &str = "10009";

/// More changes than that within a second are left to the job.
const MAX_ROUNDS: u32 = 3;

/// Why Discord will not have a place for a ticket, until somebody changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlace(pub String);

/// Makes the ticket's channel and its first message, and notes both. Steps that were done before are not repeated.
///
/// # Errors
/// `Ok(Err(_))` if it cannot be before an administrator changes something; the ticket has failed then. `Err` if it may work later.
pub async fn make(cx: &Cx, ticket: Ticket) -> Result<Result<Ticket, NoPlace>> {
    let settings = settings::load(cx, ticket.guild_id).await?;
    let mut ticket = ticket;
    if ticket.channel_id.is_none() {
        let (channel, place) = match channel(cx, &ticket, &settings).await? {
            Ok(made) => made,
            Err(why) => return Ok(Err(why)),
        };
        let placed = json!({"channel_id": channel.id, "place": place});
        let changed = store::change(cx, &ticket, "placed", Snowflake(0), placed).await?;
        let Some(changed) = changed else { return Err(Error::bug("a ticket went while its channel was made")) };
        if changed.ticket.channel_id != Some(channel.id) {
            // Somebody else placed it in the meantime: this channel is one too many.
            cx.discord.delete_channel(channel.id, "A second channel for the same ticket").await?;
        }
        ticket = changed.ticket;
        // The relay sends what is written there from now on.
        relay_filter::changed(cx).await;
    }
    if let (Some(channel), None) = (ticket.channel_id, ticket.message_id) {
        if ticket.place == Place::Thread {
            bring_in(cx, channel, ticket.opener_id).await?;
        }
        let staff = access::staff_role(&settings, ticket.category.as_ref());
        // A thread has no overwrites: staff come into it by being pinged.
        let ping = staff.filter(|_| settings.switch(&PING_STAFF) || ticket.place == Place::Thread);
        let mut body = messages::opening(settings.language(), &ticket, &settings.text(&OPENING_TEXT), ping)?;
        outside::add_note(cx, &settings, &ticket, &mut body).await?;
        let body = body.with_nonce(Nonce::of("tko", Snowflake(ticket.ticket_id.0 as u64)));
        let message = cx.discord.create_message(channel, &body).await?;
        let noted =
            store::change(cx, &ticket, "opened_message", Snowflake(0), json!({"message_id": message.id})).await?;
        ticket = noted.map_or(ticket, |noted| noted.ticket);
    }
    Ok(Ok(ticket))
}

/// Tries the category, the second category, then a thread below the panel.
async fn channel(cx: &Cx, ticket: &Ticket, settings: &Settings) -> Result<Result<(Channel, Place), NoPlace>> {
    let staff = access::staff_role(settings, ticket.category.as_ref());
    let bot = cx.config.application_id.unwrap_or_default();
    let first = ticket.category.as_ref().and_then(|category| category.parent_id).or_else(|| settings.id(&PARENT));
    let second = settings.id(&OVERFLOW_PARENT).filter(|second| Some(*second) != first);
    let mut new = NewChannel {
        name: rules::channel_name(ticket.ticket_number),
        kind: kind::TEXT,
        topic: rules::topic_mark(ticket),
        parent_id: None,
        permission_overwrites: rules::overwrites(ticket, staff, bot),
    };
    let reason = messages::audit_reason(ticket);
    let mut trouble = None;
    let mut staff_trouble = None;
    for parent in std::iter::once(first).chain(second.map(Some)) {
        new.parent_id = parent;
        let mut made = cx.discord.create_channel(ticket.guild_id, &new, &reason).await;
        if made.as_ref().is_err_and(|error| error.code() == Some(UNKNOWN_OVERWRITE)) {
            // Better a ticket that only administrators see than none.
            staff_trouble = Some(messages::open::problem_staff_role(cx.lang));
            new.permission_overwrites = rules::overwrites(ticket, None, bot);
            made = cx.discord.create_channel(ticket.guild_id, &new, &reason).await;
        }
        if made.as_ref().is_err_and(|error| refuses(error, "name")) {
            trouble = Some(messages::open::problem_name(cx.lang, &new.name));
            new.name = rules::plain_name(ticket.ticket_number);
            made = cx.discord.create_channel(ticket.guild_id, &new, &reason).await;
        }
        match made {
            Ok(channel) => {
                settings::note_problem(cx, ticket.guild_id, &PARENT, trouble.as_deref()).await?;
                settings::note_problem(cx, ticket.guild_id, &STAFF_ROLE, staff_trouble.as_deref()).await?;
                return Ok(Ok((channel, Place::Channel)));
            }
            Err(error) if error.code() == Some(TOO_MANY_CHANNELS) => {
                trouble = Some(messages::open::problem_too_many_channels(cx.lang));
                break;
            }
            Err(error) if refuses(&error, "parent_id") => {
                trouble = Some(messages::open::problem_parent(cx.lang, parent))
            }
            Err(error) if error.is_refused() => {
                trouble = Some(messages::open::problem_channel(cx.lang, error.code()));
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    settings::note_problem(cx, ticket.guild_id, &PARENT, trouble.as_deref()).await?;
    let trouble = trouble.unwrap_or_else(|| messages::open::problem_channel(cx.lang, None));
    let Some(panel) = ticket.panel_channel_id else { return Ok(Err(NoPlace(trouble))) };
    let mut made = cx.discord.create_private_thread(panel, &new.name, &reason).await;
    if made.as_ref().is_err_and(|error| refuses(error, "name")) {
        made = cx.discord.create_private_thread(panel, &rules::plain_name(ticket.ticket_number), &reason).await;
    }
    match made {
        Ok(thread) => Ok(Ok((thread, Place::Thread))),
        Err(error) if error.is_refused() => Ok(Err(NoPlace(trouble))),
        Err(error) => Err(error.into()),
    }
}

/// Who left, or may not see the channel above, cannot be brought into a thread; the ticket goes on without them.
async fn bring_in(cx: &Cx, thread: Snowflake, user: Snowflake) -> Result<()> {
    match cx.discord.add_to_thread(thread, user).await {
        Err(error) if error.is_refused() => {
            let fields = json!({"channel_id": thread, "user_id": user, "code": error.code()});
            cx.log("warn", "not_brought_into_thread", fields);
            Ok(())
        }
        added => Ok(added?),
    }
}

/// Makes the channel say what the row says: who is in it and may write, where it stands, what its first message shows.
/// True if the channel is gone. Repeating it changes nothing. Of two at once the later one may hold an older row: so the row is
/// read again afterwards, and whoever writes last has written the newest.
pub async fn sync(cx: &Cx, ticket: &Ticket) -> Result<bool> {
    let mut ticket = ticket.clone();
    for _ in 0..MAX_ROUNDS {
        if sync_once(cx, &ticket).await? {
            return Ok(true);
        }
        match store::by_id(cx, ticket.guild_id, ticket.ticket_id).await? {
            Some(now) if !now.looks_like(&ticket) => ticket = now,
            _ => break,
        }
    }
    Ok(false)
}

/// The same for the row as it is given.
pub async fn sync_once(cx: &Cx, ticket: &Ticket) -> Result<bool> {
    let (Some(id), None) = (ticket.channel_id, ticket.channel_gone_at) else { return Ok(true) };
    let settings = settings::load(cx, ticket.guild_id).await?;
    let channel = match cx.discord.channel(id).await {
        Ok(channel) => channel,
        Err(error) if error.code() == Some(UNKNOWN_CHANNEL) => {
            store::change(cx, ticket, "channel_gone", Snowflake(0), json!({})).await?;
            return Ok(true);
        }
        Err(error) => return Err(error.into()),
    };
    match ticket.place {
        Place::Channel => sync_channel(cx, ticket, &settings, &channel).await?,
        Place::Thread => sync_people(cx, ticket, &channel).await?,
    }
    if let Some(message) = ticket.message_id {
        let mut body = messages::opening(settings.language(), ticket, &settings.text(&OPENING_TEXT), None)?;
        outside::add_note(cx, &settings, ticket, &mut body).await?;
        match cx.discord.edit_message(id, message, &body).await {
            // Somebody deleted it.
            Err(error) if error.is_refused() => {}
            edited => edited?,
        }
    }
    if ticket.place == Place::Thread && !ticket.is_open() {
        let fields = json!({"archived": true, "locked": true});
        cx.discord.change_channel(id, &fields, &messages::audit_reason(ticket)).await?;
    }
    Ok(false)
}

/// Who is in a thread. An archived one is taken out of the archive first: nothing can be changed in it before.
async fn sync_people(cx: &Cx, ticket: &Ticket, thread: &Channel) -> Result<()> {
    let mut gone = vec![];
    // 0 is somebody whose data was erased.
    for user in ticket.removed.iter().filter(|user| **user != Snowflake(0)) {
        if cx.discord.is_in_thread(thread.id, *user).await? {
            gone.push(*user);
        }
    }
    let shut = thread.thread_metadata.unwrap_or_default() != ThreadState::default();
    if shut && (ticket.is_open() || !gone.is_empty()) {
        let fields = json!({"archived": false, "locked": false});
        cx.discord.change_channel(thread.id, &fields, &messages::audit_reason(ticket)).await?;
    }
    for user in std::iter::once(&ticket.opener_id).chain(&ticket.members).filter(|_| ticket.is_open()) {
        match cx.discord.add_to_thread(thread.id, *user).await {
            // They left the guild, or do not see the channel above any more: no reason to keep the others out.
            Err(error) if error.is_refused() => {}
            added => added?,
        }
    }
    for user in gone {
        cx.discord.remove_from_thread(thread.id, user).await?;
    }
    Ok(())
}

/// The overwrites that the row and what was set by hand ask for. `former`: roles of categories that it was moved out of.
pub fn wanted(
    cx: &Cx,
    ticket: &Ticket,
    staff: Option<Snowflake>,
    former: &[Snowflake],
    channel: &Channel,
) -> Vec<Overwrite> {
    let bot = cx.config.application_id.unwrap_or_default();
    let gone: Vec<Snowflake> = ticket.removed.iter().chain(former).copied().collect();
    rules::merged(&channel.permission_overwrites, &rules::overwrites(ticket, staff, bot), &gone)
}

async fn sync_channel(cx: &Cx, ticket: &Ticket, settings: &Settings, channel: &Channel) -> Result<()> {
    let staff = access::staff_role(settings, ticket.category.as_ref());
    let of_row = rules::overwrites(ticket, staff, cx.config.application_id.unwrap_or_default());
    let mut former = vec![];
    let other_role = |one: &Overwrite| one.kind == Overwrite::ROLE && of_row.iter().all(|other| other.id != one.id);
    if channel.permission_overwrites.iter().any(other_role) {
        // Perhaps the staff of the category that it was moved out of.
        let roles: Vec<Option<Snowflake>> =
            cx.supabase.rpc("ticket_former_staff", &json!({"ticket_id": ticket.ticket_id})).await?;
        former.extend(roles.into_iter().filter_map(|role| role.or_else(|| settings.id(&STAFF_ROLE))));
    }
    let wanted_now = wanted(cx, ticket, staff, &former, channel);
    let mut fields = Map::new();
    if !rules::same(&wanted_now, &channel.permission_overwrites) {
        fields.insert("permission_overwrites".to_owned(), json!(wanted_now));
    }
    let open_parent =
        || ticket.category.as_ref().and_then(|category| category.parent_id).or_else(|| settings.id(&PARENT));
    let archive = settings.id(&ARCHIVE_PARENT);
    let parent = match (ticket.is_open(), channel.parent_id == archive) {
        (false, _) => archive,
        // Back from the archive; else it stays where it was made, or where somebody moved it.
        (true, true) if archive.is_some() => open_parent(),
        (true, _) => None,
    };
    let reason = messages::audit_reason(ticket);
    if let Some(parent) = parent.filter(|parent| Some(*parent) != channel.parent_id) {
        fields.insert("parent_id".to_owned(), json!(parent));
    }
    if fields.is_empty() {
        return Ok(());
    }
    let mut changed = cx.discord.change_channel(channel.id, &json!(fields), &reason).await;
    if changed.as_ref().is_err_and(|error| error.code() == Some(UNKNOWN_OVERWRITE)) {
        // The staff role was deleted: that may not keep a ticket from being closed.
        let problem = messages::open::problem_staff_role(cx.lang);
        settings::note_problem(cx, ticket.guild_id, &STAFF_ROLE, Some(&problem)).await?;
        fields.insert("permission_overwrites".to_owned(), json!(wanted(cx, ticket, None, &former, channel)));
        changed = cx.discord.change_channel(channel.id, &json!(fields), &reason).await;
    }
    match changed {
        // A full archive is no reason to leave the opener's right to write.
        Err(error) if refuses(&error, "parent_id") => {
            settings::note_problem(
                cx,
                ticket.guild_id,
                &ARCHIVE_PARENT,
                Some(&messages::open::problem_parent(cx.lang, parent)),
            )
            .await?;
            fields.remove("parent_id");
            if !fields.is_empty() {
                cx.discord.change_channel(channel.id, &json!(fields), &reason).await?;
            }
        }
        changed => changed?,
    }
    Ok(())
}

/// Puts the channel below the category that its kind of ticket has, after it was moved. Where there is no room, it stays.
pub async fn to_parent(cx: &Cx, ticket: &Ticket) {
    let parent = ticket.category.as_ref().and_then(|category| category.parent_id);
    if let (Some(channel), Some(parent), Place::Channel) = (ticket.channel_id, parent, ticket.place) {
        let moved =
            cx.discord.change_channel(channel, &json!({"parent_id": parent}), &messages::audit_reason(ticket)).await;
        logged(cx, "tickets", moved.map_err(Into::into));
    }
}

/// Posts in a ticket's channel.
pub async fn post(cx: &Cx, ticket: &Ticket, body: &MessageBody) -> Result<()> {
    if let (Some(channel), None) = (ticket.channel_id, ticket.channel_gone_at) {
        cx.discord.create_message(channel, body).await?;
    }
    Ok(())
}

/// Whether Discord found fault with this field of the form.
fn refuses(error: &ServiceError, field: &str) -> bool {
    let Failure::Refused { code, message, .. } = &error.kind else { return false };
    code == INVALID_FORM && message.contains(&format!(" {field}="))
}
