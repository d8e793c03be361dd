//! What people read after a ticket was closed, and when it is closed by itself.

use chrono::{DateTime, Utc};
use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use crate::{
    discord::{
        components::{TextField, button, cut, escaped, escaped_to, row},
        custom_id::CustomId,
        message::{Mentions, MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{actions, feedback::MAX_COMMENT, store::Ticket},
    lang::{Lang, fill},
    reply::Modal,
};

/// Why it was closed, below who did it.
fn push_reason(text: &mut String, lang: Lang, ticket: &Ticket) {
    let Some(reason) = &ticket.close_reason else { return };
    text.push_str(match lang {
        Lang::En => "\n**Reason:** ",
        Lang::De => "\n**Grund:** ",
    });
    text.push_str(&escaped_to(reason, 2_500));
}

/// In the channel; the opener still reads it.
pub fn closed(lang: Lang, ticket: &Ticket) -> Result<MessageBody> {
    let text = match (lang, ticket.closed_by) {
        (Lang::En, None | Some(Snowflake(0))) => "This ticket is closed.",
        (Lang::De, None | Some(Snowflake(0))) => "Dieses Ticket ist geschlossen.",
        (Lang::En, Some(_)) => "<@{0}> closed this ticket.",
        (Lang::De, Some(_)) => "<@{0}> hat dieses Ticket geschlossen.",
    };
    let mut text = fill(text, &[&ticket.closed_by.unwrap_or_default()]);
    push_reason(&mut text, lang, ticket);
    let reopen = match lang {
        Lang::En => "Reopen",
        Lang::De => "Wieder öffnen",
    };
    let id = CustomId::write(actions::REOPEN, &[&ticket.ticket_id])?;
    let buttons = row([button(ButtonStyle::Secondary, reopen, id)]);
    Ok(MessageBody { components: vec![buttons], ..said(text, colour::INFO) })
}

/// Above the transcript in the log channel.
pub fn log(lang: Lang, ticket: &Ticket, messages: usize) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let closed_by = match ticket.closed_by {
        Some(Snowflake(0)) => "by itself".to_owned(),
        // Their data was erased.
        None => "by somebody".to_owned(),
        Some(user) => format!("by <@{user}>"),
    };
    let mut embed = EmbedBuilder::new()
        .title(format!("Ticket #{}: {}", ticket.ticket_number, escaped_to(&ticket.subject, 230)))
        .color(colour::INFO)
        .field(EmbedFieldBuilder::new("Opened by", format!("<@{}>", ticket.opener_id)).inline())
        .field(EmbedFieldBuilder::new("Closed", closed_by).inline())
        .field(EmbedFieldBuilder::new("Messages", messages.to_string()).inline());
    if let Some(category) = &ticket.category {
        embed = embed.field(EmbedFieldBuilder::new("Category", escaped(&category.name)).inline());
    }
    if let Some(reason) = &ticket.close_reason {
        embed = embed.field(EmbedFieldBuilder::new("Reason", escaped_to(reason, 1_000)));
    }
    MessageBody::embed(embed.build())
}

/// By direct message, with the transcript.
pub fn to_opener(lang: Lang, ticket: &Ticket, guild: &str) -> Result<MessageBody> {
    let place = if guild.is_empty() { String::new() } else { format!(" in **{}**", escaped(guild)) };
    let number = ticket.ticket_number;
    let (mut text, question) = match lang {
        Lang::En => (
            format!("Your ticket #{number}{place} is closed."),
            "\n\nThe file is your copy of what was written. How was the help? 1 is bad, 5 is great.",
        ),
        Lang::De => (
            format!("Dein Ticket #{number}{place} ist geschlossen."),
            "\n\nDie Datei ist deine Kopie von dem, was geschrieben wurde. Wie war die Hilfe? 1 ist schlecht, 5 ist sehr gut.",
        ),
    };
    push_reason(&mut text, lang, ticket);
    text.push_str(question);
    let rating = |rating: u8| {
        let id = CustomId::write(actions::RATE, &[&ticket.guild_id, &ticket.ticket_id, &rating])?;
        Ok(button(ButtonStyle::Secondary, &rating.to_string(), id))
    };
    let buttons = (1..=5).map(rating).collect::<Result<Vec<_>>>()?;
    Ok(MessageBody { components: vec![row(buttons)], ..said(text, colour::INFO) })
}

pub fn comment_form(lang: Lang, ticket: &Ticket, rating: u8) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let comment = TextField {
        custom_id: "comment",
        label: "Do you want to add something?",
        help: Some("The team of the server reads it. Your rating is stored already."),
        long: true,
        required: false,
        max_length: MAX_COMMENT,
        value: None,
    };
    Ok(Modal {
        custom_id: CustomId::write(actions::COMMENT, &[&ticket.guild_id, &ticket.ticket_id, &rating])?,
        title: format!("Thank you: {rating} of 5"),
        components: vec![comment.build()],
    })
}

pub fn thanks(lang: Lang, rating: u8) -> MessageBody {
    match lang {
        Lang::En => said(format!("Thank you. You gave {rating} of 5; another button above changes it."), colour::GOOD),
        Lang::De => {
            said(format!("Danke. Du hast {rating} von 5 gegeben; ein anderer Knopf oben ändert es."), colour::GOOD)
        }
    }
}

pub fn no_such_rating(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Please choose a number from 1 to 5.",
        Lang::De => "Wähl bitte eine Zahl von 1 bis 5.",
    }
}

/// With the file, for whoever asked for it.
pub fn transcript(lang: Lang, ticket: &Ticket, parts: usize) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut text = format!("The transcript of ticket #{}. Open the file in a browser.", ticket.ticket_number);
    if parts > 1 {
        text.push_str(&format!(
            " It is too long for one file: this is part 1 of {parts}. When the ticket is closed, all of them are in the log."
        ));
    }
    said(text, colour::INFO)
}

pub fn forgotten(lang: Lang, ticket: &Ticket) -> String {
    let (Lang::En | Lang::De) = lang;
    let days = ticket.category.as_ref().map_or(365, |category| category.transcript_days);
    format!(
        "What was written in ticket #{} is not there any more: transcripts of this kind are kept for {days} days.",
        ticket.ticket_number
    )
}

pub fn problem_no_log(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "No log channel is chosen: the transcripts of closed tickets are posted nowhere.",
    }
}

pub fn problem_log(lang: Lang, channel: Snowflake, code: Option<&str>) -> String {
    match (lang, code) {
        (Lang::En | Lang::De, Some("10003")) => "The log channel was deleted. Choose another one.".to_owned(),
        (Lang::En | Lang::De, Some("50001" | "50013")) => format!(
            "I may not post transcripts in <#{channel}>. Give my role **View Channel**, **Send Messages**, **Embed Links** \
             and **Attach Files** there."
        ),
        (Lang::En | Lang::De, code) => {
            format!("Discord refused a transcript in <#{channel}> ({}).", code.unwrap_or("no reason given"))
        }
    }
}

/// Why a ticket was closed that nobody closed.
pub fn silence_reason(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There was no answer for a while.",
    }
}

pub fn left_reason(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "The member who opened it left the server.",
    }
}

/// Pings the opener.
pub fn warning(lang: Lang, ticket: &Ticket, closes_at: DateTime<Utc>) -> Result<MessageBody> {
    let id = CustomId::write(actions::STAY_OPEN, &[&ticket.ticket_id])?;
    let at = closes_at.timestamp();
    let (text, keep) = match lang {
        Lang::En => (
            format!(
                "It has been quiet here. Without an answer from you this ticket closes <t:{at}:R>. Write anything, or press the \
                 button, and it stays open."
            ),
            "Keep open",
        ),
        Lang::De => (
            format!(
                "Hier war es still. Ohne Antwort von dir schließt dieses Ticket <t:{at}:R>. Schreib irgendetwas oder drück den \
                 Knopf, dann bleibt es offen."
            ),
            "Offen lassen",
        ),
    };
    let mut body = said(text, colour::INFO);
    body.content = format!("<@{}>", ticket.opener_id);
    body.allowed_mentions = Mentions::of(&[ticket.opener_id], &[]);
    body.components = vec![row([button(ButtonStyle::Primary, keep, id)])];
    Ok(body)
}

pub fn kept_open(lang: Lang, by: Snowflake) -> MessageBody {
    match lang {
        Lang::En | Lang::De => said(format!("<@{by}> keeps this ticket open."), colour::GOOD),
    }
}

/// Above a copied file in the log channel.
pub fn kept_file(lang: Lang, ticket: &Ticket, author: &str, name: &str) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let (author, name) = (escaped(&cut(author, 100)), escaped(&cut(name, 200)));
    said(format!("Ticket #{}: file **{name}** of {author}", ticket.ticket_number), colour::INFO)
}

/// `files`: their names and why each is left out.
pub fn files_left_out(lang: Lang, ticket: &Ticket, files: &[(String, &'static str)]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let lines: Vec<String> = files.iter().map(|(name, why)| format!("• {}: {why}", escaped(&cut(name, 80)))).collect();
    let text = format!("Ticket #{}: these files could not be kept.\n{}", ticket.ticket_number, lines.join("\n"));
    said(cut(&text, 4_000), colour::ERROR)
}

pub fn too_many_files(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "only the first 8 files of a ticket are kept",
    }
}

pub fn file_too_large(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "larger than 9 MB",
    }
}

pub fn file_gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "not at Discord any more",
    }
}
