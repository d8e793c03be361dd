//! Acting as people: what a member could do in Discord's own client, and only that.

use super::{
    Discord,
    ids::Id,
    model::{Message, User},
    permissions as may,
    post::Draft,
    react,
    rest::body::Upload,
    state::State,
    validate::length,
};

impl Discord {
    pub fn send_message(&self, channel: Id, user: Id, content: &str, reply_to: Option<Id>) -> Result<Message, String> {
        self.act(|state, now| {
            writable(state, channel, user)?;
            if content.trim().is_empty() || length(content) > 2_000 {
                return Err("a message has 1 to 2,000 characters".to_owned());
            }
            let replied = reply_to
                .map(|to| state.message(channel, to).filter(|one| one.visible_to.is_none_or(|only| only == user)));
            if matches!(replied, Some(None)) {
                return Err("no such message to reply to".to_owned());
            }
            let mut draft = Draft::new(channel, user, content.trim());
            draft.reply_to = reply_to;
            Ok(state.post(draft, now))
        })
    }

    /// Chooses a file for an option of a command: what the option's value is then.
    pub fn attach(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Id {
        let base = self.options.public_base_url.clone();
        let bytes = bytes.into().into();
        let upload = Upload { index: 0, name: name.to_owned(), content_type: None, bytes };
        let (now, mut state) = (self.shared.now_ms(), self.state());
        let stored = state.store_files(&[upload], &serde_json::Value::Null, Id(0), &base, now);
        stored.into_iter().fold(Id(0), |_, file| {
            let id = file.id;
            state.attached.insert(id, file);
            id
        })
    }

    pub fn edit_message(&self, channel: Id, message: Id, content: &str) -> Result<Message, String> {
        self.act(|state, now| {
            let found = state.message(channel, message).ok_or("no such message")?;
            if found.author.id == state.bot() {
                return Err("the bot's messages are edited by the bot".to_owned());
            }
            writable(state, channel, found.author.id)?;
            if content.trim().is_empty() || length(content) > 2_000 {
                return Err("a message has 1 to 2,000 characters".to_owned());
            }
            let body = serde_json::json!({"content": content});
            state.revise(channel, message, &body, Vec::new(), now).ok_or_else(|| "no such message".to_owned())
        })
    }

    /// `by` deletes it: its author, or who may manage messages. Without `by`, the author.
    pub fn delete_message(&self, channel: Id, message: Id, by: Option<Id>) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.message(channel, message).ok_or("no such message")?;
            let author = found.author.id;
            let by = by.unwrap_or(author);
            let own = by == author || found.visible_to == Some(by);
            if !own && !state.can(by, channel, may::MANAGE_MESSAGES) {
                return Err("the member may not delete this message".to_owned());
            }
            state.erase(channel, &[message]);
            Ok(())
        })
    }

    /// As a moderator's purge: MESSAGE_DELETE_BULK.
    pub fn delete_messages(&self, channel: Id, messages: &[Id]) -> Result<(), String> {
        self.act(|state, _| {
            state.erase(channel, messages);
            Ok(())
        })
    }

    pub fn react(&self, channel: Id, message: Id, user: Id, emoji: &str) -> Result<(), String> {
        self.act(|state, _| {
            let emoji = react::emoji(emoji).ok_or("no such emoji")?;
            let found = seen(state, channel, message, user)?;
            let there = found.reactions.iter().any(|one| one.emoji == emoji);
            if !there && !state.can(user, channel, may::ADD_REACTIONS) {
                return Err("the member may not add reactions here".to_owned());
            }
            state.react(channel, message, user, &emoji);
            Ok(())
        })
    }

    pub fn unreact(&self, channel: Id, message: Id, user: Id, emoji: &str) -> Result<(), String> {
        self.act(|state, _| {
            let emoji = react::emoji(emoji).ok_or("no such emoji")?;
            seen(state, channel, message, user)?;
            match state.unreact(channel, message, user, &emoji) {
                true => Ok(()),
                false => Err("there is no such reaction".to_owned()),
            }
        })
    }

    /// A moderator takes all reactions of a message away, or all of one emoji.
    pub fn clear_reactions(&self, channel: Id, message: Id, emoji: Option<&str>) -> Result<(), String> {
        self.act(|state, _| {
            let emoji = emoji.map(|text| react::emoji(text).ok_or("no such emoji")).transpose()?;
            state.clear_reactions(channel, message, emoji.as_ref());
            Ok(())
        })
    }

    /// The member's DM with the bot.
    pub fn open_dm(&self, user: Id) -> Result<Id, String> {
        self.act(|state, now| {
            let found = state.users.get(&user).ok_or("no such user")?;
            if found.bot || !state.mutual_guild(user) {
                return Err("they share no guild with the bot".to_owned());
            }
            Ok(state.dm_with(user, now))
        })
    }

    /// In which language they use Discord: `de`.
    pub fn speaks(&self, user: Id, locale: &str) {
        self.state().locales.insert(user, locale.to_owned());
    }

    /// Whether the bot may write to the member.
    pub fn close_dms(&self, user: Id, closed: bool) {
        let mut state = self.state();
        if closed {
            state.closed_dms.insert(user);
        } else {
            state.closed_dms.remove(&user);
        }
        state.version += 1;
        drop(state);
        self.changed();
    }

    /// Adds a person who is in no guild yet.
    pub fn add_user(&self, name: &str) -> Id {
        let now = self.shared.now_ms();
        let mut state = self.state();
        let id = state.new_id(now);
        state.users.insert(id, User::new(id, name, false));
        id
    }

    /// The user of another application.
    pub fn add_bot(&self, name: &str) -> Id {
        let id = self.add_user(name);
        self.state().users.insert(id, User::new(id, name, true));
        id
    }

    pub fn join(&self, guild: Id, user: Id, name: &str) -> Result<(), String> {
        self.act(|state, now| {
            let found = state.guilds.get(&guild).ok_or("no such guild")?;
            if user == state.bot() {
                if found.has_bot {
                    return Err("the bot is in this guild already".to_owned());
                }
                state.set_bot(guild, true);
                return Ok(());
            }
            if found.members.contains_key(&user) {
                return Err("is a member already".to_owned());
            }
            state.join_guild(guild, user, name, now);
            Ok(())
        })
    }

    pub fn leave(&self, guild: Id, user: Id) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.guilds.get(&guild).ok_or("no such guild")?;
            if user == state.bot() {
                state.tell_guild_gone(guild, false);
                state.set_bot(guild, false);
                return Ok(());
            }
            if found.owner_id == user {
                return Err("the owner cannot leave".to_owned());
            }
            if !found.members.contains_key(&user) {
                return Err("is no member".to_owned());
            }
            state.leave_guild(guild, user);
            Ok(())
        })
    }

    pub fn set_roles(&self, guild: Id, user: Id, roles: &[Id]) -> Result<(), String> {
        self.act(|state, _| {
            let found = state.guilds.get(&guild).ok_or("no such guild")?;
            if roles.iter().any(|role| found.role(*role).is_none() || *role == guild) {
                return Err("no such role".to_owned());
            }
            match state.change_member(guild, user, |member| member.roles = roles.to_vec()) {
                true => Ok(()),
                false => Err("is no member".to_owned()),
            }
        })
    }

    pub fn set_nick(&self, guild: Id, user: Id, nick: Option<&str>) -> Result<(), String> {
        let nick = nick.filter(|nick| !nick.is_empty()).map(str::to_owned);
        if nick.as_deref().is_some_and(|nick| length(nick) > 32) {
            return Err("a nickname has at most 32 characters".to_owned());
        }
        self.act(|state, _| match state.change_member(guild, user, |member| member.nick = nick) {
            true => Ok(()),
            false => Err("is no member".to_owned()),
        })
    }

    /// `online`, `idle`, `dnd` or `offline`, in every guild of the member.
    pub fn set_presence(&self, user: Id, status: &str) -> Result<(), String> {
        if !matches!(status, "online" | "idle" | "dnd" | "offline") {
            return Err("no such status".to_owned());
        }
        self.act(|state, _| {
            let guilds: Vec<Id> = state.guilds.keys().copied().collect();
            for guild in guilds {
                if let Some(member) = state.member_mut(guild, user) {
                    status.clone_into(&mut member.status);
                    state.tell_presence(guild, user);
                }
            }
            Ok(())
        })
    }

    pub(super) fn act<T>(&self, what: impl FnOnce(&mut State, i64) -> Result<T, String>) -> Result<T, String> {
        let now = self.shared.now_ms();
        let result = what(&mut self.state(), now);
        self.changed();
        result
    }
}

fn writable(state: &State, channel: Id, user: Id) -> Result<(), String> {
    let place = state.channels.get(&channel).ok_or("no such channel")?;
    if !place.holds_messages() {
        return Err("nobody writes in such a channel".to_owned());
    }
    if !state.can(user, channel, may::VIEW_CHANNEL) {
        return Err("the member does not see this channel".to_owned());
    }
    if !state.can(user, channel, may::SEND_MESSAGES) {
        return Err("the member may not write here".to_owned());
    }
    let locked = place.thread.as_ref().is_some_and(|thread| thread.locked);
    if locked && !state.can(user, channel, may::MANAGE_THREADS) {
        return Err("the thread is locked".to_owned());
    }
    Ok(())
}

fn seen(state: &State, channel: Id, message: Id, user: Id) -> Result<&Message, String> {
    let found = state.message(channel, message).ok_or("no such message")?;
    if !state.can(user, channel, may::VIEW_CHANNEL) || found.visible_to.is_some() {
        return Err("the member does not see this message".to_owned());
    }
    Ok(found)
}
