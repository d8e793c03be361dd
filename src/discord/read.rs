//! What this project reads of messages and threads that Discord returns: as little as it needs, so that an unknown field breaks nothing.

use from_json::{FromJson, Unfit, Value};
use relay_wire::{Attachment, Snowflake, Text};

/// Discord's message types that a member wrote. Source: API reference, "Message types": 0 DEFAULT, 19 REPLY.
const WRITTEN: [u32; 2] = [0, 19];

#[derive(Clone, Debug)]
pub struct Message {
    pub id: Snowflake,
    pub channel_id: Snowflake,
    pub author: Author,
    /// With what it forwards, below.
    text: String,
    kind: u32,
    webhook_id: Option<Snowflake>,
    edited_timestamp: Option<Text>,
    attachments: Vec<File>,
}

#[derive(FromJson)]
struct Raw {
    id: Snowflake,
    channel_id: Snowflake,
    #[serde(default)]
    author: Author,
    #[serde(default)]
    content: Text,
    /// Read part by part: one that cannot be read costs nothing but itself.
    #[serde(default)]
    message_snapshots: Value,
    #[serde(default, rename = "type")]
    kind: u32,
    #[serde(default)]
    webhook_id: Option<Snowflake>,
    #[serde(default)]
    edited_timestamp: Option<Text>,
    #[serde(default)]
    attachments: Vec<File>,
}

impl FromJson for Message {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let raw = Raw::from_json(json)?;
        let snapshots = raw.message_snapshots.as_array().map(Vec::as_slice).unwrap_or_default();
        let forwarded = snapshots.iter().filter_map(|one| one.pointer("/message/content")?.as_str());
        Ok(Self {
            id: raw.id,
            channel_id: raw.channel_id,
            author: raw.author,
            text: forwarded.filter(|text| !text.trim().is_empty()).fold(raw.content.0, |text, one| text + "\n" + one),
            kind: raw.kind,
            webhook_id: raw.webhook_id,
            edited_timestamp: raw.edited_timestamp,
            attachments: raw.attachments,
        })
    }
}

#[derive(Clone, Debug, FromJson)]
struct File {
    #[serde(default)]
    filename: Text,
    #[serde(default)]
    url: Text,
    #[serde(default)]
    size: u64,
}

#[derive(Clone, Debug, Default, FromJson)]
pub struct Author {
    pub id: Snowflake,
    #[serde(default)]
    bot: bool,
    #[serde(default)]
    username: Text,
    #[serde(default)]
    global_name: Option<Text>,
}

impl Message {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn attachments(&self) -> Vec<Attachment> {
        let file = |file: &File| Attachment { name: file.filename.0.clone(), url: file.url.0.clone(), size: file.size };
        self.attachments.iter().map(file).collect()
    }

    pub fn is_edited(&self) -> bool {
        self.edited_timestamp.is_some()
    }

    /// When it was last edited, milliseconds since 1970.
    pub fn edited_at_ms(&self) -> Option<i64> {
        let time = chrono::DateTime::parse_from_rfc3339(&self.edited_timestamp.as_ref()?.0).ok()?;
        Some(time.timestamp_millis())
    }

    /// Not by a bot, a webhook or Discord itself.
    pub fn is_by_a_member(&self) -> bool {
        !self.author.bot && self.webhook_id.is_none() && WRITTEN.contains(&self.kind)
    }
}

impl Author {
    pub fn is_bot(&self) -> bool {
        self.bot
    }

    /// Somebody else of whom only the id is known.
    pub fn of(id: Snowflake) -> Self {
        Self { id, ..Self::default() }
    }

    /// The display name; a message read over REST does not tell nicknames.
    pub fn name(&self) -> &str {
        &self.global_name.as_ref().unwrap_or(&self.username).0
    }
}

/// A member as a guild's list tells of them.
#[derive(Clone, Debug, FromJson)]
pub struct Listed {
    pub user: Author,
    #[serde(default)]
    nick: Option<Text>,
    #[serde(default)]
    joined_at: Option<String>,
    #[serde(default)]
    pub roles: Vec<Snowflake>,
}

impl Listed {
    pub fn is_bot(&self) -> bool {
        self.user.bot
    }

    /// As the guild shows it.
    pub fn name(&self) -> &str {
        self.nick.as_ref().map_or_else(|| self.user.name(), |nick| &nick.0)
    }

    /// Milliseconds since 1970.
    pub fn joined_at(&self) -> Option<i64> {
        let time = self.joined_at.as_deref()?.parse::<chrono::DateTime<chrono::Utc>>().ok()?;
        Some(time.timestamp_millis())
    }
}

/// Up to 100 messages, oldest first.
#[derive(Debug)]
pub struct Page {
    pub messages: Vec<Message>,
    /// Those that could not be read.
    pub unreadable: usize,
    /// With those that could not be read.
    pub newest: Option<Snowflake>,
}

impl FromJson for Page {
    /// One odd message does not spoil its neighbours.
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let all = json.as_array().ok_or(Unfit::wanted("a list"))?;
        let newest = all.iter().filter_map(|one| Snowflake::from_json(one.get("id")?).ok()).max();
        let mut messages: Vec<Message> = all.iter().filter_map(|one| Message::from_json(one).ok()).collect();
        crate::sort::by_key(&mut messages, |message| message.id);
        Ok(Self { unreadable: all.len() - messages.len(), messages, newest })
    }
}

impl Page {
    pub fn len(&self) -> usize {
        self.messages.len() + self.unreadable
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Clone, Debug, FromJson)]
pub struct Thread {
    pub id: Snowflake,
    #[serde(default)]
    pub parent_id: Option<Snowflake>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_message_does_not_spoil_its_neighbours() {
        let page: Page = from_json::read(
            br#"[{"id": "9", "channel_id": 7.5}, {"id": "8", "channel_id": "1", "content": "b \ud83d", "author": {"id": "2"}},
                {"id": "7", "channel_id": "1", "content": "a", "edited_timestamp": "2026-01-01T00:00:00Z", "type": 19}]"#,
        )
        .unwrap();
        let read: Vec<_> = page.messages.iter().map(|one| (one.id.0, one.text(), one.is_edited())).collect();
        assert_eq!(read, [(7, "a", true), (8, "b \u{fffd}", false)]);
        assert_eq!((page.unreadable, page.newest), (1, Some(Snowflake(9))));
    }

    #[test]
    fn what_is_forwarded_stands_below_what_was_written() {
        let message: Message = from_json::read(
            br#"{"id": "8", "channel_id": "1", "content": "see", "message_snapshots": [{"message": {"content": "a"}}, 7]}"#,
        )
        .unwrap();
        assert_eq!(message.text(), "see\na");
    }

    #[test]
    fn bots_webhooks_and_discord_itself_are_no_members() {
        let by = |more: &str| {
            let json = format!(r#"{{"id": "1", "channel_id": "1", "author": {{"id": "2"}}{more}}}"#);
            from_json::read::<Message>(json.as_bytes()).unwrap().is_by_a_member()
        };
        assert!(by(""));
        assert!(by(r#", "type": 19"#));
        assert!(!by(r#", "type": 7"#));
        assert!(!by(r#", "webhook_id": "3""#));
        let bot = r#"{"id": "1", "channel_id": "1", "author": {"id": "2", "bot": true}}"#;
        assert!(!from_json::read::<Message>(bot.as_bytes()).unwrap().is_by_a_member());
    }
}
