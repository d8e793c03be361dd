//! The first half: checks that the person may do it, and builds and signs the request.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Map, Value, json};

use super::{CommandUse, ComponentUse, Interaction, Kind, ModalUse, Pending, modal, options};
use crate::discord::{
    Discord,
    ids::Id,
    model::flag,
    permissions::{self as may, USE_APPLICATION_COMMANDS, VIEW_CHANNEL},
    state::State,
    validate::components::{self, of},
};

impl Discord {
    pub fn begin_command(&self, used: &CommandUse) -> Result<Pending, String> {
        self.command(used, Kind::Command)
    }

    /// `used.focused` names the option that is being typed.
    pub fn begin_autocomplete(&self, used: &CommandUse) -> Result<Pending, String> {
        if used.focused.is_none() {
            return Err("an autocomplete needs the focused option".to_owned());
        }
        self.command(used, Kind::Autocomplete)
    }

    fn command(&self, used: &CommandUse, interaction: Kind) -> Result<Pending, String> {
        let now = self.shared.now_ms();
        let mut state = self.state();
        state.forget_old(now);
        let channel = state.channels.get(&used.channel_id).ok_or("no such channel")?;
        let guild = channel.guild_id;
        if guild.and_then(|guild| state.guilds.get(&guild)).is_some_and(|guild| !guild.has_bot) {
            return Err("the bot is not in this guild".to_owned());
        }
        if used.guild_id.is_some() && used.guild_id != guild {
            return Err("the channel is not of that guild".to_owned());
        }
        if !state.can(used.user_id, used.channel_id, VIEW_CHANNEL) {
            return Err("the member does not see this channel".to_owned());
        }
        let needed = if guild.is_some() { USE_APPLICATION_COMMANDS } else { VIEW_CHANNEL };
        if !state.can(used.user_id, used.channel_id, needed) {
            return Err("the member may not use commands here".to_owned());
        }
        let data = match used.target_id {
            Some(target) => menu(&state, guild, used, target)?,
            None => slash(&state, guild, used, interaction == Kind::Autocomplete)?,
        };
        Ok(self.sign(&mut state, interaction, used.channel_id, used.user_id, None, data, now))
    }

    pub fn begin_component(&self, used: &ComponentUse) -> Result<Pending, String> {
        let now = self.shared.now_ms();
        let mut state = self.state();
        state.forget_old(now);
        let message = state.message(used.channel_id, used.message_id).ok_or("no such message")?;
        let sees = message.visible_to.is_none_or(|only| only == used.user_id);
        if !sees || !state.can(used.user_id, used.channel_id, VIEW_CHANNEL) {
            return Err("the member does not see this message".to_owned());
        }
        if message.author.id != state.bot() {
            return Err("the message is not the bot's".to_owned());
        }
        let mut all = Vec::new();
        components::flat(&message.components, &mut all);
        let wanted = Some(used.custom_id.as_str());
        let found = all.iter().find(|one| one.get("custom_id").and_then(Value::as_str) == wanted);
        let found = (*found.ok_or("no such component")?).clone();
        if found.get("disabled").and_then(Value::as_bool) == Some(true) {
            return Err("the component is disabled".to_owned());
        }
        let what = components::kind(&found);
        let mut data = json!({"custom_id": used.custom_id, "component_type": what, "id": found.get("id")});
        if what != of::BUTTON {
            options::chosen(&found, &used.values)?;
            let guild = state.channels.get(&used.channel_id).and_then(|one| one.guild_id);
            let resolved = options::resolve_selected(&state, guild, what, &used.values)?;
            if let Some(fields) = data.as_object_mut() {
                fields.insert("values".to_owned(), json!(used.values));
                fields.insert("resolved".to_owned(), resolved);
            }
        } else if !used.values.is_empty() {
            return Err("a button has no values".to_owned());
        }
        Ok(self.sign(&mut state, Kind::Component, used.channel_id, used.user_id, Some(used.message_id), data, now))
    }

    pub fn begin_modal(&self, used: &ModalUse) -> Result<Pending, String> {
        let now = self.shared.now_ms();
        let mut state = self.state();
        state.forget_old(now);
        let open = state.modals.get(&used.modal_id).cloned().ok_or("no such modal is open")?;
        if open.user_id != used.user_id {
            return Err("the modal is open for somebody else".to_owned());
        }
        let (components, resolved) = modal::fill(&state, &open, &used.fields)?;
        let mut data = json!({"custom_id": open.custom_id, "components": components});
        if let (Some(resolved), Some(fields)) = (resolved, data.as_object_mut()) {
            fields.insert("resolved".to_owned(), resolved);
        }
        state.modals.remove(&used.modal_id);
        Ok(self.sign(&mut state, Kind::Modal, open.channel_id, open.user_id, open.message_id, data, now))
    }

    /// A modal that was opened can be put away without sending it.
    pub fn dismiss_modal(&self, modal: Id) -> bool {
        self.state().modals.remove(&modal).is_some()
    }

    /// A request such as Discord's own checks of the signature: `good` decides whether it verifies.
    pub fn probe(&self, good: bool) -> Pending {
        let now = self.shared.now_ms();
        let mut state = self.state();
        let id = state.new_id(now);
        let body = json!({
            "app_permissions": "562949953601536", "application_id": state.application_id, "entitlements": [], "id": id,
            "token": "probe", "type": 1, "version": 1, "user": state.user(state.bot()),
        });
        let url = state.interactions_url.as_deref();
        let mut pending = self.signed(id, "probe".to_owned(), body.to_string().into_bytes(), now, url);
        if !good && let Some((_, signature)) = pending.headers.first_mut() {
            let flipped = if signature.starts_with('0') { "1" } else { "0" };
            signature.replace_range(..1, flipped);
        }
        pending
    }

    #[expect(clippy::too_many_arguments, reason = "one place builds what three kinds of interaction share")]
    fn sign(
        &self,
        state: &mut State,
        what: Kind,
        channel: Id,
        user: Id,
        source: Option<Id>,
        data: Value,
        now: i64,
    ) -> Pending {
        let id = state.new_id(now);
        let secret = hex::encode(self.key().sign(&id.0.to_be_bytes()).to_bytes());
        let token = URL_SAFE_NO_PAD.encode(format!("interaction:{id}:{secret}"));
        let guild = state.channels.get(&channel).and_then(|one| one.guild_id);
        let mut metadata = json!({
            "id": id, "type": what.number(), "user": state.user(user),
            "authorizing_integration_owners": {"0": guild.unwrap_or_default()},
        });
        // Shown above the answer: "Member used /score".
        if let (Kind::Command, Some(name), Some(fields)) = (what, data.get("name"), metadata.as_object_mut()) {
            fields.insert("name".to_owned(), name.clone());
        }
        let reply_kind = match (what, data.get("type").and_then(Value::as_u64)) {
            (Kind::Command, Some(1)) => 20,
            (Kind::Command, _) => 23,
            _ => 0,
        };
        let body = envelope(state, id, &token, what, channel, user, source, data);
        let interaction = Interaction {
            id,
            kind: what,
            created_ms: now,
            channel,
            user,
            source,
            metadata,
            reply_kind,
            acknowledged: false,
            original: None,
            outcome: None,
            modal: None,
        };
        state.interactions.insert(token.clone(), interaction);
        state.tokens.push_back(token.clone());
        let url = state.interactions_url.as_deref();
        self.signed(id, token, body.to_string().into_bytes(), now, url)
    }

    pub(in crate::discord) fn key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.options.signing_seed)
    }

    fn signed(&self, interaction_id: Id, token: String, body: Vec<u8>, now: i64, url: Option<&str>) -> Pending {
        let timestamp = (now / 1000).to_string();
        let signed = [timestamp.as_bytes(), &body].concat();
        let signature = hex::encode(self.key().sign(&signed).to_bytes());
        let url = url.unwrap_or_default();
        let after_host = url.split_once("://").map_or(url, |(_, rest)| rest).split_once('/');
        let path = after_host.map_or_else(|| "/interactions".to_owned(), |(_, path)| format!("/{path}"));
        Pending {
            interaction_id,
            token,
            path,
            headers: vec![
                ("x-signature-ed25519".to_owned(), signature),
                ("x-signature-timestamp".to_owned(), timestamp),
                ("content-type".to_owned(), "application/json".to_owned()),
                ("user-agent".to_owned(), "Discord-Interactions/1.0 (+https://discord.com)".to_owned()),
            ],
            body,
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "it is the list of what an interaction carries")]
fn envelope(
    state: &State,
    id: Id,
    token: &str,
    what: Kind,
    channel: Id,
    user: Id,
    source: Option<Id>,
    data: Value,
) -> Value {
    let place = state.channels.get(&channel);
    let guild = place.and_then(|one| one.guild_id);
    let mut shown = place.map(|one| state.channel_json(one)).unwrap_or_default();
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("permissions".to_owned(), json!(state.permissions(user, channel).to_string()));
    }
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("app_permissions", json!(state.permissions(state.bot(), channel).to_string()));
    put("application_id", json!(state.application_id));
    put("attachment_size_limit", json!(10 << 20));
    put("channel", shown);
    put("channel_id", json!(channel));
    put("context", json!(if guild.is_some() { 0 } else { 1 }));
    put("data", data);
    put("entitlements", json!([]));
    put("id", json!(id));
    put("locale", json!(state.locales.get(&user).map_or("en-US", String::as_str)));
    put("token", json!(token));
    put("type", json!(what.number()));
    put("version", json!(1));
    let owners = guild.map_or_else(|| json!({"0": "0"}), |guild| json!({"0": guild}));
    put("authorizing_integration_owners", owners);
    match guild.and_then(|guild| state.member(guild, user)) {
        Some(member) => {
            let mut member = member.json(&state.user(user));
            if let Some(fields) = member.as_object_mut() {
                fields.insert("permissions".to_owned(), json!(state.permissions(user, channel).to_string()));
            }
            put("member", member);
        }
        None => {
            put("user", json!(state.user(user)));
        }
    }
    if let Some(guild) = guild {
        put("guild_id", json!(guild));
        put("guild_locale", json!("en-US"));
        put("guild", json!({"id": guild, "locale": "en-US", "features": []}));
    }
    if let Some(message) = source.and_then(|source| state.message(channel, source)) {
        let mut message_json = state.message_json(message);
        if let (true, Some(fields)) = (message.visible_to.is_some(), message_json.as_object_mut()) {
            fields.insert("flags".to_owned(), json!(message.flags | flag::EPHEMERAL));
        }
        put("message", message_json);
    }
    Value::Object(body)
}

fn slash(state: &State, guild: Option<Id>, used: &CommandUse, typing: bool) -> Result<Value, String> {
    let mut words = used.name.split_whitespace();
    let name = words.next().unwrap_or_default();
    let command = state.command(guild, 1, name).ok_or_else(|| format!("no command /{name}"))?;
    visible(state, guild, used, command)?;
    let path: Vec<&str> = words.collect();
    let mut resolved = options::Resolved::default();
    let options = options::build(state, guild, &command.json, &path, used, typing, &mut resolved)?;
    let mut data = json!({"id": command.id, "name": command.name, "type": 1, "options": options});
    if let Some(fields) = data.as_object_mut() {
        if let Some(guild) = command.guild_id {
            fields.insert("guild_id".to_owned(), json!(guild));
        }
        if let Some(resolved) = resolved.json() {
            fields.insert("resolved".to_owned(), resolved);
        }
    }
    Ok(data)
}

fn visible(
    state: &State,
    guild: Option<Id>,
    used: &CommandUse,
    command: &crate::discord::commands::Command,
) -> Result<(), String> {
    let hidden = || format!("the member does not see the command {}", command.name);
    let Some(guild) = guild else {
        return if command.in_dms() { Ok(()) } else { Err(hidden()) };
    };
    if !command.in_guilds() {
        return Err(hidden());
    }
    let held = state.permissions(used.user_id, used.channel_id);
    let administers =
        state.guilds.get(&guild).is_some_and(|guild| may::in_guild(guild, used.user_id) & may::ADMINISTRATOR != 0);
    match command.needed() {
        // "0" hides it from all but administrators.
        Some(0) if !administers => Err(hidden()),
        Some(needed) if held & needed != needed && !administers => Err(hidden()),
        _ => Ok(()),
    }
}

fn menu(state: &State, guild: Option<Id>, used: &CommandUse, target: Id) -> Result<Value, String> {
    let mut resolved = options::Resolved::default();
    let on_message = state.message(used.channel_id, target);
    let kind_number = if on_message.is_some() { 3 } else { 2 };
    let name = used.name.as_str();
    let command = state.command(guild, kind_number, name).ok_or_else(|| format!("no menu command {name}"))?;
    visible(state, guild, used, command)?;
    match on_message {
        Some(message) if message.visible_to.is_none_or(|only| only == used.user_id) => {
            resolved.put("messages", target, state.message_json(message));
        }
        Some(_) => return Err("the member does not see this message".to_owned()),
        None => resolved.user(state, guild, target)?,
    }
    Ok(json!({
        "id": command.id, "name": command.name, "type": kind_number, "target_id": target, "resolved": resolved.json(),
    }))
}
