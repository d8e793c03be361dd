//! What people read in and about tickets: here what several parts of them say, in a file of its own each part's own words.

pub mod archive;
pub mod check;
pub mod close;
pub mod intelligence;
pub mod life;
pub mod members;
pub mod open;
pub mod setup;
pub mod staff;
pub mod stats;
pub mod tags;
pub mod upkeep;

use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder, EmbedFooterBuilder};

use super::{
    actions, rules,
    store::{Priority, Status, Ticket},
};
use crate::{
    discord::{
        components::{button, cut, escaped, row},
        custom_id::CustomId,
        message::{Mentions, MessageBody, colour, said},
    },
    error::Result,
    lang::Lang,
};

/// What was done, for the one who did it, with what Discord did not follow in.
pub fn done(lang: Lang, text: String, trouble: Option<&str>) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    with_trouble(text, trouble, colour::GOOD)
}

pub fn with_trouble(text: String, trouble: Option<&str>, colour: u32) -> MessageBody {
    said(trouble.map_or(text.clone(), |trouble| format!("{text}\n\n⚠️ {trouble}")), colour)
}

/// What was not done, and why.
pub fn sorry(text: String) -> MessageBody {
    said(text, colour::ERROR)
}

/// The first message of a ticket; edited when its state changes.
pub fn opening(lang: Lang, ticket: &Ticket, default_text: &str, ping: Option<Snowflake>) -> Result<MessageBody> {
    let [opened_by, state_name, priority_name] = match lang {
        Lang::En => ["Opened by", "State", "Priority"],
        Lang::De => ["Geöffnet von", "Stand", "Dringlichkeit"],
    };
    let category = ticket.category.as_ref();
    let text = category.map(|category| category.opening_text.as_str()).filter(|text| !text.is_empty());
    let subject = escaped(&ticket.subject);
    let mut embed = EmbedBuilder::new()
        .title(cut(&format!("Ticket #{}: {subject}", ticket.ticket_number), 256))
        .description(text.unwrap_or(default_text))
        .color(rules::colour(ticket.priority))
        .field(EmbedFieldBuilder::new(opened_by, format!("<@{}>", ticket.opener_id)).inline())
        .field(EmbedFieldBuilder::new(state_name, state(lang, ticket)).inline())
        .field(EmbedFieldBuilder::new(priority_name, priority(lang, ticket.priority)).inline());
    for answered in &ticket.form {
        // What was typed is quoted as it is, in pieces that a field takes.
        let mut left = escaped(&answered.answer);
        let mut name = answered.question.clone();
        while !left.is_empty() {
            let piece = cut(&left, 1_000);
            left = left.split_off(piece.len());
            embed = embed.field(EmbedFieldBuilder::new(cut(&name, 256), piece));
            name = "…".to_owned();
        }
    }
    if let Some(category) = category {
        embed = embed.footer(EmbedFooterBuilder::new(category.name.clone()));
    }
    let id = |action: &str| CustomId::write(action, &[&ticket.ticket_id]);
    let [claim, release, close, close_with_reason, add, reopen] = match lang {
        Lang::En => ["Claim", "Release", "Close", "Close with reason", "Add person", "Reopen"],
        Lang::De => {
            ["Übernehmen", "Freigeben", "Schließen", "Mit Begründung schließen", "Person hinzufügen", "Wieder öffnen"]
        }
    };
    let buttons = if ticket.is_open() {
        let first = match ticket.claimed_by {
            None => button(ButtonStyle::Primary, claim, id(actions::CLAIM)?),
            Some(_) => button(ButtonStyle::Secondary, release, id(actions::RELEASE)?),
        };
        vec![
            first,
            button(ButtonStyle::Secondary, close, id(actions::CLOSE)?),
            button(ButtonStyle::Secondary, close_with_reason, id(actions::CLOSE_WITH_REASON)?),
            button(ButtonStyle::Secondary, add, id(actions::ADD)?),
        ]
    } else {
        vec![button(ButtonStyle::Secondary, reopen, id(actions::REOPEN)?)]
    };
    let mut body = MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed.build()) };
    body.content = match ping {
        Some(role) => format!("<@{}> <@&{role}>", ticket.opener_id),
        None => format!("<@{}>", ticket.opener_id),
    };
    body.allowed_mentions = Mentions::of(&[ticket.opener_id], ping.as_slice());
    Ok(body)
}

fn state(lang: Lang, ticket: &Ticket) -> String {
    match (lang, ticket.status, ticket.claimed_by) {
        (Lang::En, Status::InProgress, Some(staff)) => format!("<@{staff}> is on it"),
        (Lang::De, Status::InProgress, Some(staff)) => format!("<@{staff}> kümmert sich"),
        (Lang::En, Status::InProgress, None) => "In progress".to_owned(),
        (Lang::De, Status::InProgress, None) => "In Arbeit".to_owned(),
        (Lang::En, Status::Open, _) => "Open".to_owned(),
        (Lang::De, Status::Open, _) => "Offen".to_owned(),
        (Lang::En, Status::Resolved, _) => "Closed".to_owned(),
        (Lang::De, Status::Resolved, _) => "Geschlossen".to_owned(),
        (Lang::En, Status::Failed, _) => "Failed".to_owned(),
        (Lang::De, Status::Failed, _) => "Fehlgeschlagen".to_owned(),
    }
}

pub fn priority(lang: Lang, priority: Priority) -> &'static str {
    match (lang, priority) {
        (Lang::En, Priority::Low) => "Low",
        (Lang::De, Priority::Low) => "Niedrig",
        (Lang::En, Priority::Medium) => "Medium",
        (Lang::De, Priority::Medium) => "Mittel",
        (Lang::En, Priority::High) => "High",
        (Lang::De, Priority::High) => "Hoch",
        (Lang::En, Priority::Critical) => "Critical",
        (Lang::De, Priority::Critical) => "Kritisch",
    }
}

pub fn unknown_command(lang: Lang) -> &'static str {
    match lang {
        Lang::De => {
            "Diesen Teil von `/ticket` gibt es hier nicht. Nach einem Update dauert es ein paar Minuten: versuch es bitte noch einmal."
        }
        Lang::En => {
            "This part of `/ticket` is not known here. After an update it can take a few minutes: please try again."
        }
    }
}

pub fn no_ticket_here(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This works in the channel of a ticket. `/ticket list` shows them.",
        Lang::De => "Das geht im Kanal eines Tickets. `/ticket list` zeigt sie.",
    }
}

pub fn no_such_ticket(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "There is no such ticket in this server.",
        Lang::De => "Dieses Ticket gibt es in diesem Server nicht.",
    }
}

pub fn staff_only(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Only the staff of this ticket can do that.",
        Lang::De => "Das kann nur das Team dieses Tickets.",
    }
}

/// Stands in the guild's audit log.
pub fn audit_reason(ticket: &Ticket) -> String {
    format!("Ticket #{}", ticket.ticket_number)
}
