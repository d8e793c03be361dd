//! The body of a message as it is sent, by REST or in answer to an interaction. It pings nobody unless told to.

use serde::Serialize;
use twilight_model::{
    channel::message::{AllowedMentions, Component, Embed, MessageFlags, MessageReference},
    id::Id,
};

use twilight_util::builder::embed::EmbedBuilder;

use relay_wire::Snowflake;

/// Colours of embeds, one meaning each.
pub mod colour {
    pub const INFO: u32 = 0x5865F2;
    pub const GOOD: u32 = 0x2ECC71;
    pub const ERROR: u32 = 0xE74C3C;
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MessageBody {
    /// Content, embeds and components are always sent, though empty: an edit without them would keep the old ones.
    pub content: String,
    pub embeds: Vec<Embed>,
    pub components: Vec<Component>,
    pub allowed_mentions: Mentions,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<MessageFlags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_reference: Option<MessageReference>,
    /// With it, the same message sent again within a few minutes is not posted twice.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
}

/// Whom a message may ping. Discord's own default would be everyone; ours is nobody.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Mentions(pub AllowedMentions);

impl Default for Mentions {
    fn default() -> Self {
        Self(AllowedMentions { parse: vec![], replied_user: false, roles: vec![], users: vec![] })
    }
}

impl Mentions {
    /// Only these are pinged; Discord takes at most 100 of each.
    pub fn of(users: &[Snowflake], roles: &[Snowflake]) -> Self {
        let users = users.iter().filter_map(|id| Id::new_checked(id.0)).collect();
        let roles = roles.iter().filter_map(|id| Id::new_checked(id.0)).collect();
        Self(AllowedMentions { parse: vec![], replied_user: false, roles, users })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nonce {
    /// At most 25 characters.
    nonce: String,
    enforce_nonce: bool,
}

impl Nonce {
    /// `purpose` tells two messages about the same thing apart; at most 4 characters.
    pub fn of(purpose: &str, id: Snowflake) -> Self {
        Self { nonce: format!("{purpose}{id}"), enforce_nonce: true }
    }
}

/// Something to attach to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Without quotes, slashes and line breaks.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Where Discord shows a message; None for the guild: it is a direct one.
pub fn link(guild: Option<Snowflake>, channel: Snowflake, message: Snowflake) -> String {
    let guild = guild.map_or_else(|| "@me".to_owned(), |guild| guild.to_string());
    format!("https://discord.com/channels/{guild}/{channel}/{message}")
}

/// One text in an embed of this colour.
pub fn said(text: impl Into<String>, colour: u32) -> MessageBody {
    MessageBody::embed(EmbedBuilder::new().description(text).color(colour).build())
}

impl MessageBody {
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    pub fn embed(embed: Embed) -> Self {
        Self { embeds: vec![embed], ..Self::default() }
    }

    /// Answers a message in its channel; if it is gone, the answer is posted all the same.
    pub fn in_reply_to(mut self, message: Snowflake) -> Self {
        self.message_reference = Id::new_checked(message.0).map(|id| MessageReference {
            channel_id: None,
            guild_id: None,
            kind: Default::default(),
            message_id: Some(id),
            fail_if_not_exists: Some(false),
        });
        self
    }

    pub fn with_nonce(mut self, nonce: Nonce) -> Self {
        self.nonce = Some(nonce);
        self
    }
}
