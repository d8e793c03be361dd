//! How messages come to be, change and go, whoever does it: a person, the REST API, an interaction's answer.

use serde_json::{Value, json};

use super::{
    ids::{Id, timestamp},
    mentions::{self, Allowed},
    model::{Attachment, Message, flag},
    permissions as may,
    rest::body::Upload,
    state::State,
    validate::message::flags,
};

/// A message before it has an id.
pub struct Draft {
    pub channel: Id,
    pub author: Id,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub attachments: Vec<Attachment>,
    pub flags: u64,
    pub kind: u8,
    pub nonce: Option<Value>,
    pub reply_to: Option<Id>,
    pub allowed: Allowed,
    /// Whose interaction it answers.
    pub interaction: Option<Value>,
    pub visible_to: Option<Id>,
}

impl Draft {
    pub fn new(channel: Id, author: Id, content: &str) -> Self {
        Self {
            channel,
            author,
            content: content.to_owned(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            kind: 0,
            nonce: None,
            reply_to: None,
            allowed: Allowed::all(),
            interaction: None,
            visible_to: None,
        }
    }

    /// From a body that was checked.
    pub fn of(body: &Value, channel: Id, author: Id, allowed: Allowed) -> Self {
        let content = body.get("content").and_then(Value::as_str).unwrap_or_default();
        let mut draft = Self::new(channel, author, content.trim());
        draft.embeds = embeds(body);
        draft.components = items(body, "components");
        draft.flags = flags(body);
        draft.nonce = body.get("nonce").filter(|nonce| !nonce.is_null()).cloned();
        draft.allowed = Allowed::of(body, allowed);
        draft
    }
}

fn items(body: &Value, field: &str) -> Vec<Value> {
    body.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Discord adds the type.
fn embeds(body: &Value) -> Vec<Value> {
    let mut embeds = items(body, "embeds");
    for embed in embeds.iter_mut().filter_map(Value::as_object_mut) {
        embed.entry("type").or_insert(json!("rich"));
    }
    embeds
}

/// Components get numbers, as Discord gives them.
fn number(components: &mut [Value], next: &mut u64) {
    for one in components {
        let Some(fields) = one.as_object_mut() else { continue };
        *next += 1;
        fields.entry("id").or_insert(json!(*next));
        if let Some(Value::Array(inside)) = fields.get_mut("components") {
            number(inside, next);
        }
        if let Some(inside) = fields.get_mut("accessory") {
            number(std::slice::from_mut(inside), next);
        }
    }
}

impl State {
    pub fn store_files(
        &mut self,
        files: &[Upload],
        body: &Value,
        channel: Id,
        base: &str,
        now: i64,
    ) -> Vec<Attachment> {
        let described = items(body, "attachments");
        let mut kept = Vec::new();
        for file in files {
            let mine = described.iter().find(|one| {
                let id = one.get("id");
                let number = id.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
                number == Some(file.index as u64)
            });
            let text = |field: &str| mine.and_then(|one| one.get(field)?.as_str()).map(str::to_owned);
            let id = self.new_id(now);
            let filename = text("filename").unwrap_or_else(|| file.name.clone());
            let url = format!("{base}/attachments/{channel}/{id}/{filename}");
            self.files.insert(id, (file.content_type.clone(), file.bytes.clone()));
            kept.push(Attachment {
                id,
                filename,
                size: file.bytes.len(),
                proxy_url: url.clone(),
                url,
                content_type: file.content_type.clone(),
                description: text("description"),
            });
        }
        kept
    }

    /// Stores a message and tells the gateway.
    pub fn post(&mut self, draft: Draft, now: i64) -> Message {
        let id = self.new_id(now);
        let by_interaction = draft.interaction.is_some();
        let referenced = draft.reply_to.and_then(|to| self.message(draft.channel, to)).map(|to| {
            let mut shown = serde_json::to_value(to).unwrap_or_default();
            // Discord nests one level only.
            if let Some(fields) = shown.as_object_mut() {
                fields.remove("referenced_message");
            }
            shown
        });
        let guild = self.channels.get(&draft.channel).and_then(|one| one.guild_id);
        let mut message = Message {
            id,
            channel_id: draft.channel,
            author: self.user(draft.author),
            content: draft.content,
            timestamp: timestamp(now),
            edited_timestamp: None,
            tts: false,
            mention_everyone: false,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            attachments: draft.attachments,
            embeds: draft.embeds,
            components: draft.components,
            reactions: Vec::new(),
            pinned: false,
            kind: match (draft.kind, draft.reply_to) {
                (0, Some(_)) => 19,
                (kind, _) => kind,
            },
            flags: draft.flags,
            nonce: draft.nonce,
            message_reference: draft.reply_to.map(|to| {
                let mut reference = json!({"type": 0, "message_id": to, "channel_id": draft.channel});
                if let (Some(guild), Some(fields)) = (guild, reference.as_object_mut()) {
                    fields.insert("guild_id".to_owned(), json!(guild));
                }
                reference
            }),
            referenced_message: referenced,
            interaction_metadata: draft.interaction,
            webhook_id: by_interaction.then_some(self.application_id),
            application_id: (draft.author == self.bot()).then_some(self.application_id),
            visible_to: draft.visible_to,
        };
        number(&mut message.components, &mut 0);
        mentions::apply(self, &mut message, &draft.allowed);
        if message.flags & flag::LOADING == 0 {
            self.tell_message("MESSAGE_CREATE", &message);
        }
        self.messages.entry(draft.channel).or_default().insert(id, message.clone());
        if let Some(channel) = self.channels.get_mut(&draft.channel) {
            if draft.visible_to.is_none() {
                channel.last_message_id = Some(id);
            }
            if let Some(thread) = &mut channel.thread {
                thread.messages += 1;
                let opened = std::mem::take(&mut thread.archived);
                let inside = thread.members.iter().any(|(user, _)| *user == draft.author);
                if !inside && draft.visible_to.is_none() {
                    thread.members.push((draft.author, now));
                }
                let channel = channel.clone();
                if opened {
                    self.tell_channel("UPDATE", &channel);
                }
                if !inside && draft.visible_to.is_none() {
                    self.tell_thread_members(&channel, &[draft.author], &[]);
                }
                if draft.visible_to.is_none() {
                    self.bring_in_the_pinged(&message, now);
                }
            }
        }
        self.version += 1;
        message
    }

    /// Who is pinged in a thread joins it: a member, or everybody with a role of fewer than 100, if they see the channel above.
    /// In a private thread that is not open to invitations the author must own it or manage threads.
    fn bring_in_the_pinged(&mut self, message: &Message, now: i64) {
        let Some(channel) = self.channels.get(&message.channel_id) else { return };
        let Some((parent, guild)) = channel.parent_id.zip(self.guild_of(message.channel_id)) else { return };
        let invites = channel.owner_id == Some(message.author.id)
            || channel.thread.as_ref().is_some_and(|thread| thread.invitable)
            || self.can(message.author.id, message.channel_id, may::MANAGE_THREADS);
        if !invites {
            return;
        }
        let mut pinged: Vec<Id> = message.mentions.iter().map(|user| user.id).collect();
        for role in &message.mention_roles {
            let holders = guild.members.values().filter(|member| member.roles.contains(role));
            let holders: Vec<Id> = holders.map(|member| member.user_id).collect();
            pinged.extend(Some(holders).filter(|holders| holders.len() < 100).into_iter().flatten());
        }
        pinged.retain(|user| self.can(*user, parent, may::VIEW_CHANNEL));
        for user in pinged {
            self.join_thread(message.channel_id, user, now);
        }
    }

    /// Changes the fields that `body` names; `first` if it completes a deferred answer, which is then new to everyone.
    pub fn revise(&mut self, channel: Id, id: Id, body: &Value, files: Vec<Attachment>, now: i64) -> Option<Message> {
        let mut message = self.message(channel, id)?.clone();
        let first = message.flags & flag::LOADING != 0;
        message.flags &= !flag::LOADING;
        if let Some(content) = body.get("content") {
            message.content = content.as_str().unwrap_or_default().trim().to_owned();
        }
        if body.get("embeds").is_some() {
            message.embeds = embeds(body);
        }
        if body.get("components").is_some() {
            message.components = items(body, "components");
            number(&mut message.components, &mut 0);
        }
        if let Some(flags) = body.get("flags").and_then(Value::as_u64) {
            let settable = flag::SUPPRESS_EMBEDS | flag::COMPONENTS_V2;
            let kept = message.flags & !(settable & !flag::COMPONENTS_V2);
            message.flags = kept | flags & settable;
        }
        if let Some(kept) = body.get("attachments").and_then(Value::as_array) {
            let ids: Vec<Id> = kept.iter().filter_map(|one| one.get("id")?.as_str()?.parse().ok()).collect();
            message.attachments.retain(|one| ids.contains(&one.id));
        }
        message.attachments.extend(files);
        if body.get("content").is_some() || body.get("allowed_mentions").is_some() || first {
            let default = if message.webhook_id.is_some() { Allowed::users() } else { Allowed::all() };
            mentions::apply(self, &mut message, &Allowed::of(body, default));
        }
        if !first {
            message.edited_timestamp = Some(timestamp(now));
        }
        self.messages.entry(channel).or_default().insert(id, message.clone());
        self.tell_message(if first { "MESSAGE_CREATE" } else { "MESSAGE_UPDATE" }, &message);
        Some(message)
    }

    /// Removes messages and tells the gateway of those that it knew.
    pub fn erase(&mut self, channel: Id, ids: &[Id]) {
        let Some(all) = self.messages.get_mut(&channel) else {
            return;
        };
        let gone: Vec<Message> = ids.iter().filter_map(|id| all.remove(id)).collect();
        let known: Vec<Id> = gone.iter().filter(|one| one.visible_to.is_none()).map(|one| one.id).collect();
        self.version += 1;
        if !known.is_empty() {
            self.tell_deleted(channel, &known);
        }
    }
}
