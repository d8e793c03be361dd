//! What `/userhistory`, *History* on an alert, `/crisis history` and `/crisis cooldown` say. Pure.

use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder, EmbedFooterBuilder};

use super::{
    super::{
        actions,
        store::{Alert, Status},
        trend::{Trend, trend, weight},
        userhistory::{Kept, Line, Note, PAGE, Told},
    },
    alert::{colour_of, preview, span, trend_word},
};
use crate::{
    care::Severity,
    discord::{
        components::{button, cut, row},
        custom_id::CustomId,
        message::{MessageBody, colour, link, said},
    },
    edge::Time,
    error::Result,
    lang::Lang,
};

/// Of one message and of one note, so that a page of the one and the newest of the other fit into an embed.
const MAX_WORDS: usize = 260;
const MAX_NOTE: usize = 200;

/// One page of the list; `page` counts from 0, and one that is not there is the last.
pub fn page(lang: Lang, told: &Told, count: u32, page: usize) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let last = told.lines.len().saturating_sub(1) / PAGE;
    let page = page.min(last);
    let shown: Vec<&Line> = told.lines.iter().skip(page * PAGE).take(PAGE).collect();
    let mut parts = warnings(told);
    let record = |name: &str| told.record.as_ref().and_then(|record| record.get(name));
    let episodes = |name: &str| record(name).and_then(Value::as_u64).unwrap_or_default();
    if told.record.is_some() {
        parts.push(format!(
            "Episodes: **{}** in 7 days, **{}** in 30 days.{}",
            episodes("episodes_7"),
            episodes("episodes_30"),
            match course(&told.lines) {
                Trend::None => String::new(),
                trend => format!(" **{}.**", trend_word(trend)),
            }
        ));
        let is = |name: &str| record(name).and_then(Value::as_bool).unwrap_or_default();
        match (is("monitoring_opt_out"), is("ash_opt_out")) {
            (true, true) => parts.push("They opted out of monitoring and of talking to Ash.".to_owned()),
            (true, false) => parts.push("They opted out of monitoring: nothing they write is read.".to_owned()),
            (false, true) => parts.push("They opted out of talking to Ash.".to_owned()),
            (false, false) => {}
        }
    }
    if shown.is_empty() && told.record.is_some() && told.kept == (Kept::Read { closed: 0 }) {
        parts.push(format!(
            "Nothing is kept about <@{}>. What is below LOW never is, and what is older than {} days is gone.",
            told.member_id, told.days
        ));
    }
    parts.extend(shown.iter().map(|one| line(told.guild_id, one)));
    let gravest = shown.iter().map(|line| line.severity).max();
    let mut embed = EmbedBuilder::new()
        .title("Crisis history")
        .description(cut(&format!("<@{}>\n{}", told.member_id, parts.join("\n")), 4_000))
        .color(gravest.filter(|severity| *severity >= Severity::Medium).map_or(colour::INFO, colour_of));
    if last > 0 {
        embed = embed.footer(EmbedFooterBuilder::new(format!("Page {} of {}", page + 1, last + 1)));
    }
    let mut body = MessageBody::embed(embed.build());
    let mut buttons = vec![];
    let turn = |to: usize| CustomId::write(actions::USERHISTORY, &[&told.member_id, &count, &to]);
    if page > 0 {
        buttons.push(button(ButtonStyle::Secondary, "Newer", turn(page - 1)?));
    }
    if page < last {
        buttons.push(button(ButtonStyle::Secondary, "Older", turn(page + 1)?));
    }
    // Who resolved an alert may have written a note.
    let is_resolved = |line: &Line| line.alert.as_ref().is_some_and(|alert| alert.resolved_by.is_some());
    if shown.iter().any(|line| line.words.is_some() || is_resolved(line)) {
        let id = CustomId::write(actions::USERHISTORY_WORDS, &[&told.member_id, &count, &page])?;
        buttons.push(button(ButtonStyle::Secondary, "Show words and notes (is noted)", id));
    }
    if !buttons.is_empty() {
        body.components = vec![row(buttons)];
    }
    Ok(body)
}

/// What could not be read, first of all.
fn warnings(told: &Told) -> Vec<String> {
    let mut warnings = vec![];
    match told.kept {
        Kept::Down => warnings.push(
            "⚠️ **The kept messages cannot be read right now.** What is missing here says nothing about how they are."
                .to_owned(),
        ),
        Kept::Off => warnings.push("⚠️ No messages are kept on this deployment: only alerts are listed.".to_owned()),
        Kept::Read { closed: 0 } => {}
        Kept::Read { closed } => warnings.push(format!(
            "⚠️ **{closed} kept messages cannot be opened**: they were encrypted with a key that is gone."
        )),
    }
    if told.record.is_none() {
        warnings.push("⚠️ **Alerts and what was done about them cannot be read right now.**".to_owned());
    }
    warnings
}

fn line(guild: Snowflake, line: &Line) -> String {
    let score = line.score.map(|score| format!(" {score:.2}")).unwrap_or_default();
    let mark = match line.severity {
        Severity::Critical => "🔴",
        Severity::High => "🟠",
        Severity::Medium => "🟡",
        _ => "⚪",
    };
    let done = match &line.alert {
        None => String::new(),
        Some(alert) => format!("\n-# {}", done(alert, line.is_merged)),
    };
    format!("{mark} **{}**{score} · {}{done}", line.severity.name(), place(guild, line))
}

fn place(guild: Snowflake, line: &Line) -> String {
    let (channel, message) = (line.channel_id, line.message_id);
    let at = line.at().timestamp();
    format!("<t:{at}:f> · <#{channel}> · [message]({})", link(Some(guild), channel, message))
}

/// What the team did about it.
fn done(alert: &Alert, is_merged: bool) -> String {
    let mut parts = vec![];
    if is_merged {
        parts.push("counted on another alert".to_owned());
    }
    if alert.mode == "shadow" {
        parts.push("trial".to_owned());
    }
    let after = |at: Option<Time>| at.map(|at| format!(" after {}", span(at - alert.found_at))).unwrap_or_default();
    if let Some(by) = alert.acknowledged_by {
        parts.push(format!("acknowledged by <@{by}>{}", after(alert.acknowledged_at)));
    }
    if let Some(by) = alert.taken_by {
        parts.push(format!("taken over by <@{by}>"));
    }
    match (alert.status, alert.resolved_by) {
        (Status::FalseAlarm, _) => parts.push("a false alarm".to_owned()),
        (Status::Resolved, Some(by)) => parts.push(format!("resolved by <@{by}>{}", after(alert.resolved_at))),
        (Status::Resolved, None) => parts.push("resolved".to_owned()),
        (Status::Ended, _) => parts.push("ended by itself".to_owned()),
        (Status::Open, _) => parts.push("nobody has reacted".to_owned()),
        _ => {}
    }
    parts.join(", ")
}

fn course(lines: &[Line]) -> Trend {
    let points: Vec<_> = lines.iter().rev().map(|one| (one.at(), weight(one.severity, one.score))).collect();
    lines.first().map_or(Trend::None, |newest| trend(newest.severity, &points).0)
}

/// The words of the messages on one page, and notes of the team.
pub fn words(lang: Lang, told: &Told, page: usize, notes: &[Note]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut embed = EmbedBuilder::new()
        .title("Their words")
        .description(format!("<@{}>. That you opened this is noted, and they may ask who did.", told.member_id))
        .color(colour::INFO);
    let page = page.min(told.lines.len().saturating_sub(1) / PAGE);
    for one in told.lines.iter().skip(page * PAGE).take(PAGE) {
        let shown = match &one.words {
            Some(words) => preview(&cut(words, MAX_WORDS)),
            None => "Not shown or not kept: open the message itself.".to_owned(),
        };
        let value = format!("{}\n{shown}", place(told.guild_id, one));
        embed = embed.field(EmbedFieldBuilder::new(one.severity.name(), value));
    }
    for note in notes {
        let by = note.by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
        let text = format!("<t:{}:R>{by}\n{}", note.at.timestamp(), preview(&cut(&note.text, MAX_NOTE)));
        embed = embed.field(EmbedFieldBuilder::new("Note of the team", text));
    }
    MessageBody::embed(embed.build())
}

pub fn elsewhere(lang: Lang, places: &[Snowflake]) -> String {
    let (Lang::En | Lang::De) = lang;
    let places: Vec<String> = places.iter().map(|place| format!("<#{place}>")).collect();
    match places.is_empty() {
        true => "This works in the team's own channels, and none is chosen yet.".to_owned(),
        false => format!("Others could look over your shoulder here. Please use it in {}.", places.join(", ")),
    }
}

pub fn ask_clear(lang: Lang, member: Snowflake) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let text = format!(
        "Forget every kept message of <@{member}>? Trends begin anew for them. Alerts stay as they are, and nothing of this \
         can be brought back."
    );
    let id = CustomId::write(actions::HISTORY_CLEAR, &[&member])?;
    let mut body = said(text, colour::INFO);
    body.components = vec![row([button(ButtonStyle::Danger, "Forget them", id)])];
    Ok(body)
}

pub fn cleared(lang: Lang, member: Snowflake) -> MessageBody {
    match lang {
        Lang::En | Lang::De => {
            said(format!("What was kept of <@{member}>'s messages is gone. That you did this is noted."), colour::GOOD)
        }
    }
}

/// `last`: how grave, when the team was told, and until when further messages are only counted.
pub fn cooldown(lang: Lang, member: Snowflake, last: Option<(Severity, Time, Time)>) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let text = match last {
        None => format!("No cooldown for <@{member}>: the team is told of the next finding at once."),
        Some((severity, at, until)) => format!(
            "The team was told of <@{member}> <t:{}:R> ({}). Until <t:{}:T> further messages that are not graver are only \
             counted on that alert; graver ones are an alert of their own at once.",
            at.timestamp(),
            severity.name(),
            until.timestamp()
        ),
    };
    said(text, colour::INFO)
}
