//! A ticket's life while it is open: claimed, released, handed over, renamed, moved. Buttons and commands end in the same functions.

use from_json::{Value, json};
use relay_wire::Snowflake;
use twilight_util::builder::command::{StringBuilder, SubCommandBuilder, UserBuilder};

use super::{
    access::{self, Actor},
    messages, place,
    settings::OPENING_TEXT,
    store::{self, Id, Outcome, Priority, Ticket},
};
use crate::{
    context::{Cx, logged},
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{MessageBody, colour},
    },
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
    Ok(followed(cx, ticket, messages::life::claimed))
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
    Ok(followed(cx, ticket, messages::life::released))
}

pub async fn release_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let ticket = staff_named(&cx, &call, &id).await?;
    let ticket = change(&cx, &ticket, "release", call.user_id, json!({})).await?;
    shown(&cx, &ticket).await
}

pub fn transfer_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("transfer", "Hand this ticket over to somebody else of the team")
        .option(UserBuilder::new("to", "Who takes care of it from now on").required(true))
}

/// Whoever it is handed to must see it, so that nobody waits for somebody who knows of nothing.
pub async fn transfer(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let to = call.input.id("to").unwrap_or_default();
    Ok(privately(async move {
        let settings = settings::load(&cx, ticket.guild_id).await?;
        let staff = access::staff_role(&settings, ticket.category.as_ref());
        let fits = match access::member(&cx, ticket.guild_id, to).await? {
            Some(member) if !member.user.is_bot() => {
                Actor::of_member(&cx, ticket.guild_id, member).await?.sees(&settings, ticket.category.as_ref())
            }
            _ => false,
        };
        if !fits {
            return Err(Error::user(messages::life::not_of_the_team(cx.lang, to, staff)));
        }
        let before = ticket.claimed_by;
        let ticket = change(&cx, &ticket, "transfer", call.user_id, json!({"to": to})).await?;
        let trouble = follow(&cx, &ticket).await?;
        if before != Some(to) {
            announce(&cx, &ticket, &messages::life::transferred(cx.lang, call.user_id, to)).await;
        }
        Ok(Reply::private(messages::done(cx.lang, messages::life::handed_over(cx.lang, to), trouble)))
    }))
}

pub fn priority_definition() -> SubCommandBuilder {
    let levels = Priority::ALL.map(|one| (messages::priority(crate::lang::Lang::En, one), one.name()));
    SubCommandBuilder::new("priority", "Say how urgent this ticket is")
        .option(StringBuilder::new("level", "How urgent it is").choices(levels).required(true))
}

pub async fn priority(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let level = call.input.text("level").and_then(Priority::of);
    let level = level.ok_or_else(|| Error::user(messages::life::no_such_priority(cx.lang)))?;
    let ticket = change(&cx, &ticket, "priority", call.user_id, json!({"priority": level})).await?;
    Ok(followed(cx, ticket, messages::life::priority_is))
}

pub fn rename_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("rename", "Give this ticket another subject; its channel keeps its name").option(
        StringBuilder::new("subject", "What it is about")
            .min_length(1)
            .max_length(messages::open::MAX_SUBJECT)
            .required(true),
    )
}

/// The channel keeps its name: Discord takes two new names in ten minutes, and the number in it never changes.
pub async fn rename(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let subject = call.input.text("subject").unwrap_or_default().trim().replace('\0', "\u{fffd}");
    if subject.is_empty() {
        return Err(Error::user(messages::life::subject_missing(cx.lang)));
    }
    let ticket = change(&cx, &ticket, "rename", call.user_id, json!({"subject": subject})).await?;
    Ok(followed(cx, ticket, messages::life::renamed))
}

pub fn move_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("move", "Move this ticket to another category, with its staff").option(
        StringBuilder::new("category", "Where it belongs; start to type its name").autocomplete(true).required(true),
    )
}

/// The categories whose name holds what was typed. Their names are on the panel, which everybody reads.
pub async fn categories_typed(cx: Cx, call: Interaction) -> Result<Answer> {
    let typed = call.input.text("category").unwrap_or_default().to_lowercase();
    let found = store::categories(&cx, call.guild()?).await?.into_iter();
    let found = found.filter(|one| one.name.to_lowercase().contains(&typed));
    Ok(Answer::Choices(found.map(|one| (one.name, one.category_id.to_string())).collect()))
}

pub async fn to_category(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let wanted = call.input.text("category").unwrap_or_default().trim().to_owned();
    Ok(privately(async move {
        // Chosen in the list, or typed as a name.
        let categories = store::categories(&cx, ticket.guild_id).await?;
        let chosen = wanted.parse::<Id>().ok();
        let category = categories
            .into_iter()
            .find(|one| Some(one.category_id) == chosen || one.name.to_lowercase() == wanted.to_lowercase())
            .ok_or_else(|| Error::user(messages::life::no_such_category(cx.lang)))?;
        let former = ticket.category.as_ref().map(|category| category.category_id);
        let was_claimed = ticket.claimed_by.is_some();
        let args = json!({"category_id": category.category_id});
        let mut ticket = change(&cx, &ticket, "move", call.user_id, args).await?;
        if former == Some(category.category_id) {
            return Ok(Reply::private(messages::done(cx.lang, messages::life::is_there(cx.lang, &category), None)));
        }
        // Who took care of it may not see it any more: somebody of the new team takes it.
        if was_claimed {
            ticket = change(&cx, &ticket, "release", call.user_id, json!({})).await?;
        }
        let trouble = follow(&cx, &ticket).await?;
        place::to_parent(&cx, &ticket).await;
        let settings = settings::load(&cx, ticket.guild_id).await?;
        let staff = access::staff_role(&settings, ticket.category.as_ref());
        announce(&cx, &ticket, &messages::life::moved(cx.lang, call.user_id, &category, staff)).await;
        Ok(Reply::private(messages::done(cx.lang, messages::life::is_there(cx.lang, &category), trouble)))
    }))
}

/// The ticket of this channel, for its staff.
pub async fn staff_here(cx: &Cx, call: &Interaction) -> Result<Ticket> {
    let ticket = access::ticket_here(cx, call).await?;
    access::require_staff(cx, &Actor::of(call)?, ticket.category.as_ref()).await?;
    Ok(ticket)
}

/// The ticket that a button names, for its staff.
async fn staff_named(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<Ticket> {
    let actor = Actor::of(call)?;
    let ticket = access::ticket_named(cx, &actor, id).await?;
    access::require_staff(cx, &actor, ticket.category.as_ref()).await?;
    Ok(ticket)
}

/// Does it, or says why not. What was so already is no mistake.
pub async fn change(cx: &Cx, ticket: &Ticket, action: &str, actor: Snowflake, args: Value) -> Result<Ticket> {
    Ok(changed(cx, ticket, action, actor, args).await?.0)
}

/// The same, with whether anything changed: what follows from it is done by whom it happened to.
pub async fn changed(cx: &Cx, ticket: &Ticket, action: &str, actor: Snowflake, args: Value) -> Result<(Ticket, bool)> {
    let changed = store::change(cx, ticket, action, actor, args).await?;
    let changed = changed.ok_or_else(|| Error::user(messages::no_such_ticket(cx.lang)))?;
    match (changed.outcome, changed.reason) {
        (Outcome::Refused, Some(reason)) => Err(Error::user(messages::life::refusal(cx.lang, reason, &changed.ticket))),
        (outcome, _) => Ok((changed.ticket, outcome == Outcome::Changed)),
    }
}

/// Makes Discord follow a ticket that changed. If it cannot, that is what is returned to be said: the change stands, and the
/// job repeats this.
pub async fn follow(cx: &Cx, ticket: &Ticket) -> Result<Option<&'static str>> {
    match place::sync(cx, ticket).await {
        Ok(false) => Ok(None),
        Ok(true) => Err(Error::user(messages::life::channel_gone(cx.lang))),
        Err(error @ Error::Service(_)) => {
            cx.log_failure("tickets", &error);
            let is_final = matches!(&error, Error::Service(error) if error.is_refused());
            Ok(Some(messages::life::not_followed(cx.lang, is_final)))
        }
        Err(error) => Err(error),
    }
}

/// Says in the ticket what happened. The row says it already: a failure is logged.
pub async fn announce(cx: &Cx, ticket: &Ticket, body: &MessageBody) {
    logged(cx, "tickets", place::post(cx, ticket, body).await);
}

/// An answer for the one who asked, after work that calls Discord.
pub fn privately(work: impl Future<Output = Result<Reply>> + 'static) -> Answer {
    Answer::Later { ephemeral: true, work: Box::pin(work) }
}

/// The first message of the ticket, whose button was pressed, as it is now. The job `tickets.sync` does what is left.
async fn shown(cx: &Cx, ticket: &Ticket) -> Result<Answer> {
    let settings = settings::load(cx, ticket.guild_id).await?;
    let body = messages::opening(settings.language(), ticket, &settings.text(&OPENING_TEXT), None)?;
    Ok(Answer::Update(Reply::public(body)))
}

/// Says it in the channel, once Discord shows it everywhere.
fn followed(cx: Cx, ticket: Ticket, text: fn(crate::lang::Lang, &Ticket) -> String) -> Answer {
    let work = async move {
        let trouble = follow(&cx, &ticket).await?;
        let body: MessageBody = messages::with_trouble(text(cx.lang, &ticket), trouble, colour::INFO);
        Ok(Reply::public(body))
    };
    Answer::Later { ephemeral: false, work: Box::pin(work) }
}
