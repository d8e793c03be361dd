//! The things of Discord that logic reads, and how each looks in JSON.

use serde::Serialize;
use serde_json::{Value, json};

use super::ids::{Id, timestamp};

#[derive(Clone, Debug, Serialize)]
pub struct User {
    pub id: Id,
    pub username: String,
    pub global_name: Option<String>,
    pub discriminator: &'static str,
    pub avatar: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    pub public_flags: u64,
}

impl User {
    pub fn new(id: Id, name: &str, bot: bool) -> Self {
        Self {
            id,
            username: name.to_lowercase().replace(' ', "_"),
            global_name: Some(name.to_owned()),
            discriminator: "0",
            avatar: None,
            bot,
            public_flags: 0,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Role {
    pub id: Id,
    pub name: String,
    pub permissions: u64,
    pub position: i64,
    pub managed: bool,
    pub mentionable: bool,
    pub hoist: bool,
    pub color: u64,
    /// The bot whose own role this is.
    pub bot_id: Option<Id>,
}

impl Role {
    pub fn json(&self) -> Value {
        let mut role = json!({
            "id": self.id, "name": self.name, "permissions": self.permissions.to_string(), "position": self.position,
            "managed": self.managed, "mentionable": self.mentionable, "hoist": self.hoist, "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": null, "tertiary_color": null},
            "flags": 0, "icon": null, "unicode_emoji": null,
        });
        if let (Some(bot), Some(fields)) = (self.bot_id, role.as_object_mut()) {
            fields.insert("tags".to_owned(), json!({"bot_id": bot}));
        }
        role
    }
}

#[derive(Clone, Debug)]
pub struct Member {
    pub user_id: Id,
    pub nick: Option<String>,
    pub roles: Vec<Id>,
    pub joined_at: String,
    pub status: String,
}

impl Member {
    /// Without `user`, as inside MESSAGE_CREATE.
    pub fn partial(&self) -> Value {
        json!({
            "nick": self.nick, "roles": self.roles, "joined_at": self.joined_at, "avatar": null, "banner": null,
            "deaf": false, "mute": false, "flags": 0, "pending": false, "premium_since": null,
            "communication_disabled_until": null,
        })
    }

    pub fn json(&self, user: &User) -> Value {
        let mut member = self.partial();
        if let Some(fields) = member.as_object_mut() {
            fields.insert("user".to_owned(), json!(user));
        }
        member
    }
}

#[derive(Clone, Debug)]
pub struct Guild {
    pub id: Id,
    pub name: String,
    pub owner_id: Id,
    pub roles: Vec<Role>,
    pub members: std::collections::BTreeMap<Id, Member>,
    /// Whether our bot is in it; a guild that it left stays here so that it can be invited again.
    pub has_bot: bool,
}

impl Guild {
    pub fn role(&self, id: Id) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// The position of the highest role of a member; the owner stands above all.
    pub fn rank(&self, user: Id) -> i64 {
        if user == self.owner_id {
            return i64::MAX;
        }
        let roles = self.members.get(&user).map_or(&[][..], |member| &member.roles);
        let positions = roles.iter().filter_map(|id| self.role(*id)).map(|role| role.position);
        positions.max().unwrap_or(0)
    }

    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "owner_id": self.owner_id,
            "roles": self.roles.iter().map(Role::json).collect::<Vec<_>>(),
            "icon": null, "splash": null, "discovery_splash": null, "banner": null, "description": null,
            "emojis": [], "stickers": [], "features": [], "afk_channel_id": null, "afk_timeout": 300,
            "application_id": null, "default_message_notifications": 1, "explicit_content_filter": 0, "mfa_level": 0,
            "nsfw_level": 0, "nsfw": false, "preferred_locale": "en-US", "premium_tier": 0,
            "premium_progress_bar_enabled": false, "premium_subscription_count": 0, "public_updates_channel_id": null,
            "rules_channel_id": null, "safety_alerts_channel_id": null, "system_channel_flags": 0,
            "system_channel_id": null, "vanity_url_code": null, "verification_level": 1, "widget_enabled": false,
            "widget_channel_id": null, "max_members": 500_000, "max_presences": null, "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50, "region": "deprecated",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverwriteKind {
    Role,
    Member,
}

#[derive(Clone, Copy, Debug)]
pub struct Overwrite {
    pub id: Id,
    pub kind: OverwriteKind,
    pub allow: u64,
    pub deny: u64,
}

impl Overwrite {
    pub fn json(&self) -> Value {
        let kind = if self.kind == OverwriteKind::Role { 0 } else { 1 };
        json!({"id": self.id, "type": kind, "allow": self.allow.to_string(), "deny": self.deny.to_string()})
    }
}

/// The channel types that a bot of this kind meets.
pub mod kind {
    pub const TEXT: u8 = 0;
    pub const DM: u8 = 1;
    pub const VOICE: u8 = 2;
    pub const CATEGORY: u8 = 4;
    pub const NEWS: u8 = 5;
    pub const NEWS_THREAD: u8 = 10;
    pub const PUBLIC_THREAD: u8 = 11;
    pub const PRIVATE_THREAD: u8 = 12;
    pub const FORUM: u8 = 15;
}

/// What only a thread has.
#[derive(Clone, Debug)]
pub struct Thread {
    pub archived: bool,
    pub locked: bool,
    pub invitable: bool,
    /// Minutes.
    pub auto_archive: u64,
    pub changed_ms: i64,
    /// Who is in it, and since when.
    pub members: Vec<(Id, i64)>,
    pub messages: u64,
}

impl Thread {
    /// An open thread with its maker in it.
    pub fn new(maker: Id, now_ms: i64) -> Self {
        Self {
            archived: false,
            locked: false,
            invitable: true,
            auto_archive: 4_320,
            changed_ms: now_ms,
            members: vec![(maker, now_ms)],
            messages: 0,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Channel {
    pub id: Id,
    pub kind: u8,
    pub guild_id: Option<Id>,
    pub parent_id: Option<Id>,
    pub name: String,
    pub topic: Option<String>,
    pub position: i64,
    pub nsfw: bool,
    pub slowmode: u64,
    pub overwrites: Vec<Overwrite>,
    pub last_message_id: Option<Id>,
    /// Who made a thread.
    pub owner_id: Option<Id>,
    /// The person on the other side of a DM.
    pub recipient: Option<Id>,
    pub thread: Option<Thread>,
}

impl Channel {
    pub fn new(id: Id, kind: u8, guild_id: Option<Id>, name: &str) -> Self {
        Self {
            id,
            kind,
            guild_id,
            parent_id: None,
            name: name.to_owned(),
            topic: None,
            position: 0,
            nsfw: false,
            slowmode: 0,
            overwrites: Vec::new(),
            last_message_id: None,
            owner_id: None,
            recipient: None,
            thread: None,
        }
    }

    pub fn is_thread(&self) -> bool {
        self.thread.is_some()
    }

    pub fn holds_messages(&self) -> bool {
        !matches!(self.kind, kind::CATEGORY | kind::FORUM)
    }

    pub fn json(&self, recipient: Option<&User>) -> Value {
        if self.kind == kind::DM {
            return json!({
                "id": self.id, "type": self.kind, "last_message_id": self.last_message_id, "flags": 0,
                "recipients": recipient.into_iter().collect::<Vec<_>>(),
            });
        }
        let mut channel = json!({
            "id": self.id, "type": self.kind, "guild_id": self.guild_id, "parent_id": self.parent_id, "name": self.name,
            "flags": 0,
        });
        let Some(fields) = channel.as_object_mut() else {
            return channel;
        };
        if self.holds_messages() {
            fields.insert("last_message_id".to_owned(), json!(self.last_message_id));
            fields.insert("rate_limit_per_user".to_owned(), json!(self.slowmode));
        }
        if let Some(thread) = &self.thread {
            fields.insert("owner_id".to_owned(), json!(self.owner_id));
            fields.insert("thread_metadata".to_owned(), self.thread_metadata(thread));
            fields.insert("message_count".to_owned(), json!(thread.messages));
            fields.insert("total_message_sent".to_owned(), json!(thread.messages));
            // Discord stops counting at 50.
            fields.insert("member_count".to_owned(), json!(thread.members.len().min(50)));
        } else {
            fields.insert("position".to_owned(), json!(self.position));
            fields.insert("topic".to_owned(), json!(self.topic));
            fields.insert("nsfw".to_owned(), json!(self.nsfw));
            let overwrites: Vec<Value> = self.overwrites.iter().map(Overwrite::json).collect();
            fields.insert("permission_overwrites".to_owned(), json!(overwrites));
        }
        channel
    }

    fn thread_metadata(&self, thread: &Thread) -> Value {
        let mut metadata = json!({
            "archived": thread.archived, "locked": thread.locked, "auto_archive_duration": thread.auto_archive,
            "archive_timestamp": timestamp(thread.changed_ms), "create_timestamp": timestamp(self.id.created_ms()),
        });
        if self.kind == kind::PRIVATE_THREAD
            && let Some(fields) = metadata.as_object_mut()
        {
            fields.insert("invitable".to_owned(), json!(thread.invitable));
        }
        metadata
    }

    /// The thread's membership of one user, if it has one.
    pub fn thread_member(&self, user: Id) -> Option<Value> {
        let (_, since) = self.thread.as_ref()?.members.iter().find(|(id, _)| *id == user)?;
        Some(json!({"id": self.id, "user_id": user, "join_timestamp": timestamp(*since), "flags": 0}))
    }
}

/// A file of a message; only its name, type and size are kept.
#[derive(Clone, Debug, Serialize)]
pub struct Attachment {
    pub id: Id,
    pub filename: String,
    pub size: usize,
    pub url: String,
    pub proxy_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Emoji {
    pub id: Option<Id>,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Reaction {
    pub emoji: Emoji,
    pub users: Vec<Id>,
}

/// A message. It serialises as REST shows it to the bot; the gateway adds `guild_id` and `member`.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    pub id: Id,
    pub channel_id: Id,
    pub author: User,
    pub content: String,
    pub timestamp: String,
    pub edited_timestamp: Option<String>,
    pub tts: bool,
    /// Whether it really pinged everyone, after `allowed_mentions`; the same holds for `mentions` and `mention_roles`.
    pub mention_everyone: bool,
    pub mentions: Vec<User>,
    pub mention_roles: Vec<Id>,
    pub attachments: Vec<Attachment>,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "reactions")]
    pub reactions: Vec<Reaction>,
    pub pinned: bool,
    #[serde(rename = "type")]
    pub kind: u8,
    pub flags: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_reference: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referenced_message: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<Id>,
    /// The only person who sees an ephemeral message.
    #[serde(skip)]
    pub visible_to: Option<Id>,
}

/// Message flags.
pub mod flag {
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    pub const HAS_THREAD: u64 = 1 << 5;
    pub const EPHEMERAL: u64 = 1 << 6;
    pub const LOADING: u64 = 1 << 7;
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    pub const COMPONENTS_V2: u64 = 1 << 15;
}

/// `me` is left out here: only the bot asks, and [`super::state::State::message_json`] fills it in.
fn reactions<S: serde::Serializer>(all: &[Reaction], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(|reaction| {
        json!({
            "emoji": reaction.emoji, "count": reaction.users.len(), "me": false, "me_burst": false, "burst_colors": [],
            "count_details": {"burst": 0, "normal": reaction.users.len()},
        })
    }))
}
