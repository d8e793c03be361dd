//! Reactions, whoever adds or removes them.

use serde_json::json;

use super::{
    ids::Id,
    model::{Emoji, Reaction},
    state::State,
};

/// `name:id` for a custom emoji, else the emoji itself; nothing if it is neither.
pub fn emoji(text: &str) -> Option<Emoji> {
    let text = text.trim_matches(['<', '>']);
    let text = text.strip_prefix("a:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    match text.rsplit_once(':') {
        Some((name, id)) => Some(Emoji { id: Some(id.parse().ok()?), name: name.to_owned() }),
        None if text.is_ascii() => None,
        None => Some(Emoji { id: None, name: text.to_owned() }),
    }
}

impl State {
    /// False if it was there already.
    pub fn react(&mut self, channel: Id, message: Id, user: Id, emoji: &Emoji) -> bool {
        let Some(found) = self.message_mut(channel, message) else {
            return false;
        };
        let author = found.author.id;
        match found.reactions.iter_mut().find(|one| one.emoji == *emoji) {
            Some(one) if one.users.contains(&user) => return false,
            Some(one) => one.users.push(user),
            None => found.reactions.push(Reaction { emoji: emoji.clone(), users: vec![user] }),
        }
        let guild = self.channels.get(&channel).and_then(|one| one.guild_id);
        let mut data = json!({
            "user_id": user, "emoji": emoji, "message_author_id": author, "burst": false, "type": 0,
        });
        if let Some(member) = guild.and_then(|guild| self.member(guild, user))
            && let Some(fields) = data.as_object_mut()
        {
            fields.insert("member".to_owned(), member.json(&self.user(user)));
        }
        self.tell_reaction("MESSAGE_REACTION_ADD", channel, message, data);
        true
    }

    /// False if there was none.
    pub fn unreact(&mut self, channel: Id, message: Id, user: Id, emoji: &Emoji) -> bool {
        let Some(found) = self.message_mut(channel, message) else {
            return false;
        };
        let Some(one) = found.reactions.iter_mut().find(|one| one.emoji == *emoji) else {
            return false;
        };
        let before = one.users.len();
        one.users.retain(|id| *id != user);
        let changed = one.users.len() != before;
        found.reactions.retain(|one| !one.users.is_empty());
        if changed {
            let data = json!({"user_id": user, "emoji": emoji, "burst": false, "type": 0});
            self.tell_reaction("MESSAGE_REACTION_REMOVE", channel, message, data);
        }
        changed
    }

    /// All reactions, or all of one emoji.
    pub fn clear_reactions(&mut self, channel: Id, message: Id, emoji: Option<&Emoji>) {
        let Some(found) = self.message_mut(channel, message) else {
            return;
        };
        match emoji {
            Some(emoji) => {
                found.reactions.retain(|one| one.emoji != *emoji);
                self.tell_reaction("MESSAGE_REACTION_REMOVE_EMOJI", channel, message, json!({"emoji": emoji}));
            }
            None => {
                found.reactions.clear();
                self.tell_reaction("MESSAGE_REACTION_REMOVE_ALL", channel, message, json!({}));
            }
        }
    }
}
