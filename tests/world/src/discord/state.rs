//! All that the stand-in of Discord knows, behind one lock that is only ever held for a moment.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::{Value, json};

use super::{
    commands::Command,
    gateway::session::Hub,
    ids::Id,
    interactions::{Interaction, Modal},
    limits::Limits,
    model::{Attachment, Channel, Guild, Member, Message, Role, User, flag, kind},
    permissions as may,
};

/// How long a message's nonce is remembered ("the past few minutes").
pub const NONCE_MS: i64 = 5 * 60_000;

pub struct State {
    /// Counts changes, so that the page knows when to look again.
    pub version: u64,
    pub application_id: Id,
    last_id: Id,
    /// When idle threads were last looked for.
    swept_ms: i64,
    worker: u64,
    pub users: BTreeMap<Id, User>,
    pub guilds: BTreeMap<Id, Guild>,
    pub channels: BTreeMap<Id, Channel>,
    pub messages: HashMap<Id, BTreeMap<Id, Message>>,
    /// The DM of each person with the bot.
    pub dms: BTreeMap<Id, Id>,
    /// In which language somebody uses Discord; English (US) if it is not here.
    pub locales: HashMap<Id, String>,
    /// Who lets no bot write to them.
    pub closed_dms: HashSet<Id>,
    pub commands: Vec<Command>,
    /// By token.
    pub interactions: HashMap<String, Interaction>,
    /// Their tokens, oldest first, so that forgetting looks only at what is due.
    pub tokens: VecDeque<String>,
    pub modals: BTreeMap<Id, Modal>,
    /// (channel, author, nonce) -> the first message and when it came.
    pub nonces: HashMap<(Id, Id, String), (Id, i64)>,
    /// Their keys, oldest first.
    pub nonce_order: VecDeque<(Id, Id, String)>,
    /// What was uploaded, so that the page can fetch it: type and content.
    pub files: HashMap<Id, (Option<String>, axum::body::Bytes)>,
    /// Files that somebody chose for an option of a command, before they send it.
    pub attached: HashMap<Id, Attachment>,
    pub hub: Hub,
    pub limits: Limits,
    /// Words that no channel or thread may have in its name, as in a guild of Discord's server discovery.
    pub refused_names: Vec<String>,
    /// Requests to no route, answers that Discord would not take: a test looks at them at its end.
    pub unexpected: Vec<String>,
    pub interactions_url: Option<String>,
    pub scheduled_url: Option<String>,
}

/// Two worlds of one process may share a database: their ids must differ in what Discord calls the worker's bits.
static WORLDS: AtomicU64 = AtomicU64::new(1);

impl State {
    pub fn new(application_id: Id) -> Self {
        Self {
            version: 1,
            application_id,
            last_id: Id(0),
            swept_ms: 0,
            worker: WORLDS.fetch_add(1, Ordering::Relaxed) % 1_024,
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: HashMap::new(),
            dms: BTreeMap::new(),
            locales: HashMap::new(),
            closed_dms: HashSet::new(),
            commands: Vec::new(),
            interactions: HashMap::new(),
            tokens: VecDeque::new(),
            modals: BTreeMap::new(),
            nonces: HashMap::new(),
            nonce_order: VecDeque::new(),
            files: HashMap::new(),
            attached: HashMap::new(),
            hub: Hub::default(),
            limits: Limits::default(),
            refused_names: Vec::new(),
            unexpected: Vec::new(),
            interactions_url: None,
            scheduled_url: None,
        }
    }

    pub fn new_id(&mut self, now_ms: i64) -> Id {
        self.last_id = self.last_id.next(now_ms, self.worker);
        self.last_id
    }

    /// The bot's user has the id of its application.
    pub fn bot(&self) -> Id {
        self.application_id
    }

    pub fn user(&self, id: Id) -> User {
        self.users.get(&id).cloned().unwrap_or_else(|| User::new(id, "Deleted User", false))
    }

    pub fn guild_of(&self, channel: Id) -> Option<&Guild> {
        self.guilds.get(&self.channels.get(&channel)?.guild_id?)
    }

    pub fn member(&self, guild: Id, user: Id) -> Option<&Member> {
        self.guilds.get(&guild)?.members.get(&user)
    }

    pub fn member_mut(&mut self, guild: Id, user: Id) -> Option<&mut Member> {
        self.guilds.get_mut(&guild)?.members.get_mut(&user)
    }

    pub fn role_mut(&mut self, guild: Id, role: Id) -> Option<&mut Role> {
        self.guilds.get_mut(&guild)?.roles.iter_mut().find(|one| one.id == role)
    }

    pub fn message(&self, channel: Id, message: Id) -> Option<&Message> {
        self.messages.get(&channel)?.get(&message)
    }

    pub fn message_mut(&mut self, channel: Id, message: Id) -> Option<&mut Message> {
        self.messages.get_mut(&channel)?.get_mut(&message)
    }

    /// All permissions of `user` in `channel`; none if there is no such channel.
    pub fn permissions(&self, user: Id, channel: Id) -> u64 {
        let Some(place) = self.channels.get(&channel) else {
            return 0;
        };
        if place.kind == kind::DM {
            let inside = place.recipient == Some(user) || user == self.bot();
            return if inside { may::IN_A_DM } else { 0 };
        }
        let Some(guild) = place.guild_id.and_then(|id| self.guilds.get(&id)) else {
            return 0;
        };
        if user == self.bot() && !guild.has_bot {
            return 0;
        }
        let parent = if place.is_thread() { place.parent_id.and_then(|id| self.channels.get(&id)) } else { None };
        may::in_channel(guild, place, parent, user)
    }

    pub fn can(&self, user: Id, channel: Id, permission: u64) -> bool {
        self.permissions(user, channel) & permission == permission
    }

    /// Whether they share a guild, which a DM needs.
    pub fn mutual_guild(&self, user: Id) -> bool {
        self.guilds.values().any(|guild| guild.has_bot && guild.members.contains_key(&user))
    }

    pub fn channel_json(&self, channel: &Channel) -> Value {
        let recipient = channel.recipient.map(|id| self.user(id));
        channel.json(recipient.as_ref())
    }

    /// The message as the bot reads it by REST.
    pub fn message_json(&self, message: &Message) -> Value {
        let mut value = serde_json::to_value(message).unwrap_or_default();
        let Some(fields) = value.as_object_mut() else {
            return value;
        };
        if let Some(shown) = fields.get_mut("reactions").and_then(Value::as_array_mut) {
            for (one, reaction) in shown.iter_mut().zip(&message.reactions) {
                if let Some(fields) = one.as_object_mut() {
                    fields.insert("me".to_owned(), json!(reaction.users.contains(&self.bot())));
                }
            }
        }
        if message.flags & flag::HAS_THREAD != 0
            && let Some(thread) = self.channels.get(&message.id)
        {
            fields.insert("thread".to_owned(), self.channel_json(thread));
        }
        value
    }

    /// The member's DM with the bot, made if it is missing.
    pub fn dm_with(&mut self, user: Id, now_ms: i64) -> Id {
        if let Some(id) = self.dms.get(&user) {
            return *id;
        }
        let id = self.new_id(now_ms);
        let mut channel = Channel::new(id, kind::DM, None, "");
        channel.recipient = Some(user);
        self.channels.insert(id, channel);
        self.dms.insert(user, id);
        self.version += 1;
        id
    }

    /// Forgets a channel with its messages and threads, and returns the threads that went with it.
    pub fn drop_channel(&mut self, channel: Id) -> Vec<Channel> {
        self.channels.remove(&channel);
        self.messages.remove(&channel);
        let threads: Vec<Id> = self
            .channels
            .values()
            .filter(|one| one.is_thread() && one.parent_id == Some(channel))
            .map(|one| one.id)
            .collect();
        for thread in &threads {
            self.messages.remove(thread);
        }
        threads.iter().filter_map(|id| self.channels.remove(id)).collect()
    }

    /// Forgets what is too old to matter: nonces and tokens. An answer that was owed by such a token never came.
    pub fn forget_old(&mut self, now_ms: i64) {
        if now_ms - self.swept_ms >= 60_000 {
            self.swept_ms = now_ms;
            self.archive_idle_threads(now_ms);
        }
        while let Some(key) = self.nonce_order.front() {
            if self.nonces.get(key).is_some_and(|(_, at)| now_ms - *at < NONCE_MS) {
                break;
            }
            if let Some(key) = self.nonce_order.pop_front() {
                self.nonces.remove(&key);
            }
        }
        while let Some(token) = self.tokens.front() {
            if self.interactions.get(token).is_some_and(|one| !one.expired(now_ms)) {
                break;
            }
            let gone = self.tokens.pop_front().and_then(|token| self.interactions.remove(&token));
            if let Some((channel, message)) = gone.and_then(|one| one.original) {
                self.give_up(channel, message);
            }
        }
    }

    /// A deferred answer that never came.
    fn give_up(&mut self, channel: Id, message: Id) {
        let Some(message) = self.message_mut(channel, message) else {
            return;
        };
        if message.flags & flag::LOADING != 0 {
            message.flags &= !flag::LOADING;
            message.content = super::interactions::NO_ANSWER.to_owned();
            self.version += 1;
        }
    }
}
