//! People beside opener and staff: let into a ticket and taken out of it.

use from_json::json;
use relay_wire::Snowflake;
use twilight_util::builder::command::{SubCommandBuilder, UserBuilder};

use super::{
    access::{self, Actor},
    close::concerned,
    life::{announce, change, changed, follow, privately, staff_here},
    messages,
    store::{Place, Ticket},
};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    reply::{Answer, Reply},
    settings,
};

/// Each is a call to Discord for a thread, and a right of their own for a channel.
const MAX_MEMBERS: usize = 20;

pub fn add_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("add", "Let somebody into this ticket: they read all of it and can write")
        .option(UserBuilder::new("member", "Whom").required(true))
}

pub async fn add(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    let ticket = access::ticket_here(&cx, &call).await?;
    access::require_staff_or_opener(&cx, &actor, &ticket).await?;
    let whom = call.input.id("member").unwrap_or_default();
    Ok(privately(async move { let_in(&cx, &actor, ticket, whom).await }))
}

/// The button: a menu that only who pressed it sees.
pub async fn add_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (_, ticket) = concerned(&cx, &call, &id).await?;
    if !ticket.is_open() {
        return Err(Error::user(messages::close::already(cx.lang)));
    }
    Ok(Answer::Message(Reply::private(messages::members::choose(cx.lang, &ticket)?)))
}

pub async fn add_chosen(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (actor, ticket) = concerned(&cx, &call, &id).await?;
    let whom = call.input.values.first().and_then(|value| value.parse().ok()).unwrap_or_default();
    Ok(privately(async move { let_in(&cx, &actor, ticket, whom).await }))
}

async fn let_in(cx: &Cx, actor: &Actor, ticket: Ticket, whom: Snowflake) -> Result<Reply> {
    if whom == ticket.opener_id || ticket.members.contains(&whom) {
        return Err(Error::user(messages::members::is_in(cx.lang, whom)));
    }
    if ticket.members.len() >= MAX_MEMBERS {
        return Err(Error::user(messages::members::too_many(cx.lang, MAX_MEMBERS)));
    }
    let Some(member) = access::member(cx, ticket.guild_id, whom).await? else {
        return Err(Error::user(messages::members::not_in_the_guild(cx.lang, whom)));
    };
    if member.user.is_bot() {
        return Err(Error::user(messages::members::no_bots(cx.lang)));
    }
    let settings = settings::load(cx, ticket.guild_id).await?;
    if access::staff_role(&settings, ticket.category.as_ref()).is_some_and(|role| member.roles.contains(&role)) {
        // As one of them they would lose the right to write when it is closed.
        return Err(Error::user(messages::members::is_staff(cx.lang, whom)));
    }
    let (ticket, is_new) = changed(cx, &ticket, "add_member", actor.user_id, json!({"user_id": whom})).await?;
    if !is_new {
        return Err(Error::user(messages::members::is_in(cx.lang, whom)));
    }
    if let (Place::Thread, Some(thread)) = (ticket.place, ticket.channel_id)
        && let Err(error) = cx.discord.add_to_thread(thread, whom).await
        && error.is_refused()
    {
        // Discord never lets them in: then they are not in the row either.
        change(cx, &ticket, "remove_member", Snowflake(0), json!({"user_id": whom})).await?;
        return Err(Error::user(messages::members::cannot_see(cx.lang, whom, ticket.panel_channel_id)));
    }
    let trouble = follow(cx, &ticket).await?;
    announce(cx, &ticket, &messages::members::added(cx.lang, actor.user_id, whom)).await;
    Ok(Reply::private(messages::done(cx.lang, messages::members::is_added(cx.lang, whom), trouble)))
}

pub fn remove_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("remove", "Take somebody out of this ticket who was added")
        .option(UserBuilder::new("member", "Whom; paste the id of somebody who left").required(true))
}

/// Staff alone: a member shall not throw out whom staff let in.
pub async fn remove(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let whom = call.input.id("member").unwrap_or_default();
    if whom == ticket.opener_id {
        return Err(Error::user(messages::members::not_the_opener(cx.lang)));
    }
    Ok(privately(async move {
        let ticket = change(&cx, &ticket, "remove_member", call.user_id, json!({"user_id": whom})).await?;
        let trouble = follow(&cx, &ticket).await?;
        announce(&cx, &ticket, &messages::members::removed(cx.lang, call.user_id, whom)).await;
        Ok(Reply::private(messages::done(cx.lang, messages::members::is_removed(cx.lang, whom), trouble)))
    }))
}
