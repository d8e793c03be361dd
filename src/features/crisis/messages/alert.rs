//! An alert as the team sees it: what was found, where, and what became of it. Pure.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::channel::message::{
    Component,
    component::{Button, ButtonStyle},
};
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use super::{
    super::{
        actions,
        store::{Alert, Status},
        trend::Trend,
    },
    duty,
};
use crate::{
    care::Severity,
    discord::{
        components::{button, cut, escaped, row},
        custom_id::CustomId,
        message::{self, MessageBody, colour},
    },
    edge::Time,
    error::Result,
    lang::Lang,
};

const MAX_PREVIEW: usize = 500;
/// The field with the member's words.
const MESSAGE: &str = "Message";

/// Gold, orange, red.
pub fn colour_of(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 0xE7_4C_3C,
        Severity::High => 0xE6_7E_22,
        _ => 0xF1_C4_0F,
    }
}

/// Everything an alert tells.
pub struct Told<'a> {
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub member_id: Snowflake,
    pub severity: Severity,
    pub detector: &'static str,
    pub score: Option<f32>,
    pub confidence: Option<f32>,
    pub factors: &'a [String],
    pub trend: Trend,
    /// Messages of LOW or more in 24 hours, with this one: what the trend was read from.
    pub messages: usize,
    pub written_at: Time,
    pub words: Words<'a>,
    /// Ash-NLP was wanted and did not answer.
    pub is_without_nlp: bool,
    pub is_shadow: bool,
    pub is_drill: bool,
    /// Who of the team is on duty; None: nobody knows.
    pub on_duty: Option<&'a [Snowflake]>,
    /// Found so long after it was written.
    pub late: Option<TimeDelta>,
}

/// What an alert shows of what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words<'a> {
    Shown(&'a str),
    /// Written in a ticket, where they stay.
    InTicket,
    /// People outside the team can read the alert's channel: nor is the member named.
    Hidden,
}

pub fn title(lang: Lang, severity: Severity, is_escalation: bool) -> String {
    let (Lang::En | Lang::De) = lang;
    let name = match severity {
        Severity::Critical => "🚨 Critical alert",
        Severity::High => "🔶 Crisis alert",
        _ => "⚠️ Monitor alert",
    };
    if is_escalation { format!("{name}: getting worse") } else { name.to_owned() }
}

pub fn alert(lang: Lang, told: &Told) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let link = message::link(Some(told.guild_id), told.channel_id, told.message_id);
    let mut notes = vec![];
    if told.is_drill {
        notes.push("**DRILL.** Nobody is in danger; everything else is as in an emergency.".to_owned());
    }
    if told.is_shadow {
        notes.push("Trial: nobody is pinged, and Ash says nothing.".to_owned());
    }
    if let Some(late) = told.late {
        notes.push(format!("**Found late:** written {} ago.", span(late)));
    }
    if told.words == Words::InTicket {
        notes.push("Written in a ticket: the words stay there, and *Original message* leads to them.".to_owned());
    }
    if told.is_without_nlp {
        notes.push("Ash-NLP did not answer: the built-in screen decided alone. It is looked at again.".to_owned());
    }
    let name = if told.is_drill {
        format!("DRILL · {}", title(lang, told.severity, false))
    } else {
        title(lang, told.severity, told.trend.is_escalation())
    };
    let mut embed = EmbedBuilder::new().title(name).color(colour_of(told.severity));
    if !notes.is_empty() {
        embed = embed.description(notes.join("\n"));
    }
    if let Words::Shown(text) = told.words {
        embed = embed.field(EmbedFieldBuilder::new(MESSAGE, preview(text)));
    }
    let member = match told.words {
        Words::Hidden => "not shown here: people outside the team can read this channel".to_owned(),
        Words::Shown(_) | Words::InTicket => format!("<@{}>", told.member_id),
    };
    let score = told.score.map_or_else(|| "none".to_owned(), |score| format!("{score:.2}"));
    let confidence = told.confidence.map_or_else(|| "unknown".to_owned(), |sure| format!("{:.0} %", sure * 100.0));
    embed = embed
        .field(EmbedFieldBuilder::new("Severity", told.severity.name()).inline())
        .field(EmbedFieldBuilder::new("Score", score).inline())
        .field(EmbedFieldBuilder::new("Confidence", confidence).inline())
        .field(EmbedFieldBuilder::new("Member", member).inline())
        .field(EmbedFieldBuilder::new("Channel", format!("<#{}>", told.channel_id)).inline())
        .field(EmbedFieldBuilder::new("Written", format!("<t:{}:R>", told.written_at.timestamp())).inline())
        .field(EmbedFieldBuilder::new("Recommended", recommended(told.severity)));
    if !told.factors.is_empty() {
        let bullets: Vec<String> =
            told.factors.iter().take(5).map(|one| format!("• {}", escaped(&cut(one, 150)))).collect();
        embed = embed.field(EmbedFieldBuilder::new("Key factors", bullets.join("\n")));
    }
    if told.trend != Trend::None {
        let trend = format!("{} over {} messages", trend_word(told.trend), told.messages);
        embed = embed.field(EmbedFieldBuilder::new("Trend", trend));
    }
    if let Some(users) = told.on_duty.filter(|_| told.severity >= Severity::High) {
        embed = embed.field(EmbedFieldBuilder::new(duty::field(lang), duty::on_duty(lang, users)));
    }
    let open = if told.words == Words::InTicket { "Open the ticket" } else { "Open the message" };
    embed = embed.field(EmbedFieldBuilder::new("Original message", format!("[{open}]({link})")));
    let found = format!("Found by {}", found_by(told.detector));
    let footer = twilight_util::builder::embed::EmbedFooterBuilder::new(found);
    let mut body = MessageBody::embed(embed.footer(footer).build());
    body.components = components(lang, told.message_id, told.severity, Status::Open)?;
    Ok(body)
}

/// The buttons that make sense in a state; they work for ever, and name the member's message.
pub fn components(lang: Lang, message: Snowflake, severity: Severity, status: Status) -> Result<Vec<Component>> {
    let (Lang::En | Lang::De) = lang;
    let make = |style, label, action| -> Result<_> { Ok(button(style, label, CustomId::write(action, &[&message])?)) };
    let history = make(ButtonStyle::Secondary, "History", actions::HISTORY)?;
    let first = match status {
        Status::Open | Status::Ended => make(ButtonStyle::Success, "Acknowledge", actions::ACKNOWLEDGE)?,
        Status::Acknowledged => undo(lang, message, "acknowledged")?,
        Status::Taken => undo(lang, message, "taken")?,
        Status::Resolved => return Ok(vec![row([undo(lang, message, "resolved")?, history])]),
        Status::FalseAlarm => return Ok(vec![row([undo(lang, message, "false_alarm")?, history])]),
        Status::Merged => return Ok(vec![]),
    };
    let mut judging = vec![make(ButtonStyle::Secondary, "False alarm", actions::FALSE_ALARM)?];
    if severity < Severity::Critical {
        judging.push(make(ButtonStyle::Secondary, "More severe", actions::MORE_SEVERE)?);
    }
    judging.push(make(ButtonStyle::Secondary, "Resolve", actions::RESOLVE)?);
    let mut acting = vec![first];
    if status != Status::Taken {
        acting.push(make(ButtonStyle::Primary, "Take over", actions::TAKE_OVER)?);
    }
    if severity >= Severity::High {
        let id = CustomId::write(actions::TALK_TO_ASH, &[&message])?;
        acting.push(button(ButtonStyle::Primary, "Talk to Ash", id));
    }
    acting.push(history);
    if severity >= Severity::High {
        acting.push(make(ButtonStyle::Secondary, "Snooze pings", actions::SNOOZE)?);
    }
    Ok(vec![row(acting), row(judging)])
}

/// Takes back the last event of this kind, and nothing else: of two people who press it one wins.
pub fn undo(lang: Lang, message: Snowflake, kind: &'static str) -> Result<Button> {
    let (Lang::En | Lang::De) = lang;
    Ok(button(ButtonStyle::Secondary, "Undo", CustomId::write(actions::UNDO, &[&message, &kind])?))
}

/// An alert's embed as it stands, changed to what its row says now.
pub fn redraw(lang: Lang, embed: &mut Value, alert: &Alert) {
    let (Lang::En | Lang::De) = lang;
    let colour = match alert.status {
        Status::Open | Status::Merged | Status::Ended => colour_of(alert.severity),
        Status::Acknowledged | Status::Taken | Status::Resolved => colour::GOOD,
        Status::FalseAlarm => 0x95_A5_A6,
    };
    set(embed, "color", json!(colour));
    retitle(lang, embed, alert);
    set_field(embed, "Recommended", recommended(alert.severity));
    match alert.found_severity {
        Some(found) => {
            set_field(embed, "Severity", &format!("{} (found as {})", alert.severity.name(), found.name()));
        }
        None => set_field(embed, "Severity", alert.severity.name()),
    }
    if alert.merged_count > 0 {
        set_field(
            embed,
            "Further messages",
            &format!("{}, the last <t:{}:R>", alert.merged_count, alert.last_at.timestamp()),
        );
    }
    if alert.preview_gone_at.is_some() {
        blank(lang, embed);
    }
    let done = matches!(alert.status, Status::Resolved | Status::FalseAlarm);
    let in_hand = done || matches!(alert.status, Status::Acknowledged | Status::Taken | Status::Ended);
    let steps = [
        ("Acknowledged", alert.acknowledged_by, alert.acknowledged_at.filter(|_| in_hand)),
        ("Taken over", alert.taken_by, alert.taken_at.filter(|_| in_hand)),
        ("Resolved", alert.resolved_by, alert.resolved_at.filter(|_| alert.status == Status::Resolved)),
        ("False alarm", alert.resolved_by, alert.resolved_at.filter(|_| alert.status == Status::FalseAlarm)),
    ];
    for (name, by, at) in steps {
        match at {
            Some(at) => set_field(embed, name, &by_whom(by, at - alert.found_at)),
            None => drop_field(embed, name),
        }
    }
    if alert.repeats > 0 {
        set_field(embed, "Episode", &format!("{} in 7 days", ordinal(alert.repeats + 1)));
    }
}

/// What became of an alert, in one sentence; None while nobody did anything.
pub fn state(lang: Lang, alert: &Alert) -> Option<String> {
    let (Lang::En | Lang::De) = lang;
    let (what, by, at) = match alert.status {
        Status::Acknowledged => ("Acknowledged", alert.acknowledged_by, alert.acknowledged_at?),
        Status::Taken => ("Taken over", alert.taken_by, alert.taken_at?),
        Status::Resolved => ("Resolved", alert.resolved_by, alert.resolved_at?),
        Status::FalseAlarm => ("Called a false alarm", alert.resolved_by, alert.resolved_at?),
        Status::Open | Status::Ended | Status::Merged => return None,
    };
    Some(format!("{what} {}.", by_whom(by, at - alert.found_at)))
}

fn by_whom(by: Option<Snowflake>, after: TimeDelta) -> String {
    let after = match after.num_seconds() {
        seconds @ ..60 => format!("{} s", seconds.max(0)),
        _ => span(after),
    };
    match by {
        Some(by) => format!("by <@{by}> after {after}"),
        None => format!("after {after}"),
    }
}

/// From the third episode in a week on, the title says it and the colour is one step graver.
fn retitle(lang: Lang, embed: &mut Value, alert: &Alert) {
    let is_escalation =
        embed.get("title").and_then(Value::as_str).is_some_and(|title| title.contains(": getting worse"));
    let drill = if alert.mode == "drill" { "DRILL · " } else { "" };
    let mut name = format!("{drill}{}", title(lang, alert.severity, is_escalation));
    if alert.repeats >= 2 {
        name = format!("{name} · {} episode in 7 days", ordinal(alert.repeats + 1));
        if alert.status == Status::Open {
            let graver = Severity::of_rank(alert.severity.rank() + 1).unwrap_or(Severity::Critical);
            set(embed, "color", json!(colour_of(graver)));
        }
    }
    set(embed, "title", json!(name));
}

/// `2nd`, `3rd`, `11th`.
fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Takes the member's words out.
pub fn blank(lang: Lang, embed: &mut Value) {
    let (Lang::En | Lang::De) = lang;
    let is_message = |one: &Value| one.get("name").and_then(Value::as_str) == Some(MESSAGE);
    if embed.get("fields").and_then(Value::as_array).is_some_and(|fields| fields.iter().any(is_message)) {
        set_field(embed, MESSAGE, "The words are no longer shown.");
    }
}

/// Takes everything out that tells of the member: they were erased.
pub fn erase(lang: Lang, embed: &mut Value) {
    let (Lang::En | Lang::De) = lang;
    replace(embed, "This member's data was erased.");
}

/// Only the title stays, and `text`.
pub fn replace(embed: &mut Value, text: &str) {
    set(embed, "fields", json!([]));
    set(embed, "description", json!(text));
}

/// Sets a field of an embed by its name, or adds it.
pub fn set_field(embed: &mut Value, name: &str, value: &str) {
    let field = json!({"name": name, "value": value, "inline": false});
    let Some(parts) = embed.as_object_mut() else { return };
    let fields = parts.entry("fields").or_insert_with(|| json!([]));
    let Some(fields) = fields.as_array_mut() else { return };
    match fields.iter_mut().find(|one| one.get("name").and_then(Value::as_str) == Some(name)) {
        Some(old) => set(old, "value", json!(value)),
        None => fields.push(field),
    }
}

/// Takes a field out of an embed.
pub fn drop_field(embed: &mut Value, name: &str) {
    if let Some(fields) = embed.get_mut("fields").and_then(Value::as_array_mut) {
        fields.retain(|one| one.get("name").and_then(Value::as_str) != Some(name));
    }
}

fn set(embed: &mut Value, name: &str, value: Value) {
    if let Some(parts) = embed.as_object_mut() {
        parts.insert(name.to_owned(), value);
    }
}

/// A further message that is no graver, after the cooldown.
pub fn again(lang: Lang, alert: &Alert) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Another {} message of the same member: {} since this alert.",
            alert.severity.name(),
            alert.merged_count
        ),
    }
}

pub fn open_again(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "That was taken back: this alert is open again.",
    }
}

pub fn raised(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "The message was edited and is graver now: there is a new alert for it.",
    }
}

/// As it was written, without a way out of its block.
pub fn preview(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .map(|c| if c == '`' { 'ˋ' } else { c })
        .take(MAX_PREVIEW)
        .collect();
    let more = if text.chars().count() > MAX_PREVIEW { "…" } else { "" };
    let shown = if shown.trim().is_empty() { "(no text)".to_owned() } else { shown };
    format!("```\n{shown}{more}\n```")
}

/// A detector's name in words.
pub fn found_by(detector: &str) -> &'static str {
    match detector {
        "nlp" => "Ash-NLP",
        "screen" => "the built-in screen",
        "member" => "a member's report",
        _ => "Ash-NLP and the built-in screen",
    }
}

fn recommended(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Reach out right now.",
        Severity::High => "Reach out within minutes.",
        _ => "Keep an eye on them; a kind word may help.",
    }
}

pub fn trend_word(trend: Trend) -> &'static str {
    match trend {
        Trend::Worsening => "Getting worse",
        Trend::Rapid => "Getting worse quickly",
        Trend::Sudden => "Suddenly worse",
        Trend::Improving => "Getting better",
        Trend::None => "Steady",
    }
}

/// `45 min`, `3 h`, `2 days`.
pub fn span(span: TimeDelta) -> String {
    match span.num_minutes() {
        minutes @ ..120 => format!("{} min", minutes.max(1)),
        minutes @ 120..2_880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_block(text in "(.|\n|`){0,600}") {
            let shown = preview(&text);
            prop_assert!(shown.chars().count() <= 1_024);
            prop_assert_eq!(shown.matches('`').count(), 6);
        }
    }
}
