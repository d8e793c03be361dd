//! What staff see and keep for themselves: the list of open tickets, notes, who may not open any.

use chrono::{DateTime, Utc};
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_util::builder::command::{IntegerBuilder, StringBuilder, SubCommandBuilder, UserBuilder};

use super::{
    access::{self, Actor},
    life::{change, staff_here},
    messages,
    settings::STAFF_ROLE,
    store::{Page, Ticket},
};
use crate::{
    clients::supabase::{Filter, OnConflict},
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::MessageBody},
    error::{Error, Result},
    reply::{Answer, Reply},
    settings, sort,
};

const PAGE_SIZE: u32 = 10;
/// Nobody turns so many pages; larger numbers are not ours.
const MAX_PAGE: u32 = 100_000;
pub const MAX_NOTE: u16 = 1_000;

/// A row of `ticket_notes`.
#[derive(Debug, FromJson)]
pub struct Note {
    note_id: i64,
    pub author_id: Option<Snowflake>,
    pub content: String,
    pub at: DateTime<Utc>,
}

pub fn list_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("list", "Your open tickets; for staff, all that they answer")
        .option(IntegerBuilder::new("page", "Which page; the first if left out").min_value(1).max_value(1_000))
}

pub async fn list(cx: Cx, call: Interaction) -> Result<Answer> {
    let page = call.input.integer("page").and_then(|page| u32::try_from(page).ok()).unwrap_or(1);
    Ok(Answer::Message(Reply::private(open_tickets(&cx, &call, page).await?)))
}

pub async fn list_turned(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let page = id.argument(0, cx.lang)?;
    Ok(Answer::Update(Reply::private(open_tickets(&cx, &call, page).await?)))
}

/// What somebody may see is asked with the roles they have now.
async fn open_tickets(cx: &Cx, call: &Interaction, page: u32) -> Result<MessageBody> {
    let actor = Actor::of(call)?;
    let settings = settings::load(cx, actor.guild_id).await?;
    let mut arguments = json!({
        "guild_id": actor.guild_id, "reader_id": actor.user_id, "role_ids": actor.role_ids,
        "page": page.clamp(1, MAX_PAGE), "page_size": PAGE_SIZE, "everything": actor.manages(),
    });
    if let (Some(role), Some(fields)) = (settings.id(&STAFF_ROLE), arguments.as_object_mut()) {
        fields.insert("default_role_id".to_owned(), json!(role));
    }
    let page: Page = cx.supabase.rpc("list_open_tickets", &arguments).await?;
    messages::staff::list(cx.lang, &page)
}

pub fn note_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("note", "Keep a note for the staff of this ticket, or read them").option(
        StringBuilder::new("text", "What to note; left out, the notes are shown").min_length(1).max_length(MAX_NOTE),
    )
}

/// Staff of the ticket, but for its own opener: what staff note about somebody is not for them.
pub async fn note(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    if ticket.opener_id == call.user_id {
        access::refused(&cx, &Actor::of(&call)?, "notes_of_own_ticket");
        return Err(Error::user(messages::staff::notes_of_own_ticket(cx.lang)));
    }
    let text = call.input.text("text").unwrap_or_default().trim().replace('\0', "\u{fffd}");
    let body = if text.is_empty() {
        messages::staff::notes(cx.lang, &ticket, &notes(&cx, &ticket).await?)
    } else {
        change(&cx, &ticket, "note", call.user_id, json!({"content": text})).await?;
        messages::done(cx.lang, messages::staff::noted(cx.lang), None)
    };
    Ok(Answer::Message(Reply::private(body)))
}

/// Oldest first.
async fn notes(cx: &Cx, ticket: &Ticket) -> Result<Vec<Note>> {
    let of_ticket = [Filter::eq("guild_id", ticket.guild_id), Filter::eq("ticket_id", ticket.ticket_id)];
    let mut notes: Vec<Note> = cx.supabase.select("ticket_notes", "note_id,author_id,content,at", &of_ticket).await?;
    sort::by_key(&mut notes, |note| note.note_id);
    Ok(notes)
}

pub fn block_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("block", "Somebody may not open tickets any more; those they have stay")
        .option(UserBuilder::new("member", "Whom; paste the id of somebody who left").required(true))
        .option(StringBuilder::new("reason", "Why; only staff read it").max_length(300))
}

pub async fn block(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    access::require_any_staff(&cx, &actor).await?;
    let whom = call.input.id("member").unwrap_or_default();
    let reason = call.input.text("reason").unwrap_or_default().trim().replace('\0', "\u{fffd}");
    let row = json!({
        "guild_id": actor.guild_id, "user_id": whom, "blocked_by": actor.user_id, "reason": reason, "blocked_at": cx.now,
    });
    cx.supabase.insert("ticket_blocks", &[row], Some(OnConflict::Replace("guild_id,user_id"))).await?;
    cx.log("info", "ticket_block", json!({"guild_id": actor.guild_id, "actor_id": actor.user_id, "user_id": whom}));
    Ok(Answer::Message(Reply::private(messages::done(cx.lang, messages::staff::blocked(cx.lang, whom), None))))
}

pub fn unblock_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("unblock", "Somebody may open tickets again")
        .option(UserBuilder::new("member", "Whom; paste the id of somebody who left").required(true))
}

pub async fn unblock(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    access::require_any_staff(&cx, &actor).await?;
    let whom = call.input.id("member").unwrap_or_default();
    let of_guild = Filter::eq("guild_id", actor.guild_id);
    cx.supabase.delete("ticket_blocks", of_guild, &[Filter::eq("user_id", whom)]).await?;
    cx.log("info", "ticket_unblock", json!({"guild_id": actor.guild_id, "actor_id": actor.user_id, "user_id": whom}));
    Ok(Answer::Message(Reply::private(messages::done(cx.lang, messages::staff::unblocked(cx.lang, whom), None))))
}
