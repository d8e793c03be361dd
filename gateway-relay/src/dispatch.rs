//! What the relay reads of a gateway payload: as little as it needs, and nothing that an unknown field could break.
//!
//! Own structs instead of twilight-model's: those refuse a whole message for one field they do not expect.

use relay_wire::{Attachment, Snowflake, Text};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One frame of the gateway, its data left unread.
#[derive(Debug, Deserialize)]
pub struct Frame<'a> {
    pub op: u8,
    #[serde(default)]
    pub s: Option<u64>,
    #[serde(borrow, default)]
    pub t: Option<&'a str>,
    #[serde(borrow, default)]
    pub d: Option<&'a RawValue>,
}

/// One gateway event and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch<'a> {
    pub shard: u32,
    pub shard_count: u32,
    /// The gateway session; its hash is part of the event's id.
    pub session: &'a str,
    pub seq: u64,
    /// Discord's name, e.g. `MESSAGE_CREATE`.
    pub name: &'a str,
    /// JSON of `d`.
    pub data: &'a str,
    /// When it arrived, milliseconds since 1970.
    pub at: i64,
}

#[derive(Debug, Deserialize)]
pub struct User {
    pub id: Snowflake,
    #[serde(default)]
    pub bot: Option<bool>,
    #[serde(default)]
    pub username: Option<Text>,
    #[serde(default)]
    pub global_name: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Member {
    #[serde(default)]
    pub nick: Option<Text>,
    #[serde(default)]
    pub user: Option<User>,
}

/// A text field that is missing, null, or there.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Maybe {
    #[default]
    Missing,
    Null,
    There(String),
}

impl<'de> Deserialize<'de> for Maybe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Text>::deserialize(deserializer)?.map_or(Self::Null, |text| Self::There(text.0)))
    }
}

/// Of `MESSAGE_CREATE` and `MESSAGE_UPDATE`.
#[derive(Debug, Deserialize)]
pub struct Message {
    pub id: Snowflake,
    pub channel_id: Snowflake,
    #[serde(default)]
    pub guild_id: Option<Snowflake>,
    #[serde(default)]
    pub author: Option<User>,
    #[serde(default)]
    pub member: Option<Member>,
    #[serde(default)]
    pub webhook_id: Option<Snowflake>,
    #[serde(default)]
    pub content: Option<Text>,
    #[serde(default, rename = "type")]
    pub kind: Option<u32>,
    #[serde(default)]
    pub edited_timestamp: Maybe,
    #[serde(default)]
    pub attachments: Files,
    #[serde(default, rename = "message_snapshots")]
    pub forwarded: Forwarded,
}

/// The files of a message; one that cannot be read is left out, and the message stays.
#[derive(Debug, Default)]
pub struct Files(pub Vec<Attachment>);

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            filename: Text,
            url: Text,
            #[serde(default)]
            size: u64,
        }
        let files = Option::<&RawValue>::deserialize(deserializer)?;
        let files: Vec<&RawValue> = files.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let files = files.iter().filter_map(|raw| serde_json::from_str::<File>(raw.get()).ok());
        Ok(Self(files.map(|one| Attachment { name: one.filename.0, url: one.url.0, size: one.size }).collect()))
    }
}

/// The texts of the messages that one forwards; what cannot be read is left out, and the message stays.
#[derive(Debug, Default)]
pub struct Forwarded(pub Vec<String>);

impl<'de> Deserialize<'de> for Forwarded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Snapshot {
            message: Part,
        }
        #[derive(Deserialize)]
        struct Part {
            content: Text,
        }
        let snapshots = Option::<&RawValue>::deserialize(deserializer)?;
        let snapshots: Vec<&RawValue> =
            snapshots.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let texts = snapshots.iter().filter_map(|raw| serde_json::from_str::<Snapshot>(raw.get()).ok());
        Ok(Self(texts.map(|one| one.message.content.0).filter(|text| !text.trim().is_empty()).collect()))
    }
}

/// Of `MESSAGE_DELETE` and `MESSAGE_DELETE_BULK`.
#[derive(Debug, Deserialize)]
pub struct Deleted {
    #[serde(default)]
    pub id: Option<Snowflake>,
    #[serde(default)]
    pub ids: Vec<Snowflake>,
    pub channel_id: Snowflake,
    #[serde(default)]
    pub guild_id: Option<Snowflake>,
}

/// Of the four reaction events.
#[derive(Debug, Deserialize)]
pub struct Reaction {
    #[serde(default)]
    pub user_id: Option<Snowflake>,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    #[serde(default)]
    pub guild_id: Option<Snowflake>,
    #[serde(default)]
    pub member: Option<Member>,
    #[serde(default)]
    pub emoji: Option<Emoji>,
    #[serde(default)]
    pub message_author_id: Option<Snowflake>,
}

#[derive(Debug, Deserialize)]
pub struct Emoji {
    #[serde(default)]
    pub id: Option<Snowflake>,
    #[serde(default)]
    pub name: Option<Text>,
}

impl Emoji {
    /// Id of a custom emoji, name of a Unicode one; empty for a custom one that was deleted.
    pub fn key(self) -> String {
        let name = self.name.map(|name| name.0);
        self.id.map(|id| id.to_string()).or(name).unwrap_or_default()
    }
}

/// Of `GUILD_MEMBER_ADD`, `_UPDATE`, `_REMOVE`.
#[derive(Debug, Deserialize)]
pub struct MemberEvent {
    pub guild_id: Snowflake,
    pub user: User,
    #[serde(default)]
    pub nick: Option<Text>,
    #[serde(default)]
    pub roles: Vec<Snowflake>,
    #[serde(default)]
    pub joined_at: Option<Text>,
}

#[derive(Debug, Deserialize)]
pub struct Presence {
    pub guild_id: Snowflake,
    pub user: User,
    pub status: String,
}

/// Of the channel and thread events, and inside `GUILD_CREATE` (there without `guild_id`).
#[derive(Debug, Deserialize)]
pub struct Channel {
    pub id: Snowflake,
    #[serde(default)]
    pub guild_id: Option<Snowflake>,
    #[serde(default)]
    pub parent_id: Option<Snowflake>,
    #[serde(default)]
    pub owner_id: Option<Snowflake>,
}

#[derive(Debug, Deserialize)]
pub struct ThreadList {
    pub guild_id: Snowflake,
    #[serde(default)]
    pub threads: Vec<Channel>,
}

/// Of `GUILD_ROLE_CREATE` and `GUILD_ROLE_UPDATE`.
#[derive(Debug, Deserialize)]
pub struct RoleChanged {
    pub guild_id: Snowflake,
    pub role: Role,
}

#[derive(Debug, Deserialize)]
pub struct Role {
    pub id: Snowflake,
}

#[derive(Debug, Deserialize)]
pub struct RoleDeleted {
    pub guild_id: Snowflake,
    pub role_id: Snowflake,
}

/// Of `GUILD_CREATE` and `GUILD_DELETE`.
#[derive(Debug, Deserialize)]
pub struct Guild {
    pub id: Snowflake,
    #[serde(default)]
    pub unavailable: Option<bool>,
    #[serde(default)]
    pub name: Option<Text>,
    #[serde(default)]
    pub member_count: Option<u64>,
    #[serde(default)]
    pub threads: Vec<Channel>,
}

#[derive(Debug, Deserialize)]
pub struct Ready {
    pub user: User,
}

/// What is wrong with a payload, without quoting it: serde's own words repeat the text of a member.
pub fn describe(error: &serde_json::Error) -> String {
    format!("{:?} error at column {}", error.classify(), error.column())
}

/// Milliseconds since 1970 of a time as Discord writes it (`2026-11-21T10:20:30.123000+00:00`).
pub fn iso_ms(text: &str) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.timestamp_millis())
}
