//! The events themselves: no field that nobody reads, and no text unless the filter allowed it.

use from_json::FromJson;
use serde::{Deserialize, Serialize};

use crate::Snowflake;

/// One event with its envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Event {
    /// `shard/total:session:sequence:lane`, the same on every redelivery and after a resume.
    pub id: String,
    /// The spool's monotonic number; the last writer of a reaction is the one with the highest.
    pub order: u64,
    /// 1 on the first delivery.
    pub attempt: u32,
    pub body: EventBody,
}

/// The two ways to the Worker. A monitored message travels both: its text urgently, its point in bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// With text: crisis, conversation, ticket, command prefix. Never scored.
    Urgent,
    /// Without text: scored.
    Bulk,
}

/// A file that hangs on a message. Discord's link to it works for about a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Attachment {
    pub name: String,
    pub url: String,
    /// Bytes.
    #[serde(default)]
    pub size: u64,
}

/// What an operator can switch off with `RELAY_FEATURES`; each asks Discord for one privileged intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Content,
    Members,
    Presence,
}

macro_rules! events {
    ($( $(#[$doc:meta])* $kind:ident { $( $(#[$field_doc:meta])* $field:ident : $type:ty ),* $(,)? } )*) => {
        /// What happened. On the wire: `{"message_created": { ... }}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
        #[serde(rename_all = "snake_case")]
        pub enum EventBody {
            $( $(#[$doc])* $kind { $( $(#[$field_doc])* $field: $type ),* } ),*
        }

        /// The kind of an [`EventBody`], for registration and counting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
        #[serde(rename_all = "snake_case")]
        pub enum EventKind { $( $kind ),* }

        impl EventKind {
            pub const ALL: &[EventKind] = &[ $( EventKind::$kind ),* ];
        }

        impl EventBody {
            pub fn kind(&self) -> EventKind {
                match self { $( EventBody::$kind { .. } => EventKind::$kind ),* }
            }
        }
    };
}

events! {
    MessageCreated {
        /// None in a direct message.
        guild_id: Option<Snowflake>,
        channel_id: Snowflake,
        /// The channel a thread belongs to, when `channel_id` is a thread.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_id: Option<Snowflake>,
        message_id: Snowflake,
        author_id: Snowflake,
        /// Nickname, display name or user name, whichever Discord shows.
        author_name: String,
        /// Present only where the filter allows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// In the bulk lane: its text travels in the urgent lane. False there means that the relay's filter did not know
        /// the channel; a Worker that does reads the message itself.
        #[serde(default, skip_serializing_if = "is_false")]
        text_sent: bool,
        /// Only beside the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    }
    MessageUpdated {
        guild_id: Option<Snowflake>,
        channel_id: Snowflake,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_id: Option<Snowflake>,
        message_id: Snowflake,
        author_id: Snowflake,
        author_name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, skip_serializing_if = "is_false")]
        text_sent: bool,
        /// By Discord's clock, milliseconds since 1970: of two edits the later one holds, whichever comes first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited_at: Option<i64>,
        /// All that it has now; only beside the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    }
    MessageDeleted { guild_id: Option<Snowflake>, channel_id: Snowflake, message_id: Snowflake }
    MessagesBulkDeleted { guild_id: Snowflake, channel_id: Snowflake, message_ids: Vec<Snowflake> }
    ReactionAdded {
        guild_id: Snowflake,
        channel_id: Snowflake,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_id: Option<Snowflake>,
        message_id: Snowflake,
        user_id: Snowflake,
        /// Name of a Unicode emoji, id of a custom one.
        emoji: String,
        /// Who wrote the message; Discord leaves it out for webhooks.
        message_author_id: Option<Snowflake>,
        /// The relay has met that author as a bot. False says nothing: the Worker knows more bots, from lists of members.
        #[serde(default, skip_serializing_if = "is_false")]
        message_author_bot: bool,
        /// When the relay heard of it, milliseconds since 1970: Discord does not say when somebody reacted.
        at: i64,
    }
    ReactionRemoved {
        guild_id: Snowflake,
        channel_id: Snowflake,
        message_id: Snowflake,
        user_id: Snowflake,
        emoji: String,
    }
    /// All reactions of a message, or all with one emoji.
    ReactionsCleared {
        guild_id: Snowflake,
        channel_id: Snowflake,
        message_id: Snowflake,
        emoji: Option<String>,
    }
    MemberJoined {
        guild_id: Snowflake,
        user_id: Snowflake,
        name: String,
        /// Milliseconds since 1970.
        joined_at: i64,
    }
    MemberUpdated { guild_id: Snowflake, user_id: Snowflake, name: String, role_ids: Vec<Snowflake> }
    MemberLeft {
        guild_id: Snowflake,
        user_id: Snowflake,
        /// When the relay heard of it, milliseconds since 1970: Discord does not say when somebody left.
        #[serde(default)]
        at: i64,
    }
    /// `status` is Discord's word: online, idle, dnd, offline.
    PresenceChanged { guild_id: Snowflake, user_id: Snowflake, status: String, at: i64 }
    /// A channel is new, or something about it is.
    ChannelUpdated { guild_id: Snowflake, channel_id: Snowflake }
    ChannelDeleted { guild_id: Snowflake, channel_id: Snowflake }
    ThreadCreated { guild_id: Snowflake, thread_id: Snowflake, parent_id: Snowflake }
    ThreadUpdated { guild_id: Snowflake, thread_id: Snowflake, parent_id: Snowflake }
    ThreadDeleted { guild_id: Snowflake, thread_id: Snowflake, parent_id: Snowflake }
    /// A role is new, or may do something else.
    RoleUpdated { guild_id: Snowflake, role_id: Snowflake }
    RoleDeleted { guild_id: Snowflake, role_id: Snowflake }
    GuildAvailable { guild_id: Snowflake, name: String, member_count: u64 }
    GuildLeft { guild_id: Snowflake }
    /// The gateway session could not be resumed: what happened between the two times (ms since 1970) is unknown.
    RelayGap { shard: u32, shard_count: u32, from: i64, to: i64, reason: String }
    /// Every 10 s: how the relay is.
    RelayStatus {
        at: i64,
        version: String,
        /// Name and epoch of the relay, as in the batch: with them the lease on its shards is kept.
        #[serde(default)]
        relay: String,
        #[serde(default)]
        epoch: String,
        /// Events that wait, in both lanes, and the age of the oldest.
        spooled: u64,
        oldest_ms: u64,
        /// Events kept that the Worker gave up.
        #[serde(default)]
        dead: u64,
        /// Events without text that were dropped because the disk was full, since the start.
        #[serde(default)]
        thinned: u64,
        /// The filter it has; its erasures are done.
        #[serde(default)]
        filter_version: String,
        shards: Vec<ShardStatus>,
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

impl EventBody {
    /// The member whose events are delivered in order; None for events that no member caused.
    pub fn member(&self) -> Option<Snowflake> {
        match self {
            Self::MessageCreated { author_id, .. } | Self::MessageUpdated { author_id, .. } => Some(*author_id),
            Self::ReactionAdded { user_id, .. }
            | Self::ReactionRemoved { user_id, .. }
            | Self::MemberJoined { user_id, .. }
            | Self::MemberUpdated { user_id, .. }
            | Self::MemberLeft { user_id, .. }
            | Self::PresenceChanged { user_id, .. } => Some(*user_id),
            _ => None,
        }
    }

    /// Takes what the member wrote out of the event.
    pub fn take_text(&mut self) -> Option<String> {
        match self {
            Self::MessageCreated { text, .. } | Self::MessageUpdated { text, .. } => text.take(),
            _ => None,
        }
    }

    /// Puts it back; an event that has no text stays as it is.
    pub fn put_text(&mut self, new: String) {
        if let Self::MessageCreated { text, .. } | Self::MessageUpdated { text, .. } = self {
            *text = Some(new);
        }
    }

    /// Takes the files out that the member sent.
    pub fn take_attachments(&mut self) -> Vec<Attachment> {
        match self {
            Self::MessageCreated { attachments, .. } | Self::MessageUpdated { attachments, .. } => {
                std::mem::take(attachments)
            }
            _ => Vec::new(),
        }
    }

    /// Puts them back.
    pub fn put_attachments(&mut self, new: Vec<Attachment>) {
        if let Self::MessageCreated { attachments, .. } | Self::MessageUpdated { attachments, .. } = self {
            *attachments = new;
        }
    }

    /// The guild it happened in; None for direct messages and the relay's own events.
    pub fn guild_id(&self) -> Option<Snowflake> {
        match self {
            Self::MessageCreated { guild_id, .. }
            | Self::MessageUpdated { guild_id, .. }
            | Self::MessageDeleted { guild_id, .. } => *guild_id,
            Self::MessagesBulkDeleted { guild_id, .. }
            | Self::ReactionAdded { guild_id, .. }
            | Self::ReactionRemoved { guild_id, .. }
            | Self::ReactionsCleared { guild_id, .. }
            | Self::MemberJoined { guild_id, .. }
            | Self::MemberUpdated { guild_id, .. }
            | Self::MemberLeft { guild_id, .. }
            | Self::PresenceChanged { guild_id, .. }
            | Self::ChannelUpdated { guild_id, .. }
            | Self::ChannelDeleted { guild_id, .. }
            | Self::ThreadCreated { guild_id, .. }
            | Self::ThreadUpdated { guild_id, .. }
            | Self::ThreadDeleted { guild_id, .. }
            | Self::RoleUpdated { guild_id, .. }
            | Self::RoleDeleted { guild_id, .. }
            | Self::GuildAvailable { guild_id, .. }
            | Self::GuildLeft { guild_id } => Some(*guild_id),
            Self::RelayGap { .. } | Self::RelayStatus { .. } => None,
        }
    }
}

/// State of one gateway connection as the relay sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct ShardStatus {
    pub shard: u32,
    pub shard_count: u32,
    pub state: ShardState,
    /// Heartbeat round trip; None before the first.
    pub latency_ms: Option<u64>,
    pub resumes: u64,
    pub gaps: u64,
    /// Says what is missing and how to mend it, e.g. an intent that the portal does not allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum ShardState {
    Connecting,
    Ready,
    Disconnected,
    Stopped,
}
