//! `/channels/{id}/messages/{id}/reactions`.

use super::{
    Call,
    reply::{Refusal, Reply, empty, ok},
    snowflake,
};
use crate::discord::{
    ids::Id,
    model::{Emoji, User},
    permissions as may, react,
};

fn known(text: &str) -> Result<Emoji, Refusal> {
    react::emoji(text).ok_or_else(|| Refusal::new(400, 10014, "Unknown Emoji"))
}

pub fn add(call: &mut Call, channel: Id, message: Id, emoji: &str) -> Reply {
    call.channel_for(channel, may::READ_MESSAGE_HISTORY)?;
    let emoji = known(emoji)?;
    let found = call.message(channel, message)?;
    let there = found.reactions.iter().any(|one| one.emoji == emoji);
    if !there {
        if found.reactions.len() >= 20 {
            return Err(Refusal::new(400, 30010, "Maximum number of reactions reached (20)"));
        }
        call.channel_for(channel, may::ADD_REACTIONS)?;
    }
    let bot = call.bot();
    call.state.react(channel, message, bot, &emoji);
    empty()
}

pub fn remove(call: &mut Call, channel: Id, message: Id, emoji: &str, user: &str) -> Reply {
    call.message(channel, message)?;
    let emoji = known(emoji)?;
    let user = if user == "@me" { call.bot() } else { snowflake("user_id", user)? };
    if user != call.bot() {
        call.channel_for(channel, may::MANAGE_MESSAGES)?;
    }
    call.state.unreact(channel, message, user, &emoji);
    empty()
}

pub fn clear(call: &mut Call, channel: Id, message: Id, emoji: Option<&str>) -> Reply {
    call.channel_for(channel, may::MANAGE_MESSAGES)?;
    call.message(channel, message)?;
    let emoji = emoji.map(known).transpose()?;
    call.state.clear_reactions(channel, message, emoji.as_ref());
    empty()
}

pub fn list(call: &mut Call, channel: Id, message: Id, emoji: &str) -> Reply {
    let emoji = known(emoji)?;
    let limit = call.limit(25, 100)?;
    let after = call.query_id("after")?.unwrap_or_default();
    let found = call.message(channel, message)?;
    let reaction = found.reactions.iter().find(|one| one.emoji == emoji);
    let mut users: Vec<Id> = reaction.map(|one| one.users.clone()).unwrap_or_default();
    users.sort();
    let page = users.into_iter().filter(|id| *id > after).take(limit);
    let page: Vec<User> = page.map(|id| call.state.user(id)).collect();
    ok(&page)
}
