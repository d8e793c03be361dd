//! Opening a ticket: button or menu on the panel, then the form, then a private channel.

use chrono::{DateTime, TimeDelta, Utc};
use from_json::{FromJson, json};
use relay_wire::{Outcome, Snowflake};
use twilight_model::channel::ChannelType;
use twilight_util::builder::command::{ChannelBuilder, SubCommandBuilder};

use super::{
    access, intelligence,
    messages::{self},
    outside, panel,
    place::{self, NoPlace},
    store::{self, Answered, Category, Id, Ticket},
};
use crate::{
    context::{Cx, logged},
    discord::{custom_id::CustomId, interaction::Interaction, message::MessageBody},
    error::{Error, Result},
    features::{self, Written},
    jobs,
    reply::{Answer, Reply},
};

/// The box by which a member lets a model read their ticket.
pub const AI_TICK: &str = "ai";
/// Until a form that was not taken is offered again.
const FORM_PAUSE: TimeDelta = TimeDelta::seconds(10);
/// The fields of a category's own questions; `ticket_categories` holds as many.
pub const QUESTIONS: [&str; 2] = ["question0", "question1"];

/// What `open_ticket` answers.
#[derive(FromJson)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Opening {
    Allowed { category: Category },
    Opened { ticket: Ticket },
    Known { ticket: Ticket },
    Refused(Refused),
}

#[derive(FromJson)]
#[serde(tag = "reason", rename_all = "snake_case")]
enum Refused {
    Category,
    Blocked,
    AccountAge { days: u32 },
    Role { role_id: Snowflake },
    Limit { max_open: u32, ticket: Option<Box<Ticket>> },
    Cooldown { until: DateTime<Utc> },
}

/// `/ticket panel [channel]`
pub fn panel_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("panel", "Post the message from which members open tickets").option(
        ChannelBuilder::new("channel", "Where it is posted; here if left out")
            .channel_types([ChannelType::GuildText, ChannelType::GuildAnnouncement]),
    )
}

pub async fn panel(cx: Cx, call: Interaction) -> Result<Answer> {
    access::require_manager(&cx, &call)?;
    let guild = call.guild()?;
    let channel = call.input.id("channel").or(call.channel_id).unwrap_or_default();
    let work = async move { panel::post(&cx, guild, channel).await };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// The panel's button carries its category, its menu sends one. The limits are asked before anybody writes in vain.
pub async fn pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let chosen = call.input.values.first().map(|value| value.parse().ok());
    let category: Id = match chosen {
        Some(category) => category.ok_or_else(|| Error::user(messages::open::category_gone(cx.lang)))?,
        None => id.argument(0, cx.lang)?,
    };
    outside::refuse_new(&cx, call.guild()?).await?;
    match ask(&cx, &call, category, call.id, "", &[], true).await? {
        Opening::Allowed { category } => Ok(Answer::Modal(messages::open::form(
            cx.lang,
            &category,
            call.id,
            intelligence::is_on(&cx, call.guild()?).await?,
        )?)),
        Opening::Opened { ticket } | Opening::Known { ticket } => {
            Ok(Answer::Message(Reply::private(messages::open::opened(cx.lang, &ticket))))
        }
        Opening::Refused(refused) => Err(Error::user(why_not(&cx, refused))),
    }
}

pub async fn filled_in(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let category: Id = id.argument(0, cx.lang)?;
    let key: Snowflake = id.argument(1, cx.lang)?;
    let work = async move {
        let categories = store::categories(&cx, call.guild()?).await?;
        let questions = categories.iter().find(|one| one.category_id == category).map(|one| one.questions.clone());
        let written = |field: &str| call.input.field(field).unwrap_or_default().trim().replace('\0', "\u{fffd}");
        let mut form =
            vec![Answered { question: messages::open::details(cx.lang).to_owned(), answer: written("details") }];
        for (field, question) in QUESTIONS.iter().zip(questions.unwrap_or_default()) {
            form.push(Answered { question: question.label, answer: written(field) });
        }
        form.retain(|one| !one.answer.is_empty());
        let body = match ask(&cx, &call, category, key, &written("subject"), &form, false).await? {
            Opening::Opened { ticket } => finish(&cx, ticket, call.input.is_ticked(AI_TICK)).await?,
            Opening::Known { ticket } => messages::open::opened(cx.lang, &ticket),
            Opening::Refused(refused) => return Err(Error::user(why_not(&cx, refused))),
            Opening::Allowed { .. } => return Err(Error::bug("a ticket that was only asked about")),
        };
        Ok(Reply::private(body))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// Makes the place of a new ticket. What cannot be done now is owed already, so that only a final refusal is told as one.
async fn finish(cx: &Cx, mut ticket: Ticket, ai_allowed: bool) -> Result<MessageBody> {
    if ai_allowed && intelligence::is_on(cx, ticket.guild_id).await? {
        intelligence::allow(cx, &mut ticket).await;
    }
    match place::make(cx, ticket.clone()).await {
        Ok(Ok(ticket)) => {
            offer_text(cx, &ticket).await;
            intelligence::ask_later(cx, &ticket).await;
            Ok(messages::open::opened(cx.lang, &ticket))
        }
        Ok(Err(why)) => {
            fail(cx, &ticket, why).await?;
            Ok(messages::open::no_place(cx.lang, &ticket))
        }
        Err(error) => {
            cx.log_failure("tickets", &error);
            Ok(messages::open::opened(cx.lang, &ticket))
        }
    }
}

async fn fail(cx: &Cx, ticket: &Ticket, why: NoPlace) -> Result<()> {
    cx.log("warn", "ticket_failed", json!({"guild_id": ticket.guild_id, "ticket_id": ticket.ticket_id}));
    store::change(cx, ticket, "failed", Snowflake(0), json!({"reason": why.0})).await?;
    Ok(())
}

/// The job `tickets.repair`: two minutes after a ticket was opened its channel is there, or it is made now.
pub async fn repair(cx: &Cx, ticket: &Ticket) -> Result<()> {
    if !ticket.is_open() || ticket.message_id.is_some() {
        return Ok(());
    }
    match place::make(cx, ticket.clone()).await? {
        Ok(ticket) => {
            offer_text(cx, &ticket).await;
            intelligence::ask_later(cx, &ticket).await;
        }
        Err(why) => fail(cx, ticket, why).await?,
    }
    Ok(())
}

/// Refuses an opener who opens a closed ticket again although they could not open one more of its category. The cool-down is
/// about new ones.
pub async fn require_room(cx: &Cx, call: &Interaction, category: &Category) -> Result<()> {
    match ask(cx, call, category.category_id, call.id, "", &[], true).await? {
        Opening::Refused(Refused::Category | Refused::Cooldown { .. }) => Ok(()),
        Opening::Refused(why) => Err(Error::user(why_not(cx, why))),
        _ => Ok(()),
    }
}

async fn ask(
    cx: &Cx,
    call: &Interaction,
    category: Id,
    key: Snowflake,
    subject: &str,
    form: &[Answered],
    only_ask: bool,
) -> Result<Opening> {
    let arguments = json!({
        "guild_id": call.guild()?, "opener_id": call.user_id, "category_id": category, "open_key": key,
        "subject": subject, "form": form, "role_ids": call.role_ids,
        "panel_channel_id": call.channel_id.unwrap_or_default(), "at": cx.now, "only_ask": only_ask,
    });
    Ok(cx.supabase.rpc("open_ticket", &arguments).await?)
}

fn why_not(cx: &Cx, refused: Refused) -> String {
    match refused {
        Refused::Category => messages::open::category_gone(cx.lang).to_owned(),
        Refused::Blocked => messages::open::blocked(cx.lang).to_owned(),
        Refused::AccountAge { days } => messages::open::account_too_young(cx.lang, days),
        Refused::Role { role_id } => messages::open::role_missing(cx.lang, role_id),
        Refused::Limit { max_open, ticket } => messages::open::limit_reached(cx.lang, max_open, ticket.as_deref()),
        Refused::Cooldown { until } => messages::open::cooling_down(cx.lang, until),
    }
}

/// What was written into the form passes every handler of texts, as a message of the opener in the ticket would: the
/// transcript keeps it, and what watches for people in crisis reads it.
/// What is not taken is offered again by the job `tickets.form`: it may be a cry for help.
async fn offer_text(cx: &Cx, ticket: &Ticket) {
    if let Err(error) = offer_form(cx, ticket, 1).await {
        cx.log_failure("tickets", &error);
        let due = cx.now + FORM_PAUSE;
        let owed = jobs::owe(cx, ticket.guild_id, super::FORM, &ticket.ticket_id.to_string(), due, json!({})).await;
        logged(cx, "tickets", owed);
    }
}

/// An error if somebody could not take it.
pub async fn offer_form(cx: &Cx, ticket: &Ticket, attempt: u32) -> Result<()> {
    let (Some(channel), Some(message)) = (ticket.channel_id, ticket.message_id) else { return Ok(()) };
    let written: Vec<&str> = ticket.form.iter().map(|one| one.answer.as_str()).collect();
    let name = match cx.discord.member(ticket.guild_id, ticket.opener_id).await {
        Ok(member) => member.user.name().to_owned(),
        Err(_) => String::new(),
    };
    let form = Written {
        guild_id: ticket.guild_id,
        channel_id: channel,
        message_id: message,
        author_id: ticket.opener_id,
        author_name: name,
        text: format!("{}\n{}", ticket.subject, written.join("\n")),
    };
    let outcomes = features::offer_text(cx, format!("ticket:{}:form", ticket.ticket_id), attempt, form).await;
    match outcomes.iter().find(|outcome| **outcome != Outcome::Done) {
        None => Ok(()),
        Some(outcome) => Err(Error::bug(format!("the form of ticket {} was not taken: {outcome:?}", ticket.ticket_id))),
    }
}
