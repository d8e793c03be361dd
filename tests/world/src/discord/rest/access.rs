//! What the bot may reach and do: unknown, missing access and missing permissions, in this order.

use super::{Call, reply::Refusal};
use crate::discord::{
    ids::Id,
    model::{Channel, Guild, Member, Message},
    permissions::{self, VIEW_CHANNEL},
};

impl Call<'_> {
    /// A channel that the bot sees.
    pub fn channel(&self, id: Id) -> Result<&Channel, Refusal> {
        let channel = self.state.channels.get(&id).ok_or_else(|| Refusal::unknown("Channel"))?;
        if !self.state.can(self.bot(), id, VIEW_CHANNEL) {
            return Err(Refusal::missing_access());
        }
        Ok(channel)
    }

    /// A channel that the bot sees and where it may do `permission`.
    pub fn channel_for(&self, id: Id, permission: u64) -> Result<&Channel, Refusal> {
        let channel = self.channel(id)?;
        if !self.state.can(self.bot(), id, permission) {
            return Err(Refusal::missing_permission());
        }
        Ok(channel)
    }

    pub fn message(&self, channel: Id, id: Id) -> Result<&Message, Refusal> {
        self.channel(channel)?;
        let found = self.state.message(channel, id);
        // REST never shows an ephemeral message: its interaction's token does.
        found.filter(|one| one.visible_to.is_none()).ok_or_else(|| Refusal::unknown("Message"))
    }

    /// A guild that the bot is in.
    pub fn guild(&self, id: Id) -> Result<&Guild, Refusal> {
        let guild = self.state.guilds.get(&id).ok_or_else(|| Refusal::unknown("Guild"))?;
        if !guild.has_bot {
            return Err(Refusal::missing_access());
        }
        Ok(guild)
    }

    /// A guild where the bot may do `permission`.
    pub fn guild_for(&self, id: Id, permission: u64) -> Result<&Guild, Refusal> {
        let guild = self.guild(id)?;
        if permissions::in_guild(guild, self.bot()) & permission != permission {
            return Err(Refusal::missing_permission());
        }
        Ok(guild)
    }

    pub fn member(&self, guild: Id, user: Id) -> Result<&Member, Refusal> {
        let guild = self.guild(guild)?;
        guild.members.get(&user).ok_or_else(|| match self.state.users.contains_key(&user) {
            true => Refusal::unknown("Member"),
            false => Refusal::unknown("User"),
        })
    }
}
