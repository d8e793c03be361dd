//! The figures of crisis care as `/ash stats` and the weekly report show them: of the team as a whole, never of one of them. Pure.

use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder, EmbedFooterBuilder};

use super::alert::found_by;
use crate::{
    discord::message::{MessageBody, colour},
    lang::Lang,
};

const SEVERITIES: [&str; 3] = ["CRITICAL", "HIGH", "MEDIUM"];

pub fn last_days(lang: Lang, days: i64) -> String {
    match lang {
        Lang::En | Lang::De if days == 1 => "Crisis care: the last day".to_owned(),
        Lang::En | Lang::De => format!("Crisis care: the last {days} days"),
    }
}

pub fn week(lang: Lang, monday: NaiveDate) -> String {
    let (first, last) = (monday - TimeDelta::days(7), monday - TimeDelta::days(1));
    match lang {
        Lang::En | Lang::De => format!("Crisis care: {} to {}", Lang::En.day(first), Lang::En.day(last)),
    }
}

pub fn not_posted(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I could not post there. Please let me see the channel, send messages and embed links in it."
        }
    }
}

/// `summary` is what the SQL function `crisis_summary` answers.
pub fn figures(lang: Lang, title: String, summary: &Value) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut embed =
        EmbedBuilder::new().title(title).color(colour::INFO).field(EmbedFieldBuilder::new("Alerts", alerts(summary)));
    let parts = [
        ("How fast the team was", times(summary)),
        ("What became of them", delivery(summary)),
        ("False alarms", precision(summary)),
        ("Detection was down", outages(summary)),
    ];
    for (name, lines) in parts {
        if !lines.is_empty() {
            embed = embed.field(EmbedFieldBuilder::new(name, lines.join("\n")));
        }
    }
    let footer =
        "In brackets: as many days before. Times are medians of the whole team; trials and drills are left out.";
    MessageBody::embed(embed.footer(EmbedFooterBuilder::new(footer)).build())
}

fn count(of: &Value, name: &str) -> u64 {
    of.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn rows<'a>(summary: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    summary.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

fn alerts(summary: &Value) -> String {
    let of = |span: &str, severity: &str| {
        summary.pointer(&format!("/{span}/alerts/{severity}")).and_then(Value::as_u64).unwrap_or_default()
    };
    let lines: Vec<String> = SEVERITIES
        .iter()
        .filter(|severity| of("now", severity) + of("before", severity) > 0)
        .map(|severity| format!("{severity}: **{}** ({})", of("now", severity), of("before", severity)))
        .collect();
    if lines.is_empty() { "None, and none before.".to_owned() } else { lines.join("\n") }
}

/// A line for each severity: seen, answered, resolved.
fn times(summary: &Value) -> Vec<String> {
    let mut lines = vec![];
    for severity in SEVERITIES {
        let measure = |span: &str, measure: &str| {
            let is_it = |row: &&Value| {
                row.get("severity").and_then(Value::as_str) == Some(severity)
                    && row.get("measure").and_then(Value::as_str) == Some(measure)
            };
            rows(summary, &format!("/{span}/times")).find(is_it)
        };
        let Some(seen) = measure("now", "acknowledge") else { continue };
        let (all, reached) = (count(seen, "alerts"), count(seen, "reached"));
        let p90 = minutes(seen.get("p90_minutes"));
        let mut line = format!("{severity}: {reached} of {all} seen");
        if reached > 0 {
            line += &format!(
                " after **{}**{}, 90 % within {p90}",
                minutes(seen.get("p50_minutes")),
                earlier(measure("before", "acknowledge"))
            );
        }
        for (name, word) in [("first_human", "first answer"), ("resolve", "resolved")] {
            if let Some(row) = measure("now", name).filter(|row| count(row, "reached") > 0) {
                let before = earlier(measure("before", name));
                line += &format!("; {word} after **{}**{before}", minutes(row.get("p50_minutes")));
            }
        }
        lines.push(line);
    }
    lines
}

fn earlier(row: Option<&Value>) -> String {
    let known = row.and_then(|row| row.get("p50_minutes")).filter(|minutes| !minutes.is_null());
    known.map(|known| format!(" ({})", minutes(Some(known)))).unwrap_or_default()
}

fn delivery(summary: &Value) -> Vec<String> {
    let Some(now) = summary.pointer("/now/delivery").filter(|now| now.is_object()) else { return vec![] };
    let mut lines = vec![format!("Sent **{}**, of these {} with a ping", count(now, "sent"), count(now, "pinged"))];
    for (name, text) in [
        ("quiet", "without the ping they would have had (snoozed, a storm, no role)"),
        ("merged", "further messages only counted on an open alert"),
        ("repeated", "told again below an open alert"),
        ("skipped_severity", "messages found LOW: kept, the team was not told"),
    ] {
        if count(now, name) > 0 {
            lines.push(format!("**{}** {text}", count(now, name)));
        }
    }
    lines
}

fn precision(summary: &Value) -> Vec<String> {
    rows(summary, "/now/precision")
        .filter(|row| count(row, "judged") > 0)
        .map(|row| {
            let detector = row.get("detector").and_then(Value::as_str).unwrap_or_default();
            let (judged, wrong) = (count(row, "judged"), count(row, "false_alarms"));
            format!("{}: **{wrong}** of {judged} judged ({} %)", found_by(detector), 100 * wrong / judged)
        })
        .collect()
}

fn outages(summary: &Value) -> Vec<String> {
    rows(summary, "/now/outages")
        .map(|row| {
            let service = row.get("service").and_then(Value::as_str).unwrap_or_default();
            let still =
                if row.get("is_down").and_then(Value::as_bool) == Some(true) { ", **and still is**" } else { "" };
            let times = count(row, "outages");
            let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
            format!("{service}: {times}, {} in all{still}", minutes(row.get("minutes")))
        })
        .collect()
}

fn minutes(minutes: Option<&Value>) -> String {
    match minutes.and_then(Value::as_f64) {
        None => "–".to_owned(),
        Some(minutes) if minutes < 1.0 => format!("{:.0} s", minutes * 60.0),
        Some(minutes) if minutes < 120.0 => format!("{minutes:.0} min"),
        Some(minutes) if minutes < 48.0 * 60.0 => format!("{:.1} h", minutes / 60.0),
        Some(minutes) => format!("{:.1} days", minutes / 1_440.0),
    }
}
