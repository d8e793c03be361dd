//! Who hears of what: intents, shards, the bot's own permissions, and the message content intent.

use serde_json::{Value, json};

use crate::discord::{
    ids::Id,
    model::{Channel, Message},
    permissions::VIEW_CHANNEL,
    state::State,
};

pub mod intent {
    pub const GUILDS: u64 = 1;
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
    /// Every bit that Discord defines.
    pub const KNOWN: u64 = 0xFFFF | 1 << 16 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;
}

impl State {
    /// To every session that has the guild (or, for DMs, shard 0) and one of `intents`; `bare` is for those who may not read content.
    fn emit(&mut self, name: &str, guild: Option<Id>, intents: u64, data: &str, bare: Option<&str>) {
        self.version += 1;
        if let Some(guild) = guild
            && !self.guilds.get(&guild).is_some_and(|one| one.has_bot)
        {
            return;
        }
        let hub = &mut self.hub;
        for session in hub.sessions.values_mut() {
            let mine = guild.map_or(session.shard.0 == 0, |guild| session.has_guild(guild));
            if !mine || !session.wants(intents) {
                continue;
            }
            let data = match bare {
                Some(bare) if session.intents & intent::MESSAGE_CONTENT == 0 => bare,
                _ => data,
            };
            if session.push(name, data) {
                hub.stats.dispatches += 1;
            }
        }
    }

    fn emit_json(&mut self, name: &str, guild: Option<Id>, intents: u64, data: &Value) {
        self.emit(name, guild, intents, &data.to_string(), None);
    }

    fn bot_sees(&self, channel: Id) -> bool {
        self.can(self.bot(), channel, VIEW_CHANNEL)
    }

    fn message_intent(&self, channel: Id) -> (Option<Id>, u64) {
        match self.channels.get(&channel).and_then(|one| one.guild_id) {
            Some(guild) => (Some(guild), intent::GUILD_MESSAGES),
            None => (None, intent::DIRECT_MESSAGES),
        }
    }

    /// MESSAGE_CREATE or MESSAGE_UPDATE.
    pub fn tell_message(&mut self, name: &str, message: &Message) {
        let channel = message.channel_id;
        self.version += 1;
        if message.visible_to.is_some() || !self.bot_sees(channel) {
            return;
        }
        let (guild, intents) = self.message_intent(channel);
        let place = self.channels.get(&channel).map_or(0, |one| one.kind);
        let member = guild
            .filter(|_| message.webhook_id.is_none())
            .and_then(|guild| self.member(guild, message.author.id))
            .map(|member| member.partial());
        let more = |message: &Message| {
            let Ok(mut json) = serde_json::to_string(message) else {
                return String::new();
            };
            json.pop();
            json.push_str(&format!(r#","channel_type":{place}"#));
            if let Some(guild) = guild {
                json.push_str(&format!(r#","guild_id":"{guild}""#));
            }
            if let Some(member) = &member {
                json.push_str(&format!(r#","member":{member}"#));
            }
            json.push('}');
            json
        };
        let full = more(message);
        let own = message.author.id == self.bot() || message.mentions.iter().any(|user| user.id == self.bot());
        let hidden = guild.is_some() && !own && self.somebody_may_not_read();
        let bare = hidden.then(|| {
            let mut bare = message.clone();
            bare.content.clear();
            bare.embeds.clear();
            bare.attachments.clear();
            bare.components.clear();
            more(&bare)
        });
        self.emit(name, guild, intents, &full, bare.as_deref());
    }

    fn somebody_may_not_read(&self) -> bool {
        self.hub.sessions.values().any(|one| one.intents & intent::MESSAGE_CONTENT == 0)
    }

    pub fn tell_deleted(&mut self, channel: Id, messages: &[Id]) {
        self.version += 1;
        if !self.bot_sees(channel) {
            return;
        }
        let (guild, intents) = self.message_intent(channel);
        let (name, mut data) = match messages {
            [one] => ("MESSAGE_DELETE", json!({"id": one, "channel_id": channel})),
            many => ("MESSAGE_DELETE_BULK", json!({"ids": many, "channel_id": channel})),
        };
        with_guild(&mut data, guild);
        self.emit_json(name, guild, intents, &data);
    }

    /// MESSAGE_REACTION_*; `data` lacks only what says where.
    pub fn tell_reaction(&mut self, name: &str, channel: Id, message: Id, mut data: Value) {
        self.version += 1;
        if !self.bot_sees(channel) {
            return;
        }
        let guild = self.channels.get(&channel).and_then(|one| one.guild_id);
        let intents = match guild {
            Some(_) => intent::GUILD_MESSAGE_REACTIONS,
            None => intent::DIRECT_MESSAGE_REACTIONS,
        };
        if let Some(fields) = data.as_object_mut() {
            fields.insert("channel_id".to_owned(), json!(channel));
            fields.insert("message_id".to_owned(), json!(message));
        }
        with_guild(&mut data, guild);
        self.emit_json(name, guild, intents, &data);
    }

    /// CHANNEL_* or THREAD_*, by what the channel is; `verb` is CREATE, UPDATE or DELETE.
    pub fn tell_channel(&mut self, verb: &str, channel: &Channel) {
        self.version += 1;
        let Some(guild) = channel.guild_id else {
            return;
        };
        if !channel.is_thread() {
            let data = self.channel_json(channel);
            return self.emit_json(&format!("CHANNEL_{verb}"), Some(guild), intent::GUILDS, &data);
        }
        if verb != "DELETE" && !self.bot_sees(channel.id) {
            return;
        }
        let data = match verb {
            "DELETE" => json!({
                "id": channel.id, "guild_id": guild, "parent_id": channel.parent_id, "type": channel.kind,
            }),
            _ => {
                let mut data = self.channel_json(channel);
                if let Some(fields) = data.as_object_mut() {
                    if verb == "CREATE" {
                        fields.insert("newly_created".to_owned(), json!(true));
                    }
                    if let Some(member) = channel.thread_member(self.bot()) {
                        fields.insert("member".to_owned(), member);
                    }
                }
                data
            }
        };
        self.emit_json(&format!("THREAD_{verb}"), Some(guild), intent::GUILDS, &data);
    }

    /// Who came to and left a thread.
    pub fn tell_thread_members(&mut self, channel: &Channel, added: &[Id], removed: &[Id]) {
        self.version += 1;
        let (Some(guild), Some(thread)) = (channel.guild_id, &channel.thread) else {
            return;
        };
        if !self.bot_sees(channel.id) && !removed.contains(&self.bot()) {
            return;
        }
        let mut data = json!({
            "id": channel.id, "guild_id": guild, "member_count": thread.members.len().min(50),
            "removed_member_ids": removed,
        });
        let added: Vec<Value> = added.iter().filter_map(|id| channel.thread_member(*id)).collect();
        if let Some(fields) = data.as_object_mut()
            && !added.is_empty()
        {
            fields.insert("added_members".to_owned(), json!(added));
        }
        // With GUILDS alone only the bot's own coming and going is told.
        let own =
            added.iter().any(|one| one.get("user_id") == Some(&json!(self.bot()))) || removed.contains(&self.bot());
        let intents = if own { intent::GUILDS | intent::GUILD_MEMBERS } else { intent::GUILD_MEMBERS };
        self.emit_json("THREAD_MEMBERS_UPDATE", Some(guild), intents, &data);
    }

    pub fn tell_member(&mut self, name: &str, guild: Id, mut data: Value) {
        with_guild(&mut data, Some(guild));
        self.emit_json(name, Some(guild), intent::GUILD_MEMBERS, &data);
    }

    pub fn tell_presence(&mut self, guild: Id, user: Id) {
        let Some(status) = self.member(guild, user).map(|member| member.status.clone()) else {
            return;
        };
        let data = presence(user, &status, Some(guild));
        self.emit_json("PRESENCE_UPDATE", Some(guild), intent::GUILD_PRESENCES, &data);
    }

    pub fn tell_role(&mut self, name: &str, guild: Id, mut data: Value) {
        with_guild(&mut data, Some(guild));
        self.emit_json(name, Some(guild), intent::GUILDS, &data);
    }

    /// GUILD_CREATE to every session of the guild: the bot came, or the guild is back.
    pub fn tell_guild(&mut self, guild: Id) {
        self.version += 1;
        let Some(full) = self.guild_create(guild, true) else {
            return;
        };
        let bare = self.guild_create(guild, false).unwrap_or_default().to_string();
        let full = full.to_string();
        for session in self.hub.sessions.values_mut() {
            if session.has_guild(guild) && session.wants(intent::GUILDS) {
                let everyone = session.intents & intent::GUILD_MEMBERS != 0;
                session.push("GUILD_CREATE", if everyone { &full } else { &bare });
            }
        }
    }

    /// GUILD_DELETE; the bot left or, if `unavailable`, Discord has an outage. Call it before `has_bot` is taken away.
    pub fn tell_guild_gone(&mut self, guild: Id, unavailable: bool) {
        let mut data = json!({"id": guild});
        if let (true, Some(fields)) = (unavailable, data.as_object_mut()) {
            fields.insert("unavailable".to_owned(), json!(true));
        }
        self.emit_json("GUILD_DELETE", Some(guild), intent::GUILDS, &data);
    }

    /// The whole guild; without GUILD_MEMBERS only the bot itself is listed.
    pub fn guild_create(&self, id: Id, everyone: bool) -> Option<Value> {
        let guild = self.guilds.get(&id).filter(|guild| guild.has_bot)?;
        let mut data = guild.json();
        let of_guild = || self.channels.values().filter(|one| one.guild_id == Some(id));
        let channels: Vec<Value> =
            of_guild().filter(|one| !one.is_thread()).map(|one| self.channel_json(one)).collect();
        let threads: Vec<Value> = of_guild()
            .filter(|one| one.thread.as_ref().is_some_and(|thread| !thread.archived) && self.bot_sees(one.id))
            .map(|one| self.channel_json(one))
            .collect();
        let members: Vec<Value> = guild
            .members
            .values()
            .filter(|member| everyone || member.user_id == self.bot())
            .map(|member| member.json(&self.user(member.user_id)))
            .collect();
        let presences: Vec<Value> = guild
            .members
            .values()
            .filter(|member| everyone && member.status != "offline")
            .map(|member| presence(member.user_id, &member.status, None))
            .collect();
        let joined = guild.members.get(&self.bot()).map(|member| &member.joined_at);
        let fields = data.as_object_mut()?;
        fields.insert("channels".to_owned(), json!(channels));
        fields.insert("threads".to_owned(), json!(threads));
        fields.insert("members".to_owned(), json!(members));
        fields.insert("member_count".to_owned(), json!(guild.members.len()));
        fields.insert("presences".to_owned(), json!(presences));
        fields.insert("joined_at".to_owned(), json!(joined));
        for empty in ["voice_states", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
            fields.insert(empty.to_owned(), json!([]));
        }
        fields.insert("large".to_owned(), json!(false));
        fields.insert("unavailable".to_owned(), json!(false));
        Some(data)
    }
}

fn presence(user: Id, status: &str, guild: Option<Id>) -> Value {
    let mut client = json!({});
    if status != "offline" {
        client = json!({"desktop": status});
    }
    let mut data = json!({"user": {"id": user}, "status": status, "activities": [], "client_status": client});
    with_guild(&mut data, guild);
    data
}

fn with_guild(data: &mut Value, guild: Option<Id>) {
    if let (Some(guild), Some(fields)) = (guild, data.as_object_mut()) {
        fields.insert("guild_id".to_owned(), json!(guild));
    }
}
