//! What is said about snoozed pings. Pure.

use from_json::FromJson;
use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::channel::message::{Embed, component::ButtonStyle, embed::EmbedField};

use super::{
    super::{actions, store::Alert},
    buttons,
};
use crate::{
    discord::{
        components::{button, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    edge::Time,
    error::Result,
    lang::Lang,
};

/// The field of an alert that tells of it.
pub const FIELD: &str = "Pings";

/// Why, as in `crisis_snoozes.reason`.
const REASONS: &[(&str, &str)] = &[
    ("in_contact", "We are in contact with them"),
    ("cared_for", "They are cared for elsewhere"),
    ("same_again", "They write the same again and again"),
];
const HOURS: &[(i64, &str)] = &[(1, "1 hour"), (24, "24 hours")];

/// A row of `crisis_snoozes`.
pub struct Snoozed {
    pub until: Option<Time>,
    pub reason: String,
    pub by: Option<Snowflake>,
    /// The member's newest alert.
    pub alert: Option<Alert>,
}

pub fn read(answer: &Value) -> Snoozed {
    let text = |field: &str| answer.get(field).and_then(Value::as_str);
    Snoozed {
        until: text("until").and_then(|until| until.parse().ok()),
        reason: text("reason").unwrap_or_default().to_owned(),
        by: text("by").and_then(|id| id.parse().ok()),
        alert: answer.get("alert").and_then(|alert| Alert::from_json(alert).ok()),
    }
}

fn options() -> impl Iterator<Item = (String, String)> {
    HOURS.iter().flat_map(|(hours, span)| {
        REASONS.iter().map(move |(value, label)| (format!("{hours} {value}"), format!("{span}: {label}")))
    })
}

pub fn menu(lang: Lang, message: Snowflake) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    buttons::menu(
        actions::SNOOZE_CHOSEN,
        message,
        "For how long shall nobody be pinged about this member, and why?",
        options(),
    )
}

/// Hours and reason of what was chosen.
pub fn chosen(value: &str) -> Option<(i64, &'static str)> {
    let (hours, reason) = value.split_once(' ')?;
    let hours = hours.parse().ok().filter(|hours| HOURS.iter().any(|(offered, _)| offered == hours))?;
    REASONS.iter().find(|(value, _)| *value == reason).map(|(value, _)| (hours, *value))
}

pub fn done(lang: Lang, member: Snowflake, snoozed: &Snoozed) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let until = snoozed.until.map(|until| until.timestamp()).unwrap_or_default();
    let text = format!(
        "Nobody is pinged about <@{member}> until <t:{until}:t>. Alerts are posted all the same, and CRITICAL pings."
    );
    let mut body = said(text, colour::GOOD);
    let end = button(ButtonStyle::Secondary, "End the snooze", CustomId::write(actions::SNOOZE_END, &[&member])?);
    body.components = vec![row([end])];
    Ok(body)
}

pub fn ended(lang: Lang, member: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(format!("Pings about <@{member}> are on again."), colour::GOOD)
}

pub fn none(lang: Lang, member: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(format!("Pings about <@{member}> were not snoozed."), colour::INFO)
}

pub fn kept(lang: Lang, by: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(format!("The snooze goes on: <@{by}> said so."), colour::INFO)
}

pub fn field(lang: Lang, snoozed: &Snoozed, now: Time) -> String {
    let (Lang::En | Lang::De) = lang;
    let by = snoozed.by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
    match snoozed.until.filter(|until| *until > now) {
        Some(until) => {
            let reason = REASONS.iter().find(|(value, _)| *value == snoozed.reason).map(|(_, label)| *label);
            format!("Snoozed until <t:{}:f>{by}: {}", until.timestamp(), reason.unwrap_or_default())
        }
        None => format!("On again{by}"),
    }
}

/// On an alert that would have pinged.
pub fn mark(lang: Lang, embed: &mut Embed, until: Time) {
    let (Lang::En | Lang::De) = lang;
    let value = format!("Nobody was pinged: snoozed until <t:{}:f>", until.timestamp());
    embed.fields.push(EmbedField { inline: false, name: FIELD.to_owned(), value });
}

pub fn question(lang: Lang, member: Snowflake, until: Time) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let text = format!(
        "Pings about this member are snoozed until <t:{}:t>; this one is CRITICAL and pinged all the same. Shall the \
         snooze go on?",
        until.timestamp()
    );
    let end = button(ButtonStyle::Success, "End the snooze", CustomId::write(actions::SNOOZE_END, &[&member])?);
    let keep = button(ButtonStyle::Secondary, "Go on snoozing", CustomId::write(actions::SNOOZE_KEEP, &[&member])?);
    let mut body = said(text, colour::INFO);
    body.components = vec![row([end, keep])];
    Ok(body)
}
