//! Changes to members, roles, channels and threads that both people and the bot make; each tells the gateway.

use serde_json::json;

use super::{
    ids::{Id, timestamp},
    model::{Channel, Member, Role, Thread, User, flag},
    state::State,
};

impl State {
    /// Changes a member and tells GUILD_MEMBER_UPDATE.
    pub fn change_member(&mut self, guild: Id, user: Id, change: impl FnOnce(&mut Member)) -> bool {
        let Some(member) = self.member_mut(guild, user) else {
            return false;
        };
        change(member);
        let member = member.clone();
        self.tell_member("GUILD_MEMBER_UPDATE", guild, member.json(&self.user(user)));
        true
    }

    /// A person comes to a guild; made up first if nobody knows them.
    pub fn join_guild(&mut self, guild: Id, user: Id, name: &str, now: i64) {
        self.users.entry(user).or_insert_with(|| User::new(user, name, false));
        let member = Member {
            user_id: user,
            nick: None,
            roles: Vec::new(),
            joined_at: timestamp(now),
            status: "online".to_owned(),
        };
        let Some(found) = self.guilds.get_mut(&guild) else {
            return;
        };
        found.members.insert(user, member.clone());
        self.tell_member("GUILD_MEMBER_ADD", guild, member.json(&self.user(user)));
    }

    /// The bot is invited or thrown out. Tell GUILD_DELETE before.
    pub fn set_bot(&mut self, guild: Id, inside: bool) {
        if let Some(found) = self.guilds.get_mut(&guild) {
            found.has_bot = inside;
        }
        if inside {
            self.tell_guild(guild);
        }
        self.version += 1;
    }

    pub fn leave_guild(&mut self, guild: Id, user: Id) {
        if let Some(found) = self.guilds.get_mut(&guild) {
            found.members.remove(&user);
        }
        for channel in self.channels.values_mut().filter(|one| one.guild_id == Some(guild)) {
            if let Some(thread) = &mut channel.thread {
                thread.members.retain(|(id, _)| *id != user);
            }
        }
        let user = json!({"user": self.user(user)});
        self.tell_member("GUILD_MEMBER_REMOVE", guild, user);
    }

    pub fn add_role(&mut self, guild: Id, role: Role) {
        let Some(found) = self.guilds.get_mut(&guild) else {
            return;
        };
        // A new role comes in just above @everyone.
        for other in found.roles.iter_mut().filter(|other| other.position >= role.position) {
            other.position += 1;
        }
        let data = json!({"role": role.json()});
        found.roles.push(role);
        self.tell_role("GUILD_ROLE_CREATE", guild, data);
    }

    pub fn remove_role(&mut self, guild: Id, role: Id) {
        let Some(found) = self.guilds.get_mut(&guild) else {
            return;
        };
        found.roles.retain(|one| one.id != role);
        let holders: Vec<Id> =
            found.members.values().filter(|member| member.roles.contains(&role)).map(|member| member.user_id).collect();
        for channel in self.channels.values_mut().filter(|one| one.guild_id == Some(guild)) {
            channel.overwrites.retain(|one| one.id != role);
        }
        self.tell_role("GUILD_ROLE_DELETE", guild, json!({"role_id": role}));
        for user in holders {
            self.change_member(guild, user, |member| member.roles.retain(|id| *id != role));
        }
    }

    /// Removes a channel with its threads; a category's channels stay, without it.
    pub fn remove_channel(&mut self, id: Id) {
        let Some(channel) = self.channels.get(&id).cloned() else {
            return;
        };
        self.drop_channel(id);
        self.tell_channel("DELETE", &channel);
        let orphans: Vec<Id> =
            self.channels.values().filter(|one| one.parent_id == Some(id)).map(|one| one.id).collect();
        for orphan in orphans {
            if let Some(channel) = self.channels.get_mut(&orphan) {
                channel.parent_id = None;
                let channel = channel.clone();
                self.tell_channel("UPDATE", &channel);
            }
        }
    }

    /// Adds a thread below `parent` and tells THREAD_CREATE.
    pub fn make_thread(&mut self, parent: Id, id: Id, kind: u8, name: &str, maker: Id, thread: Thread) -> Channel {
        let guild = self.channels.get(&parent).and_then(|one| one.guild_id);
        let mut channel = Channel::new(id, kind, guild, name);
        channel.parent_id = Some(parent);
        channel.owner_id = Some(maker);
        channel.thread = Some(thread);
        self.channels.insert(id, channel.clone());
        if let Some(message) = self.message_mut(parent, id) {
            message.flags |= flag::HAS_THREAD;
        }
        self.tell_channel("CREATE", &channel);
        channel
    }

    /// Archives the threads in which nothing happened for as long as they say.
    pub fn archive_idle_threads(&mut self, now_ms: i64) {
        let idle = |one: &&mut Channel| {
            let last = one.last_message_id.unwrap_or(one.id).created_ms();
            let thread = one.thread.as_ref().filter(|thread| !thread.archived);
            thread.is_some_and(|thread| now_ms - last.max(thread.changed_ms) > thread.auto_archive as i64 * 60_000)
        };
        let mut archived = Vec::new();
        for channel in self.channels.values_mut().filter(idle) {
            if let Some(thread) = &mut channel.thread {
                thread.archived = true;
                thread.changed_ms = now_ms;
            }
            archived.push(channel.clone());
        }
        for channel in archived {
            self.tell_channel("UPDATE", &channel);
        }
    }

    pub fn join_thread(&mut self, id: Id, user: Id, now: i64) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let Some(thread) = &mut channel.thread else {
            return;
        };
        if thread.members.iter().any(|(id, _)| *id == user) {
            return;
        }
        thread.members.push((user, now));
        let channel = channel.clone();
        self.tell_thread_members(&channel, &[user], &[]);
    }

    pub fn leave_thread(&mut self, id: Id, user: Id) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let Some(thread) = &mut channel.thread else {
            return;
        };
        let before = thread.members.len();
        thread.members.retain(|(id, _)| *id != user);
        if thread.members.len() != before {
            let channel = channel.clone();
            self.tell_thread_members(&channel, &[], &[user]);
        }
    }
}
