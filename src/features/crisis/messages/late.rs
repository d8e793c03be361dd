//! Alerts that came late, or too many at once: what is said of that. Pure.

use relay_wire::Snowflake;
use twilight_util::builder::embed::EmbedBuilder;

use super::super::{late::Line, storm::Shared};
use super::alert::colour_of;
use crate::{
    care::Severity,
    discord::message::{MessageBody, link},
    edge::Time,
    lang::Lang,
};

/// Of a digest: Discord takes 4,096 characters.
pub const MOST_LINES: usize = 20;

/// Adds a line to what stands above an alert's fields.
pub fn add(body: &mut MessageBody, line: &str) {
    if let Some(embed) = body.embeds.first_mut() {
        let above = embed.description.take().map(|text| text + "\n").unwrap_or_default();
        embed.description = Some(above + line);
    }
}

pub fn since(lang: Lang, wrote_at: Option<Time>) -> String {
    match (lang, wrote_at) {
        (Lang::En | Lang::De, Some(at)) => format!("They have written since, last <t:{}:R>.", at.timestamp()),
        (Lang::En | Lang::De, None) => "**Nothing was heard of them since.**".to_owned(),
    }
}

pub fn raised(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Ash-NLP finds this graver: there is a new alert for it.",
    }
}

pub fn shared(lang: Lang, shared: &Shared) -> String {
    match (lang, shared.authors) {
        (Lang::En | Lang::De, authors @ 3..) => {
            format!("{authors} people wrote this same text within 5 minutes: they share one ping.")
        }
        (Lang::En | Lang::De, _) => "Many alerts at once: this one shares a ping with others.".to_owned(),
    }
}

pub fn summary(lang: Lang, role: Option<Snowflake>, count: usize) -> String {
    let ping = role.map(|role| format!("<@&{role}> ")).unwrap_or_default();
    match (lang, count) {
        (Lang::En | Lang::De, 1) => {
            format!("{ping}1 more alert came without a ping of its own. Please look at it too.")
        }
        (Lang::En | Lang::De, count) => {
            format!("{ping}{count} more alerts came without pings of their own. Please look at them too.")
        }
    }
}

/// `lines`: the gravest first.
pub fn digest(lang: Lang, guild: Snowflake, lines: &[Line], is_nameless: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let shown = lines.iter().take(MOST_LINES).map(|line| {
        let who = if is_nameless { String::new() } else { format!(" · <@{}>", line.member_id) };
        let after = match line.wrote_at {
            Some(at) => format!("wrote again <t:{}:R>", at.timestamp()),
            None => "**nothing since**".to_owned(),
        };
        format!(
            "**{}**{who} · written <t:{}:R>, {after} · [message]({})",
            line.severity.name(),
            line.written_at.timestamp(),
            link(Some(guild), line.channel_id, line.message_id),
        )
    });
    let mut text: Vec<String> = vec!["These were written while nobody could read along.".to_owned()];
    text.extend(shown);
    let left = lines.len().saturating_sub(MOST_LINES);
    if left > 0 {
        text.push(format!("{left} more follow."));
    }
    let gravest = lines.iter().map(|line| line.severity).max().unwrap_or(Severity::Medium);
    let title = format!("Found late: {} messages", lines.len().min(MOST_LINES));
    MessageBody::embed(EmbedBuilder::new().title(title).color(colour_of(gravest)).description(text.join("\n")).build())
}
