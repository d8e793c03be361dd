//! Reading the world: what people see, what tests ask, what the page shows.

use serde_json::{Map, Value, json};

use super::{
    Discord,
    gateway::session::Stats,
    ids::Id,
    model::{Channel, Guild, Message, kind},
    permissions::{self, READ_MESSAGE_HISTORY, VIEW_CHANNEL},
    state::State,
};

/// Messages of each channel that the page gets.
const SHOWN: usize = 200;

impl Discord {
    /// What `user` sees in `channel`, oldest first; nothing if the channel is hidden from them.
    pub fn messages_seen_by(&self, channel: Id, user: Id) -> Vec<Message> {
        let mut state = self.state();
        state.forget_old(self.shared.now_ms());
        if !state.can(user, channel, VIEW_CHANNEL | READ_MESSAGE_HISTORY) {
            return Vec::new();
        }
        let all = state.messages.get(&channel).into_iter().flatten().map(|(_, one)| one);
        all.filter(|one| one.visible_to.is_none_or(|only| only == user)).cloned().collect()
    }

    /// Every message of a channel, ephemeral ones too, oldest first.
    pub fn messages(&self, channel: Id) -> Vec<Message> {
        let mut state = self.state();
        state.forget_old(self.shared.now_ms());
        state.messages.get(&channel).map(|all| all.values().cloned().collect()).unwrap_or_default()
    }

    pub fn message(&self, channel: Id, message: Id) -> Option<Message> {
        self.state().message(channel, message).cloned()
    }

    pub fn channel(&self, id: Id) -> Option<Channel> {
        self.state().channels.get(&id).cloned()
    }

    /// All channels and threads of a guild.
    pub fn channels(&self, guild: Id) -> Vec<Channel> {
        let state = self.state();
        state.channels.values().filter(|one| one.guild_id == Some(guild)).cloned().collect()
    }

    pub fn channel_named(&self, guild: Id, name: &str) -> Option<Channel> {
        self.channels(guild).into_iter().find(|one| one.name == name)
    }

    pub fn guild(&self, id: Id) -> Option<Guild> {
        self.state().guilds.get(&id).cloned()
    }

    /// The member's DM with the bot, if one was opened.
    pub fn dm_of(&self, user: Id) -> Option<Id> {
        self.state().dms.get(&user).copied()
    }

    /// Whether `user` has all bits of `permission` in `channel`.
    pub fn can(&self, user: Id, channel: Id, permission: u64) -> bool {
        self.state().can(user, channel, permission)
    }

    /// The forms that are open for a member.
    pub fn modals_of(&self, user: Id) -> Vec<super::interactions::Modal> {
        self.state().modals.values().filter(|open| open.user_id == user).cloned().collect()
    }

    /// Requests to no route and answers that Discord would not take; empty at the end of a good test.
    pub fn unexpected(&self) -> Vec<String> {
        self.state().unexpected.clone()
    }

    pub fn gateway_stats(&self) -> Stats {
        self.state().hub.stats()
    }

    /// At most `limit` requests per `per_ms` to everything that begins with `METHOD /path`; an empty prefix is the global limit.
    pub fn limit(&self, prefix: &str, limit: usize, per_ms: i64) {
        self.state().limits.add(prefix, limit, per_ms, None);
    }

    /// The registered commands: of a guild, or the global ones.
    pub fn registered(&self, guild: Option<Id>) -> Vec<Value> {
        self.state().commands_of(guild).map(|one| one.json.clone()).collect()
    }

    /// What the page shows.
    pub fn world(&self) -> Value {
        let now = self.shared.now_ms();
        let mut state = self.state();
        state.forget_old(now);
        let guilds: Vec<Value> = state.guilds.values().map(|guild| guild_view(&state, guild)).collect();
        let messages: Map<String, Value> = state
            .messages
            .iter()
            .map(|(channel, all)| {
                let skip = all.len().saturating_sub(SHOWN);
                let shown: Vec<Value> = all.values().skip(skip).map(|one| message_view(&state, one)).collect();
                (channel.to_string(), json!(shown))
            })
            .collect();
        let dms: Vec<Value> = state
            .dms
            .iter()
            .map(|(user, id)| json!({"id": id, "user_id": user, "closed": state.closed_dms.contains(user)}))
            .collect();
        json!({
            "version": state.version, "now_ms": now,
            "application": {"id": state.application_id, "name": state.user(state.bot()).global_name, "public_key": self.public_key()},
            "guilds": guilds, "users": state.users.values().collect::<Vec<_>>(), "dms": dms,
            "closed_dms": state.closed_dms, "messages": messages,
            "commands": state.commands.iter().map(|one| &one.json).collect::<Vec<_>>(),
            "modals": state.modals.values().collect::<Vec<_>>(), "unexpected": state.unexpected,
        })
    }
}

fn guild_view(state: &State, guild: &Guild) -> Value {
    let of_guild = || state.channels.values().filter(|one| one.guild_id == Some(guild.id));
    let channels: Vec<Value> =
        of_guild().filter(|one| !one.is_thread()).map(|one| channel_view(state, guild, one)).collect();
    let threads: Vec<Value> =
        of_guild().filter(|one| one.is_thread()).map(|one| channel_view(state, guild, one)).collect();
    let members: Vec<Value> = guild
        .members
        .values()
        .map(|member| {
            let mut json = member.json(&state.user(member.user_id));
            if let Some(fields) = json.as_object_mut() {
                fields.insert("status".to_owned(), json!(member.status));
                let held = permissions::in_guild(guild, member.user_id).to_string();
                fields.insert("permissions".to_owned(), json!(held));
            }
            json
        })
        .collect();
    json!({
        "id": guild.id, "name": guild.name, "owner_id": guild.owner_id, "has_bot": guild.has_bot,
        "roles": guild.roles.iter().map(super::model::Role::json).collect::<Vec<_>>(),
        "channels": channels, "threads": threads, "members": members,
    })
}

/// With who sees it and who writes in it, so that the page need not compute permissions.
fn channel_view(state: &State, guild: &Guild, channel: &Channel) -> Value {
    let mut json = state.channel_json(channel);
    let who = |permission: u64| -> Vec<Id> {
        guild.members.keys().copied().filter(|user| state.can(*user, channel.id, permission)).collect()
    };
    if let Some(fields) = json.as_object_mut() {
        fields.insert("seen_by".to_owned(), json!(who(VIEW_CHANNEL)));
        if channel.kind != kind::CATEGORY {
            fields.insert("written_by".to_owned(), json!(who(VIEW_CHANNEL | permissions::SEND_MESSAGES)));
        }
        if let Some(thread) = &channel.thread {
            let inside: Vec<Id> = thread.members.iter().map(|(user, _)| *user).collect();
            fields.insert("member_ids".to_owned(), json!(inside));
        }
    }
    json
}

fn message_view(state: &State, message: &Message) -> Value {
    let mut json = state.message_json(message);
    if let Some(fields) = json.as_object_mut() {
        if let Some(only) = message.visible_to {
            fields.insert("visible_to".to_owned(), json!(only));
        }
        let reactions: Vec<Value> =
            message.reactions.iter().map(|one| json!({"emoji": one.emoji, "users": one.users})).collect();
        fields.insert("reacted".to_owned(), json!(reactions));
    }
    json
}
