//! Closing a ticket, asking its opener whether it may be closed, and opening it again.

use from_json::json;
use relay_wire::Snowflake;
use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, StringBuilder, SubCommandBuilder};

use super::{
    access::{self, Actor},
    archive,
    life::{announce, change, changed, follow, privately, staff_here},
    messages::{self, close::MAX_REASON},
    open, place,
    store::{self, Ticket},
};
use crate::{
    clients::supabase::Filter,
    context::{Cx, logged},
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{MessageBody, Nonce},
    },
    error::{Error, Result},
    features::PrefixCall,
    relay_filter,
    reply::{Answer, Reply},
    settings,
};

/// `/close [reason]`
pub fn definition() -> Definition {
    CommandBuilder::new("close", "Close the ticket of this channel", CommandType::ChatInput)
        .contexts([InteractionContextType::Guild])
        .option(StringBuilder::new("reason", "Why; the member reads it, too").max_length(MAX_REASON))
        .build()
}

pub async fn command(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = access::ticket_here(&cx, &call).await?;
    access::require_staff_or_opener(&cx, &Actor::of(&call)?, &ticket).await?;
    let reason = call.input.text("reason").unwrap_or_default().to_owned();
    Ok(privately(async move { Ok(Reply::private(close(&cx, &ticket, call.user_id, &reason, "closed").await?)) }))
}

pub async fn pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (_, ticket) = concerned(&cx, &call, &id).await?;
    Ok(privately(async move { Ok(Reply::private(close(&cx, &ticket, call.user_id, "", "closed").await?)) }))
}

pub async fn with_reason_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (_, ticket) = concerned(&cx, &call, &id).await?;
    if !ticket.is_open() {
        return Err(Error::user(messages::close::already(cx.lang)));
    }
    Ok(Answer::Modal(messages::close::form(cx.lang, &ticket)?))
}

pub async fn filled_in(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (_, ticket) = concerned(&cx, &call, &id).await?;
    let reason = call.input.field("reason").unwrap_or_default().to_owned();
    Ok(privately(async move { Ok(Reply::private(close(&cx, &ticket, call.user_id, &reason, "closed").await?)) }))
}

/// `!close [reason]`. What is wrong is answered in the channel; only what may work later is an error.
pub async fn prefix(cx: Cx, call: PrefixCall) -> Result<()> {
    let answer = match close_by_prefix(&cx, &call).await {
        // The notice in the channel says it already.
        Ok(None) => return Ok(()),
        Ok(Some(body)) => body,
        Err(Error::User(text)) => messages::sorry(text),
        Err(error) => return Err(error),
    };
    let answer = answer.in_reply_to(call.message_id).with_nonce(Nonce::of("tkc", call.message_id));
    cx.discord.create_message(call.channel_id, &answer).await?;
    Ok(())
}

async fn close_by_prefix(cx: &Cx, call: &PrefixCall) -> Result<Option<MessageBody>> {
    let no_ticket = || Error::user(messages::no_ticket_here(cx.lang));
    let guild = call.guild_id.ok_or_else(no_ticket)?;
    let ticket = store::in_channel(cx, guild, call.channel_id).await?.ok_or_else(no_ticket)?;
    let Some(actor) = Actor::of_prefix(cx, call).await? else { return Ok(None) };
    access::require_staff_or_opener(cx, &actor, &ticket).await?;
    let reason: String = call.rest.chars().take(usize::from(MAX_REASON)).collect();
    let (ticket, is_new) = row_closed(cx, &ticket, call.author_id, &reason, "closed").await?;
    if !is_new {
        return Ok(Some(messages::sorry(messages::close::already(cx.lang).to_owned())));
    }
    finish(cx, &ticket).await;
    Ok(None)
}

/// Closes a ticket and puts it away. Closed already is no mistake, and nothing happens a second time.
pub async fn close(cx: &Cx, ticket: &Ticket, actor: Snowflake, reason: &str, why: &str) -> Result<MessageBody> {
    let (ticket, is_new) = row_closed(cx, ticket, actor, reason, why).await?;
    if !is_new {
        return Ok(messages::sorry(messages::close::already(cx.lang).to_owned()));
    }
    finish(cx, &ticket).await;
    Ok(messages::done(cx.lang, messages::close::is_closed(cx.lang, &ticket), None))
}

async fn row_closed(cx: &Cx, ticket: &Ticket, actor: Snowflake, reason: &str, why: &str) -> Result<(Ticket, bool)> {
    let reason = reason.trim().replace('\0', "\u{fffd}");
    changed(cx, ticket, "close", actor, json!({"reason": reason, "why": why})).await
}

/// What follows a closing. The row says closed: a failure here is logged, and the job `tickets.archive` does it again.
async fn finish(cx: &Cx, ticket: &Ticket) {
    logged(cx, "tickets", archive::put_away(cx, ticket).await);
}

pub fn request_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("request-close", "Ask the member whether this ticket may be closed")
}

/// `/ticket request-close`: the opener is asked in the channel, with two buttons that are theirs alone.
pub async fn request(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    Ok(privately(async move {
        let (ticket, is_new) = changed(&cx, &ticket, "request_close", call.user_id, json!({})).await?;
        if !is_new {
            return Err(Error::user(messages::close::asked_already(cx.lang, &ticket)));
        }
        if let Err(error) = place::post(&cx, &ticket, &messages::close::question(cx.lang, &ticket)?).await {
            // Nobody was asked: it can be tried again.
            change(&cx, &ticket, "refuse_close", Snowflake(0), json!({})).await?;
            return Err(error);
        }
        Ok(Reply::private(messages::done(cx.lang, messages::close::asked(cx.lang, &ticket), None)))
    }))
}

pub async fn accepted(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let ticket = asked(&cx, &call, &id).await?;
    Ok(privately(async move { Ok(Reply::private(close(&cx, &ticket, call.user_id, "", "accepted").await?)) }))
}

pub async fn kept_open(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let ticket = asked(&cx, &call, &id).await?;
    let asker = ticket.close_requested_by;
    let ticket = change(&cx, &ticket, "refuse_close", call.user_id, json!({})).await?;
    Ok(Answer::Update(Reply::public(messages::close::kept_open(cx.lang, &ticket, asker))))
}

/// The ticket whose opener was asked, for its opener.
async fn asked(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<Ticket> {
    let actor = Actor::of(call)?;
    let ticket = access::ticket_named(cx, &actor, id).await?;
    access::require_opener(cx, &actor, &ticket)?;
    if !ticket.is_open() || ticket.close_requested_by.is_none() {
        return Err(Error::user(messages::close::answered_already(cx.lang)));
    }
    Ok(ticket)
}

pub fn reopen_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("reopen", "Open this closed ticket again")
}

pub async fn reopen(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    let ticket = access::ticket_here(&cx, &call).await?;
    access::require_staff_or_opener(&cx, &actor, &ticket).await?;
    Ok(privately(async move { open_again(&cx, &call, &actor, &ticket).await }))
}

pub async fn reopen_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (actor, ticket) = concerned(&cx, &call, &id).await?;
    Ok(privately(async move { open_again(&cx, &call, &actor, &ticket).await }))
}

/// Staff may always, and the opener as long as the channel stands, unless they were blocked or opened as many others since.
async fn open_again(cx: &Cx, call: &Interaction, actor: &Actor, ticket: &Ticket) -> Result<Reply> {
    let settings = settings::load(cx, actor.guild_id).await?;
    if !ticket.is_open() && !actor.is_staff(&settings, ticket.category.as_ref()) {
        if is_blocked(cx, actor).await? {
            return Err(Error::user(messages::open::blocked(cx.lang)));
        }
        if let Some(category) = &ticket.category {
            open::require_room(cx, call, category).await?;
        }
    }
    let (ticket, is_new) = changed(cx, ticket, "reopen", actor.user_id, json!({})).await?;
    if !is_new {
        return Err(Error::user(messages::close::is_open(cx.lang)));
    }
    let trouble = follow(cx, &ticket).await?;
    relay_filter::changed(cx).await;
    announce(cx, &ticket, &messages::close::reopened(cx.lang, &ticket, actor.user_id)).await;
    Ok(Reply::private(messages::done(cx.lang, messages::close::is_reopened(cx.lang), trouble)))
}

async fn is_blocked(cx: &Cx, actor: &Actor) -> Result<bool> {
    let of_member = [Filter::eq("guild_id", actor.guild_id), Filter::eq("user_id", actor.user_id)];
    let rows: Vec<from_json::Value> = cx.supabase.select("ticket_blocks", "user_id", &of_member).await?;
    Ok(!rows.is_empty())
}

/// The ticket that a button names, for its staff and its opener.
pub async fn concerned(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<(Actor, Ticket)> {
    let actor = Actor::of(call)?;
    let ticket = access::ticket_named(cx, &actor, id).await?;
    access::require_staff_or_opener(cx, &actor, &ticket).await?;
    Ok((actor, ticket))
}
