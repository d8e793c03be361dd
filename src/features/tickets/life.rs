//! A ticket's life: claimed, released, handed over, closed, opened again. Buttons and commands end in the same functions.

use serde_json::{Value, json};
use twilight_util::builder::command::SubCommandBuilder;

use super::{
    access::{self, Actor},
    messages, place,
    settings::OPENING_TEXT,
    store::{self, Id, Outcome, Ticket},
};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::colour},
    error::{Error, Result},
    reply::{Answer, Reply},
    settings,
};

pub fn claim_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("claim", "Say that you take care of this ticket")
}

pub async fn claim(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let ticket = change(&cx, &ticket, "claim", call.user_id, json!({})).await?;
    followed(cx, ticket, messages::life::claimed)
}

pub async fn claim_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let ticket = staff_named(&cx, &call, &id).await?;
    let ticket = change(&cx, &ticket, "claim", call.user_id, json!({})).await?;
    shown(&cx, &ticket).await
}

pub fn release_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("release", "Give this ticket back, so that somebody else can take it")
}

pub async fn release(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let ticket = change(&cx, &ticket, "release", call.user_id, json!({})).await?;
    followed(cx, ticket, messages::life::released)
}

pub async fn release_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let ticket = staff_named(&cx, &call, &id).await?;
    let ticket = change(&cx, &ticket, "release", call.user_id, json!({})).await?;
    shown(&cx, &ticket).await
}

/// The ticket of this channel, for its staff.
async fn staff_here(cx: &Cx, call: &Interaction) -> Result<Ticket> {
    let ticket = access::ticket_here(cx, call).await?;
    access::require_staff(cx, &Actor::of(call)?, ticket.category.as_ref()).await?;
    Ok(ticket)
}

/// The ticket that a button names, for its staff.
async fn staff_named(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<Ticket> {
    let actor = Actor::of(call)?;
    let ticket = access::ticket_named(cx, &actor, id.argument::<Id>(0, cx.lang)?).await?;
    access::require_staff(cx, &actor, ticket.category.as_ref()).await?;
    Ok(ticket)
}

/// Does it, or says why not. What was so already is no mistake.
async fn change(cx: &Cx, ticket: &Ticket, action: &str, actor: relay_wire::Snowflake, args: Value) -> Result<Ticket> {
    let changed = store::change(cx, ticket, action, actor, args).await?;
    let changed = changed.ok_or_else(|| Error::user(messages::no_such_ticket(cx.lang)))?;
    match (changed.outcome, changed.reason) {
        (Outcome::Refused, Some(reason)) => Err(Error::user(messages::life::refusal(cx.lang, reason, &changed.ticket))),
        _ => Ok(changed.ticket),
    }
}

/// The first message of the ticket, whose button was pressed, as it is now. The job `tickets.sync` does what is left.
async fn shown(cx: &Cx, ticket: &Ticket) -> Result<Answer> {
    let settings = settings::load(cx, ticket.guild_id).await?;
    let body = messages::opening(cx.lang, ticket, &settings.text(&OPENING_TEXT), None)?;
    Ok(Answer::Update(Reply::public(body)))
}

/// Says it in the channel, once Discord shows it everywhere.
fn followed(cx: Cx, ticket: Ticket, text: fn(crate::lang::Lang, &Ticket) -> String) -> Result<Answer> {
    let work = async move {
        place::sync(&cx, &ticket).await?;
        Ok(Reply::public(messages::said(text(cx.lang, &ticket), colour::INFO)))
    };
    Ok(Answer::Later { ephemeral: false, work: Box::pin(work) })
}
