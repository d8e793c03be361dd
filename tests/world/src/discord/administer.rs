//! What an owner or administrator does to a guild: channels, overwrites, roles, and inviting or removing the bot.

use super::{
    Discord,
    ids::Id,
    model::{Channel, Overwrite, Thread, kind},
    permissions as may,
    validate::length,
};

impl Discord {
    /// A text channel, with the overwrites of its category.
    pub fn create_channel(&self, guild: Id, name: &str, parent: Option<Id>) -> Result<Id, String> {
        self.act(|state, now| {
            state.guilds.get(&guild).ok_or("no such guild")?;
            let category = parent.map(|id| state.channels.get(&id).filter(|one| one.kind == kind::CATEGORY));
            if matches!(category, Some(None)) {
                return Err("no such category".to_owned());
            }
            let overwrites = category.flatten().map(|one| one.overwrites.clone()).unwrap_or_default();
            let id = state.new_id(now);
            let mut channel = Channel::new(id, kind::TEXT, Some(guild), name);
            channel.parent_id = parent;
            channel.overwrites = overwrites;
            state.channels.insert(id, channel.clone());
            state.tell_channel("CREATE", &channel);
            Ok(id)
        })
    }

    /// Deletes a channel or a thread.
    pub fn delete_channel(&self, channel: Id) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.channels.get(&channel);
            found.filter(|one| one.kind != kind::DM).ok_or("no such channel")?;
            state.remove_channel(channel);
            Ok(())
        })
    }

    /// Sets one overwrite of a channel; without any bits it is removed.
    pub fn set_overwrite(&self, channel: Id, overwrite: Overwrite) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.channels.get_mut(&channel).filter(|one| one.guild_id.is_some());
            let found = found.ok_or("no such channel")?;
            found.overwrites.retain(|one| one.id != overwrite.id);
            if overwrite.allow | overwrite.deny != 0 {
                found.overwrites.push(overwrite);
            }
            let found = found.clone();
            state.tell_channel("UPDATE", &found);
            Ok(())
        })
    }

    pub fn delete_role(&self, guild: Id, role: Id) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.guilds.get(&guild).and_then(|guild| guild.role(role));
            let found = found.filter(|role| !role.managed && role.id != guild);
            found.ok_or("no such role")?;
            state.remove_role(guild, role);
            Ok(())
        })
    }

    /// Changes what a role may do; the bot's own role too.
    pub fn set_role_permissions(&self, guild: Id, role: Id, permissions: u64) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.role_mut(guild, role).ok_or("no such role")?;
            found.permissions = permissions & may::ALL;
            let data = serde_json::json!({"role": found.json()});
            state.tell_role("GUILD_ROLE_UPDATE", guild, data);
            Ok(())
        })
    }

    /// A member opens a thread: from a message, or alone.
    pub fn create_thread(
        &self,
        channel: Id,
        user: Id,
        name: &str,
        message: Option<Id>,
        private: bool,
    ) -> Result<Id, String> {
        self.act(|state, now| {
            let place = state.channels.get(&channel).ok_or("no such channel")?;
            if !matches!(place.kind, kind::TEXT | kind::NEWS) {
                return Err("no thread can be opened here".to_owned());
            }
            let needed = if private { may::CREATE_PRIVATE_THREADS } else { may::CREATE_PUBLIC_THREADS };
            if !state.can(user, channel, may::VIEW_CHANNEL | needed) {
                return Err("the member may not open a thread here".to_owned());
            }
            if !(1..=100).contains(&length(name)) {
                return Err("a thread's name has 1 to 100 characters".to_owned());
            }
            let found = message.map(|id| state.message(channel, id).is_some_and(|one| one.visible_to.is_none()));
            if found == Some(false) {
                return Err("no such message".to_owned());
            }
            let id = message.unwrap_or_else(|| state.new_id(now));
            if state.channels.contains_key(&id) {
                return Err("the message has a thread already".to_owned());
            }
            let of_kind = if private { kind::PRIVATE_THREAD } else { kind::PUBLIC_THREAD };
            state.make_thread(channel, id, of_kind, name, user, Thread::new(user, now));
            Ok(id)
        })
    }

    /// Discord has an outage of one guild, or it is over.
    pub fn set_available(&self, guild: Id, available: bool) {
        let mut state = self.state();
        if available {
            state.tell_guild(guild);
        } else {
            state.tell_guild_gone(guild, true);
        }
        drop(state);
        self.changed();
    }
}
