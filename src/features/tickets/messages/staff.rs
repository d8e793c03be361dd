//! What staff read: the list of open tickets, notes, and who may not open any.

use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFooterBuilder};

use super::{priority, state};
use crate::{
    discord::{
        components::{button, cut, escaped, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{
        actions,
        staff::Note,
        store::{Page, Ticket},
    },
    lang::Lang,
};

/// Of an embed's description.
const MAX_TEXT: usize = 4_000;

pub fn list(lang: Lang, page: &Page) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    if page.tickets.is_empty() {
        return Ok(said("There are no open tickets for you.", colour::INFO));
    }
    let lines: Vec<String> = page.tickets.iter().map(|ticket| line(lang, ticket)).collect();
    let title = match page.total {
        1 => "1 open ticket".to_owned(),
        total => format!("{total} open tickets"),
    };
    let mut embed = EmbedBuilder::new().title(title).description(cut(&lines.join("\n"), MAX_TEXT)).color(colour::INFO);
    let mut buttons = vec![];
    if page.pages > 1 {
        embed = embed.footer(EmbedFooterBuilder::new(format!("Page {} of {}", page.page, page.pages)));
        let to = |label: &str, number: u32| -> Result<_> {
            Ok(button(ButtonStyle::Secondary, label, CustomId::write(actions::LIST, &[&number])?))
        };
        if page.page > 1 {
            buttons.push(to("Previous", page.page - 1)?);
        }
        if page.page < page.pages {
            buttons.push(to("Next", page.page + 1)?);
        }
    }
    let components = if buttons.is_empty() { vec![] } else { vec![row(buttons)] };
    Ok(MessageBody { components, ..MessageBody::embed(embed.build()) })
}

/// Two lines a ticket; ten of them fit into an embed whatever their subjects are.
fn line(lang: Lang, ticket: &Ticket) -> String {
    let (Lang::En | Lang::De) = lang;
    let place = match ticket.channel_id {
        Some(channel) => format!("<#{channel}>"),
        None => "no channel yet".to_owned(),
    };
    format!(
        "**#{}** {}\n{} · {} · by <@{}> · {place} · <t:{}:R>",
        ticket.ticket_number,
        escaped(&ticket.subject),
        priority(Lang::En, ticket.priority),
        state(Lang::En, ticket),
        ticket.opener_id,
        ticket.created_at.timestamp()
    )
}

/// The newest that fit, the newest last.
pub fn notes(lang: Lang, ticket: &Ticket, notes: &[Note]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    if notes.is_empty() {
        let text =
            "There are no notes about this ticket. `/ticket note` with a text keeps one; the member never sees it.";
        return said(text, colour::INFO);
    }
    let (mut shown, mut length) = (vec![], 0);
    for note in notes.iter().rev() {
        let author = note.author_id.map_or("somebody".to_owned(), |user| format!("<@{user}>"));
        let text = format!("<t:{}:f> {author}\n{}", note.at.timestamp(), escaped(&note.content));
        length += text.chars().count() + 2;
        if length > MAX_TEXT - 100 {
            break;
        }
        shown.push(text);
    }
    shown.reverse();
    let older = notes.len() - shown.len();
    if older > 0 {
        shown.insert(0, format!("*{older} older notes are not shown.*"));
    }
    let embed = EmbedBuilder::new()
        .title(format!("Notes about ticket #{}", ticket.ticket_number))
        .description(shown.join("\n\n"))
        .color(colour::INFO);
    MessageBody::embed(embed.build())
}

pub fn noted(lang: Lang) -> String {
    match lang {
        Lang::En | Lang::De => {
            "Noted, for the staff of this ticket only. `/ticket note` without a text shows all notes.".to_owned()
        }
    }
}

pub fn notes_of_own_ticket(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "You opened this ticket: notes about it are for the others of the team.",
    }
}

pub fn blocked(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "<@{whom}> cannot open tickets any more, nor reopen closed ones. What is open stays open. `/ticket unblock` lifts it."
        ),
    }
}

pub fn unblocked(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{whom}> can open tickets."),
    }
}

pub fn only_staff(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Only the staff that answers tickets can do that.",
    }
}
