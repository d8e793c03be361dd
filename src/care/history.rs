//! A member's messages with signs of a crisis, as they are kept: encrypted, in Upstash, for some days.
//!
//! Detection writes them; Ash, the crisis team and the member's own export read them.

use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;

use super::Severity;
use crate::{
    clients::redis::{Command, Reply},
    command,
    context::Cx,
    edge::Time,
    error::Result,
    seal::Seal,
};

/// Of one message, in characters. Source: DESIGN, section 5.
const MAX_TEXT: usize = 500;
/// No guild keeps more of a member.
pub const MAX_ENTRIES: u32 = 500;

/// A message of LOW or more that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub message_id: Snowflake,
    pub channel_id: Snowflake,
    pub severity: Severity,
    pub score: Option<f32>,
    /// Written in a ticket: its words are the member's and the staff's, and are shown to nobody else.
    pub in_ticket: bool,
    /// The first [`MAX_TEXT`] characters.
    pub text: String,
}

impl Entry {
    /// When it was written.
    pub fn at(&self) -> Time {
        Time::from_timestamp_millis(self.message_id.created_at_ms()).unwrap_or_default()
    }

    /// As it is kept under `key`.
    pub fn sealed(&self, seal: &Seal, key: &str) -> Result<String> {
        let text: String = self.text.chars().take(MAX_TEXT).collect();
        let body = json!({
            "i": self.message_id, "h": self.channel_id, "s": self.severity.rank(), "c": self.score, "k": self.in_ticket, "t": text,
        });
        seal.seal(key, &body.to_string())
    }
}

pub fn key(guild: Snowflake, member: Snowflake) -> String {
    format!("crisis:history:{guild}:{member}")
}

/// The command that asks for the newest `count`, newest first.
pub fn newest(guild: Snowflake, member: Snowflake, count: u32) -> Command {
    command!["ZRANGE", key(guild, member), 0, i64::from(count) - 1, "REV"]
}

/// The command that asks for the newest `count` of what was written from `since` to `until`, newest first.
pub fn newest_between(guild: Snowflake, member: Snowflake, since: Time, until: Time, count: u32) -> Command {
    let [since, until] = [since, until].map(|at| at.timestamp_millis());
    command!["ZRANGE", key(guild, member), until, since, "BYSCORE", "REV", "LIMIT", 0, count]
}

/// The newest `count` entries, newest first, and how many of them no key opens any more.
pub async fn kept(cx: &Cx, guild: Snowflake, member: Snowflake, count: u32) -> Result<(Vec<Entry>, usize)> {
    let replies = cx.redis.pipeline(&[newest(guild, member, count)]).await?;
    let Some(entries) = replies.first() else { return Ok((vec![], 0)) };
    let opened = opened(cx, guild, member, entries);
    let closed = entries.array().len() - opened.len();
    Ok((opened, closed))
}

/// Those that a key opens, in the order in which they came.
pub fn opened(cx: &Cx, guild: Snowflake, member: Snowflake, entries: &Reply) -> Vec<Entry> {
    let Some(seal) = &cx.config.state_keys else { return vec![] };
    let key = key(guild, member);
    entries.array().iter().filter_map(|sealed| read(&seal.open(&key, sealed.text()?)?)).collect()
}

fn read(text: &str) -> Option<Entry> {
    let value: Value = serde_json::from_str(text).ok()?;
    let id = |field: &str| value.get(field)?.as_str()?.parse().ok();
    Some(Entry {
        message_id: id("i")?,
        channel_id: id("h")?,
        severity: Severity::of_rank(u8::try_from(value.get("s")?.as_u64()?).ok()?)?,
        score: value.get("c").and_then(Value::as_f64).map(|score| score as f32),
        // Kept before this was noted: no.
        in_ticket: value.get("k").and_then(Value::as_bool).unwrap_or_default(),
        text: value.get("t")?.as_str()?.to_owned(),
    })
}
