//! What is kept of a member, for the team. Pure.

use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use super::{
    super::{actions, state::Entry},
    alert::preview,
};
use crate::{
    discord::{
        components::{button, cut, row},
        custom_id::CustomId,
        message::{MessageBody, colour, link, said},
    },
    edge::Time,
    error::Result,
    lang::Lang,
};

/// Characters of one text: ten of them and the notes fit into an embed of 6,000.
const MAX_TEXT: usize = 220;
const MAX_NOTE: usize = 200;

/// What somebody of the team wrote when they resolved an alert.
pub struct Note {
    pub by: Option<Snowflake>,
    pub at: Time,
    pub text: String,
}

/// Newest first: severity, time, place. The words are behind a button.
pub fn list(lang: Lang, guild: Snowflake, member: Snowflake, entries: &[Entry], is_kept: bool) -> Result<MessageBody> {
    let Lang::En = lang;
    let lines: Vec<String> = entries.iter().map(|entry| line(guild, entry)).collect();
    let text = match lines.len() {
        0 if !is_kept => format!("Nothing can be kept of <@{member}>: STATE_KEYS is not set here."),
        0 => format!("Nothing is kept of <@{member}>. That says nothing of how they are."),
        _ => format!("The newest messages of <@{member}> that were found to be LOW or more:\n{}", lines.join("\n")),
    };
    let mut body = said(text, colour::INFO);
    let show = CustomId::write(actions::HISTORY_TEXTS, &[&member])?;
    body.components = vec![row([button(ButtonStyle::Secondary, "Show words and notes (recorded)", show)])];
    Ok(body)
}

pub fn texts(lang: Lang, guild: Snowflake, member: Snowflake, entries: &[Entry], notes: &[Note]) -> MessageBody {
    let Lang::En = lang;
    let mut embed = EmbedBuilder::new().color(colour::INFO).description(format!(
        "Kept of <@{member}>, for the team only. They can see in `/privacy export` that you opened this."
    ));
    for entry in entries {
        let words = match entry.text.as_str() {
            "" => "Speaks of means: open the message itself.".to_owned(),
            text => preview(&cut(text, MAX_TEXT)),
        };
        embed = embed.field(EmbedFieldBuilder::new(entry.severity.name(), format!("{}\n{words}", line(guild, entry))));
    }
    for note in notes {
        let by = note.by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
        let text = format!("<t:{}:R>{by}\n{}", note.at.timestamp(), preview(&cut(&note.text, MAX_NOTE)));
        embed = embed.field(EmbedFieldBuilder::new("Note of the team", text));
    }
    MessageBody::embed(embed.build())
}

fn line(guild: Snowflake, entry: &Entry) -> String {
    format!(
        "**{}** <t:{}:R> in <#{}> · [message]({})",
        entry.severity.name(),
        entry.at().timestamp(),
        entry.channel_id,
        link(Some(guild), entry.channel_id, entry.message_id)
    )
}
