//! Channels of a guild as this project makes, changes and reads them, and who may do what in them.

use from_json::{FromJson, Unfit, Value, json};
use relay_wire::{Snowflake, Text};
use reqwest::Method;
use serde::Serialize;
use twilight_model::guild::Permissions;

use super::{
    message::{File, MessageBody},
    read::{Author, Message},
    rest::Rest,
};
use crate::error::ServiceError;

/// Channel types. Source: API reference, "Channel Types".
pub mod kind {
    pub const TEXT: u8 = 0;
    pub const CATEGORY: u8 = 4;
    pub const PRIVATE_THREAD: u8 = 12;
}

/// What a role or member may do in one channel, beside what they may do in the guild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Overwrite {
    pub id: Snowflake,
    #[serde(rename = "type")]
    pub kind: u8,
    #[serde(default)]
    pub allow: Bits,
    #[serde(default)]
    pub deny: Bits,
}

/// Permissions as Discord writes them: a decimal number in a string. Bits that are not known here are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(pub Permissions);

impl Default for Bits {
    fn default() -> Self {
        Self(Permissions::empty())
    }
}

impl Overwrite {
    pub const ROLE: u8 = 0;
    pub const MEMBER: u8 = 1;

    pub fn role(id: Snowflake, allow: Permissions, deny: Permissions) -> Self {
        Self { id, kind: Self::ROLE, allow: Bits(allow), deny: Bits(deny) }
    }

    pub fn member(id: Snowflake, allow: Permissions, deny: Permissions) -> Self {
        Self { id, kind: Self::MEMBER, allow: Bits(allow), deny: Bits(deny) }
    }
}

impl Serialize for Bits {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.bits())
    }
}

impl FromJson for Bits {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let bits = json.as_str().and_then(|bits| bits.parse().ok());
        bits.map(|bits| Self(Permissions::from_bits_retain(bits))).ok_or(Unfit::wanted("bits as a decimal string"))
    }
}

/// A channel to be made.
#[derive(Debug, Serialize)]
pub struct NewChannel {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: u8,
    pub topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Snowflake>,
    pub permission_overwrites: Vec<Overwrite>,
}

#[derive(Clone, Debug, FromJson)]
pub struct Channel {
    pub id: Snowflake,
    #[serde(rename = "type")]
    pub kind: u8,
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    topic: Option<Text>,
    #[serde(default)]
    pub parent_id: Option<Snowflake>,
    #[serde(default)]
    pub permission_overwrites: Vec<Overwrite>,
    /// Of a thread.
    #[serde(default)]
    pub thread_metadata: Option<ThreadState>,
}

/// Who may still write in a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromJson)]
pub struct ThreadState {
    /// Nothing in it changes before it is taken out of the archive.
    #[serde(default)]
    pub archived: bool,
    /// Only who manages threads takes it out of the archive.
    #[serde(default)]
    pub locked: bool,
}

impl Channel {
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("", |name| &name.0)
    }

    pub fn topic(&self) -> &str {
        self.topic.as_ref().map_or("", |topic| &topic.0)
    }
}

#[derive(Clone, Debug, FromJson)]
pub struct Role {
    pub id: Snowflake,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    pub permissions: Bits,
    /// Anybody may ping it.
    #[serde(default)]
    pub mentionable: bool,
}

impl Role {
    pub fn name(&self) -> &str {
        &self.name.0
    }
}

/// A guild as far as rights in it go.
#[derive(Clone, Debug, FromJson)]
pub struct Guild {
    pub id: Snowflake,
    pub owner_id: Snowflake,
    pub roles: Vec<Role>,
}

#[derive(Clone, Debug, FromJson)]
pub struct Member {
    pub user: Author,
    #[serde(default)]
    pub roles: Vec<Snowflake>,
}

impl Guild {
    /// What a member may do by their roles alone. Source: API reference, "Permission Hierarchy".
    pub fn permissions_of(&self, member: &Member) -> Permissions {
        if member.user.id == self.owner_id {
            return Permissions::all();
        }
        let theirs = self.roles.iter().filter(|role| role.id == self.id || member.roles.contains(&role.id));
        let sum = theirs.fold(Permissions::empty(), |sum, role| sum | role.permissions.0);
        if sum.contains(Permissions::ADMINISTRATOR) { Permissions::all() } else { sum }
    }
}

impl Guild {
    /// What a member may do in a channel of the guild (not in a thread). Source: API reference, "Permission Overwrites".
    pub fn permissions_in(&self, member: &Member, channel: &Channel) -> Permissions {
        let base = self.permissions_of(member);
        if base.contains(Permissions::ADMINISTRATOR) {
            return base;
        }
        let apply = |held: Permissions, over: (Permissions, Permissions)| (held - over.1) | over.0;
        let sum = |of: &dyn Fn(&Overwrite) -> bool| {
            let nothing = (Permissions::empty(), Permissions::empty());
            let some = channel.permission_overwrites.iter().filter(|one| of(one));
            some.fold(nothing, |(allow, deny), one| (allow | one.allow.0, deny | one.deny.0))
        };
        let of_role = |one: &Overwrite| one.kind == Overwrite::ROLE;
        let held = apply(base, sum(&|one| of_role(one) && one.id == self.id));
        let held = apply(held, sum(&|one| of_role(one) && one.id != self.id && member.roles.contains(&one.id)));
        let held = apply(held, sum(&|one| !of_role(one) && one.id == member.user.id));
        if held.contains(Permissions::VIEW_CHANNEL) { held } else { Permissions::empty() }
    }
}

impl Rest {
    pub async fn create_message_with(
        &self,
        channel: Snowflake,
        message: &MessageBody,
        file: &File,
    ) -> Result<Message, ServiceError> {
        self.call(Method::POST, format!("/channels/{channel}/messages")).form(message, Some(file))?.answer().await
    }

    pub async fn create_channel(
        &self,
        guild: Snowflake,
        channel: &NewChannel,
        reason: &str,
    ) -> Result<Channel, ServiceError> {
        self.call(Method::POST, format!("/guilds/{guild}/channels")).json(channel)?.reason(reason).answer().await
    }

    /// A thread that only who was added to it (and who manages threads) sees.
    pub async fn create_private_thread(
        &self,
        channel: Snowflake,
        name: &str,
        reason: &str,
    ) -> Result<Channel, ServiceError> {
        let thread = json!({
            "name": name, "type": kind::PRIVATE_THREAD, "invitable": false, "auto_archive_duration": 10_080,
        });
        self.call(Method::POST, format!("/channels/{channel}/threads")).json(&thread)?.reason(reason).answer().await
    }

    pub async fn channel(&self, channel: Snowflake) -> Result<Channel, ServiceError> {
        self.call(Method::GET, format!("/channels/{channel}")).answer().await
    }

    /// All channels of a guild but its threads.
    pub async fn channels(&self, guild: Snowflake) -> Result<Vec<Channel>, ServiceError> {
        self.call(Method::GET, format!("/guilds/{guild}/channels")).answer().await
    }

    /// Changes what `fields` name (`name`, `parent_id`, `permission_overwrites`; of a thread `archived`, `locked`).
    pub async fn change_channel(&self, channel: Snowflake, fields: &Value, reason: &str) -> Result<(), ServiceError> {
        self.call(Method::PATCH, format!("/channels/{channel}")).json(fields)?.reason(reason).sent().await.map(drop)
    }

    pub async fn delete_channel(&self, channel: Snowflake, reason: &str) -> Result<(), ServiceError> {
        self.call(Method::DELETE, format!("/channels/{channel}")).reason(reason).sent().await.map(drop)
    }

    pub async fn add_to_thread(&self, thread: Snowflake, user: Snowflake) -> Result<(), ServiceError> {
        self.call(Method::PUT, format!("/channels/{thread}/thread-members/{user}")).sent().await.map(drop)
    }

    pub async fn remove_from_thread(&self, thread: Snowflake, user: Snowflake) -> Result<(), ServiceError> {
        self.call(Method::DELETE, format!("/channels/{thread}/thread-members/{user}")).sent().await.map(drop)
    }

    pub async fn is_in_thread(&self, thread: Snowflake, user: Snowflake) -> Result<bool, ServiceError> {
        match self.call(Method::GET, format!("/channels/{thread}/thread-members/{user}")).sent().await {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The guild with its roles.
    pub async fn guild(&self, guild: Snowflake) -> Result<Guild, ServiceError> {
        self.call(Method::GET, format!("/guilds/{guild}")).answer().await
    }

    /// A member; refused with 404 who is not one.
    pub async fn member(&self, guild: Snowflake, user: Snowflake) -> Result<Member, ServiceError> {
        self.call(Method::GET, format!("/guilds/{guild}/members/{user}")).answer().await
    }
}
