//! The transcript as an HTML file that stands alone: no script, nothing fetched, every value escaped. Pure.

use std::collections::HashMap;

use chrono::{DateTime, Timelike, Utc};
use from_json::FromJson;
use relay_wire::{Attachment, Snowflake};
use reqwest::Url;

use super::{
    messages,
    store::{Status, Ticket},
};
use crate::lang::Lang;

/// What `ticket_transcript_page` answers: a page of messages, and what is said of the whole.
#[derive(Debug, FromJson)]
pub struct Page {
    pub messages: Vec<Line>,
    pub total: usize,
    /// The guild's time zone.
    pub zone: String,
    pub answered_by: Vec<String>,
    pub people: HashMap<Snowflake, String>,
    /// Its category keeps it no longer.
    pub forgotten: bool,
}

/// A message of the transcript.
#[derive(Clone, Debug, FromJson)]
pub struct Line {
    pub message_id: Snowflake,
    pub author_id: Option<Snowflake>,
    pub author_name: String,
    pub content: String,
    pub attachments: Vec<Attachment>,
    pub sent_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    /// When it was sent, by the guild's clock.
    pub local: String,
}

/// Files in the making.
pub struct Writer {
    lang: Lang,
    head: String,
    /// None: UTC itself.
    zone: Option<String>,
    parts: Vec<String>,
    part: String,
    /// Bytes of a part, and how many parts there may be.
    limit: usize,
    most: usize,
    written: usize,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:50rem;padding:1rem;color:#1d1f23;background:#fff}\
h1{font-size:1.4rem;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#55595f}\
dd{margin:0;overflow-wrap:anywhere}article{border-top:1px solid #d9dbde;padding:.5rem 0}article p{margin:0}\
.name{font-weight:600}.time,.note{color:#55595f;font-size:.85rem}.text{overflow-wrap:anywhere;white-space:pre-wrap;unicode-bidi:isolate}\
@media(prefers-color-scheme:dark){body{color:#e6e7e9;background:#1d1f23}dt,.time,.note{color:#a9adb3}article{border-color:#3a3d42}a{color:#8ab4ff}}";
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
const FOOT: &str = "</main></body></html>\n";
/// Room for what is said at the end of a part.
const FOOT_BYTES: usize = 512;

impl Writer {
    pub fn new(lang: Lang, ticket: &Ticket, about: &Page, limit: usize, most: usize) -> Self {
        Self {
            lang,
            head: head(lang, ticket, about),
            zone: Some(about.zone.clone()).filter(|zone| zone != "UTC"),
            parts: vec![],
            part: String::new(),
            limit,
            most,
            written: 0,
        }
    }

    /// False if there is no room for it, nor for anything after it.
    pub fn push(&mut self, line: &Line) -> bool {
        let shown = article(self.lang, line, self.zone.as_deref());
        let room = self.limit.saturating_sub(self.head.len() + FOOT_BYTES);
        if !self.part.is_empty() && self.part.len() + shown.len() > room {
            if self.parts.len() + 1 >= self.most {
                return false;
            }
            self.parts.push(std::mem::take(&mut self.part));
        }
        self.part.push_str(&shown);
        self.written += 1;
        true
    }

    /// The files, each one whole; of `total` messages those that had no room are said to be missing.
    pub fn finish(mut self, total: usize) -> Vec<String> {
        let (Lang::En | Lang::De) = self.lang;
        self.parts.push(self.part);
        let (count, missing) = (self.parts.len(), total.saturating_sub(self.written));
        let numbered = self.parts.into_iter().enumerate();
        let files = numbered.map(|(at, part)| {
            let mut file = format!("{}{part}", self.head);
            if total == 0 {
                file.push_str("<p class=\"note\">Nothing was written in this ticket.</p>");
            }
            if count > 1 {
                file.push_str(&format!("<p class=\"note\">Part {} of {count}.</p>", at + 1));
            }
            if missing > 0 && at + 1 == count {
                let text =
                    format!("<p class=\"note\">The ticket is too long: {missing} later messages are left out.</p>");
                file.push_str(&text);
            }
            file.push_str(FOOT);
            file
        });
        files.collect()
    }
}

fn head(lang: Lang, ticket: &Ticket, about: &Page) -> String {
    let (Lang::En | Lang::De) = lang;
    let name = |id: Option<Snowflake>| match id {
        Some(Snowflake(0)) => "the bot".to_owned(),
        // Their data was erased.
        None => "unknown".to_owned(),
        Some(id) => about.people.get(&id).map_or_else(|| format!("member {id}"), |name| format!("{name} ({id})")),
    };
    let mut facts = vec![
        ("Category", ticket.category.as_ref().map_or_else(|| "none".to_owned(), |category| category.name.clone())),
        ("Priority", messages::priority(Lang::En, ticket.priority).to_owned()),
        ("Opened by", name(Some(ticket.opener_id))),
        ("Opened", time(ticket.created_at)),
    ];
    if let (Status::Resolved, Some(at)) = (ticket.status, ticket.resolved_at) {
        facts.push(("Closed", time(at)));
        facts.push(("Closed by", name(ticket.closed_by)));
    }
    facts.extend(ticket.close_reason.clone().map(|reason| ("Reason", reason)));
    let answered = match about.answered_by.is_empty() {
        true => "nobody".to_owned(),
        false => about.answered_by.join(", "),
    };
    facts.push(("Answered by", answered));
    let facts: String = facts
        .into_iter()
        .map(|(label, value)| format!("<dt>{label}</dt><dd><bdi>{}</bdi></dd>", escaped(&value)))
        .collect();
    let (number, subject) = (ticket.ticket_number, escaped(&ticket.subject));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Ticket #{number}</title><style>{STYLE}</style></head><body>\
         <header><h1>Ticket #{number}: <bdi>{subject}</bdi></h1><dl>{facts}</dl>\
         <p class=\"note\">What members wrote is shown as it was typed. Files are links to Discord, which lets them expire \
         after about a day. A deleted message keeps its place and not its text.</p></header><main>\n"
    )
}

fn article(lang: Lang, line: &Line, zone: Option<&str>) -> String {
    let (Lang::En | Lang::De) = lang;
    let name = match (line.author_name.is_empty(), line.author_id) {
        (false, _) => line.author_name.clone(),
        (true, Some(id)) => format!("member {id}"),
        (true, None) => "somebody".to_owned(),
    };
    let mut shown = format!(
        "<article><p><span class=\"name\"><bdi>{}</bdi></span> <span class=\"time\">{}",
        escaped(&name),
        time(line.sent_at)
    );
    if let Some(zone) = zone {
        shown.push_str(&format!(" ({} {})", escaped(&line.local), escaped(zone)));
    }
    shown.push_str("</span>");
    if let (Some(at), None) = (line.edited_at, line.deleted_at) {
        shown.push_str(&format!(" <span class=\"time\">edited {}</span>", time(at)));
    }
    shown.push_str("</p>");
    match line.deleted_at {
        Some(at) => shown.push_str(&format!("<p class=\"note\">This message was deleted ({}).</p>", time(at))),
        None => {
            if !line.content.is_empty() {
                shown.push_str(&format!("<p class=\"text\" dir=\"auto\">{}</p>", escaped(&line.content)));
            }
            for file in &line.attachments {
                shown.push_str(&format!("<p>File: {} ({})</p>", link(file), size(file.size)));
            }
        }
    }
    shown.push_str("</article>\n");
    shown
}

/// Only to the web: another scheme could run something.
fn link(file: &Attachment) -> String {
    let name = escaped(if file.name.is_empty() { "file" } else { &file.name });
    match Url::parse(&file.url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            format!("<a href=\"{}\" rel=\"noopener noreferrer nofollow\"><bdi>{name}</bdi></a>", escaped(url.as_str()))
        }
        _ => format!("<bdi>{name}</bdi>"),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn time(at: DateTime<Utc>) -> String {
    format!("{} {:02}:{:02} UTC", at.date_naive(), at.hour(), at.minute())
}

/// As text between tags and in quoted attributes alike: nothing of it can become markup. Line breaks become `<br>`.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '`' => safe.push_str("&#96;"),
            '\n' => safe.push_str("<br>"),
            '\r' => {}
            '\t' => safe.push('\t'),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
