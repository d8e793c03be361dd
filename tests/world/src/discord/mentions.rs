//! Whom a message really pings: what its text names, what `allowed_mentions` lets through, what the author may ping.

use serde_json::Value;

use super::{
    ids::Id,
    model::{Message, kind},
    permissions::{MENTION_EVERYONE, VIEW_CHANNEL},
    state::State,
};

/// Which ids of a kind may be pinged.
#[derive(Clone, Debug)]
pub enum Pick {
    All,
    Only(Vec<Id>),
}

impl Pick {
    fn has(&self, id: Id) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// `allowed_mentions`, with the default filled in.
#[derive(Clone, Debug)]
pub struct Allowed {
    pub everyone: bool,
    pub users: Pick,
    pub roles: Pick,
    pub replied_user: bool,
}

impl Allowed {
    /// An ordinary message without the field: everything.
    pub fn all() -> Self {
        Self { everyone: true, users: Pick::All, roles: Pick::All, replied_user: true }
    }

    /// An interaction's message without the field: users only.
    pub fn users() -> Self {
        Self { everyone: false, roles: Pick::Only(Vec::new()), ..Self::all() }
    }

    /// The field of a body, or `default` if it is missing.
    pub fn of(body: &Value, default: Self) -> Self {
        let Some(field) = body.get("allowed_mentions").filter(|field| field.is_object()) else {
            return default;
        };
        let parses = |what: &str| {
            let parse = field.get("parse").and_then(Value::as_array);
            parse.is_some_and(|parse| parse.iter().any(|one| one.as_str() == Some(what)))
        };
        let pick = |what: &str| {
            if parses(what) {
                return Pick::All;
            }
            let ids = field.get(what).cloned().unwrap_or_default();
            Pick::Only(serde_json::from_value(ids).unwrap_or_default())
        };
        Self {
            everyone: parses("everyone"),
            users: pick("users"),
            roles: pick("roles"),
            replied_user: field.get("replied_user").and_then(Value::as_bool).unwrap_or_default(),
        }
    }
}

/// Fills in `mentions`, `mention_roles` and `mention_everyone`.
pub fn apply(state: &State, message: &mut Message, allowed: &Allowed) {
    let mut texts = vec![message.content.clone()];
    // With Components V2 the text lies in the components, and pings from there too.
    let mut parts = Vec::new();
    super::validate::components::flat(&message.components, &mut parts);
    let shown = parts.iter().filter_map(|part| part.get("content")?.as_str());
    texts.extend(shown.map(str::to_owned));
    let text = texts.join("\n");
    message.mentions = users(state, &text, message, allowed).into_iter().map(|id| state.user(id)).collect();
    message.mention_roles.clear();
    message.mention_everyone = false;
    let Some(guild) = state.guild_of(message.channel_id) else {
        return;
    };
    let any = state.can(message.author.id, message.channel_id, MENTION_EVERYONE);
    message.mention_everyone = any && allowed.everyone && (text.contains("@everyone") || text.contains("@here"));
    message.mention_roles = tagged(&text, "<@&")
        .into_iter()
        .filter(|id| allowed.roles.has(*id))
        .filter(|id| guild.role(*id).is_some_and(|role| role.mentionable || any))
        .collect();
}

fn users(state: &State, text: &str, message: &Message, allowed: &Allowed) -> Vec<Id> {
    let mut named = tagged(text, "<@");
    named.extend(tagged(text, "<@!"));
    named.retain(|id| allowed.users.has(*id) && state.users.contains_key(id));
    let replied = message.referenced_message.as_ref().and_then(|one| one.pointer("/author/id"));
    if allowed.replied_user
        && let Some(author) = replied.and_then(|id| id.as_str()?.parse().ok())
    {
        named.push(author);
    }
    let place = state.channels.get(&message.channel_id);
    let direct = place.is_some_and(|one| one.kind == kind::DM);
    // Who sees the channel above a thread can be pinged into it.
    let seen_from = place.filter(|one| one.is_thread()).and_then(|one| one.parent_id).unwrap_or(message.channel_id);
    named.retain(|id| direct || state.can(*id, seen_from, VIEW_CHANNEL));
    named.sort();
    named.dedup();
    named
}

/// The ids between `open` and `>`.
fn tagged(text: &str, open: &str) -> Vec<Id> {
    let ids = text.split(open).skip(1).filter_map(|rest| rest.split_once('>'));
    let mut ids: Vec<Id> = ids.filter_map(|(id, _)| id.parse().ok()).collect();
    ids.sort();
    ids.dedup();
    ids
}
