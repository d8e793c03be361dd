//! What people read when a ticket is closed, when its opener is asked whether it may be, and when it is opened again.

use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;

use crate::{
    discord::{
        components::{TextField, button, row},
        custom_id::CustomId,
        message::{Mentions, MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{actions, store::Ticket},
    lang::{Lang, fill},
    reply::Modal,
};

/// As `tickets.close_reason` holds it; escaped it still fits into an embed.
pub const MAX_REASON: u16 = 1_000;

pub fn form(lang: Lang, ticket: &Ticket) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let reason = TextField {
        custom_id: "reason",
        label: "Why is it closed?",
        help: Some("The member reads it, too."),
        long: true,
        required: true,
        max_length: MAX_REASON,
        value: None,
    };
    Ok(Modal {
        custom_id: CustomId::write(actions::CLOSE_FORM, &[&ticket.ticket_id])?,
        title: format!("Close ticket #{}", ticket.ticket_number),
        components: vec![reason.build()],
    })
}

pub fn is_closed(lang: Lang, ticket: &Ticket) -> String {
    fill(
        match lang {
            Lang::En => "Ticket #{0} is closed.",
            Lang::De => "Ticket #{0} ist geschlossen.",
        },
        &[&ticket.ticket_number],
    )
}

pub fn already(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This ticket is already closed. **Reopen** opens it again.",
        Lang::De => "Dieses Ticket ist schon geschlossen. **Wieder öffnen** öffnet es.",
    }
}

/// The opener is asked, and pinged.
pub fn question(lang: Lang, ticket: &Ticket) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let asker = match ticket.close_requested_by {
        Some(user) => format!("<@{user}> thinks"),
        None => "The staff think".to_owned(),
    };
    let text =
        format!("{asker} that this is done. May this ticket be closed? Only <@{}> can answer.", ticket.opener_id);
    let buttons = [
        button(ButtonStyle::Success, "Yes, close it", CustomId::write(actions::ACCEPT_CLOSE, &[&ticket.ticket_id])?),
        button(ButtonStyle::Secondary, "No, keep it open", CustomId::write(actions::KEEP_OPEN, &[&ticket.ticket_id])?),
    ];
    Ok(MessageBody {
        content: format!("<@{}>", ticket.opener_id),
        components: vec![row(buttons)],
        allowed_mentions: Mentions::of(&[ticket.opener_id], &[]),
        ..said(text, colour::INFO)
    })
}

pub fn asked(lang: Lang, ticket: &Ticket) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{}> was asked whether it may be closed.", ticket.opener_id),
    }
}

pub fn asked_already(lang: Lang, ticket: &Ticket) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{}> was asked already and has not answered yet.", ticket.opener_id),
    }
}

pub fn answered_already(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This question was answered already.",
    }
}

pub fn opener_only(lang: Lang, ticket: &Ticket) -> String {
    fill(
        match lang {
            Lang::En => "Only <@{0}> can answer that. Staff can close the ticket with **Close**.",
            Lang::De => "Das kann nur <@{0}> beantworten. Das Team kann das Ticket mit **Schließen** schließen.",
        },
        &[&ticket.opener_id],
    )
}

/// In the place of the question.
pub fn kept_open(lang: Lang, ticket: &Ticket, asker: Option<Snowflake>) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let asker = asker.map(|user| format!(" (asked by <@{user}>)")).unwrap_or_default();
    said(format!("<@{}> wants to keep this ticket open{asker}.", ticket.opener_id), colour::INFO)
}

/// Pings the opener, unless it is them.
pub fn reopened(lang: Lang, ticket: &Ticket, by: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let body = said(format!("<@{by}> opened this ticket again. Everybody in it can write."), colour::INFO);
    if by == ticket.opener_id {
        return body;
    }
    MessageBody {
        content: format!("<@{}>", ticket.opener_id),
        allowed_mentions: Mentions::of(&[ticket.opener_id], &[]),
        ..body
    }
}

pub fn is_reopened(lang: Lang) -> String {
    match lang {
        Lang::En | Lang::De => "This ticket is open again.".to_owned(),
    }
}

pub fn is_open(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This ticket is open.",
        Lang::De => "Dieses Ticket ist offen.",
    }
}
