//! `/channels/{id}/messages` and pins.

use serde_json::{Value, json};

use super::{
    Call,
    reply::{Errors, Refusal, Reply, empty, ok, with_status},
};
use crate::discord::{
    ids::{Id, timestamp},
    mentions::Allowed,
    model::{Message, kind},
    permissions as may,
    post::Draft,
    validate,
};

/// Bulk deletion stops here.
const TWO_WEEKS_MS: i64 = 14 * 86_400_000;

/// What may be written in the channel right now, by the bot.
fn writable(call: &Call, id: Id) -> Result<(), Refusal> {
    let channel = call.channel(id)?;
    if let Some(user) = channel.recipient {
        if !call.state.mutual_guild(user) {
            return Err(Refusal::new(403, 50278, "Cannot send messages to this user due to having no mutual guilds"));
        }
        if call.state.closed_dms.contains(&user) {
            return Err(Refusal::new(403, 50007, "Cannot send messages to this user"));
        }
    }
    if !channel.holds_messages() {
        return Err(Refusal::new(400, 50008, "Cannot send messages in a non-text channel"));
    }
    if !call.state.can(call.bot(), id, may::SEND_MESSAGES) {
        return Err(Refusal::missing_permission());
    }
    match &channel.thread {
        Some(thread) if thread.locked && !call.state.can(call.bot(), id, may::MANAGE_THREADS) => {
            Err(Refusal::new(403, 160005, "This thread is locked"))
        }
        Some(thread) if thread.archived && thread.locked => Err(Refusal::new(400, 50083, "Thread is archived")),
        _ => Ok(()),
    }
}

pub fn create(call: &mut Call, channel: Id) -> Reply {
    writable(call, channel)?;
    validate::message::check(&call.body, "", false)?;
    validate::message::not_empty(&call.body, call.files.len())?;
    if validate::message::flags(&call.body) & crate::discord::model::flag::EPHEMERAL != 0 {
        return Err(Refusal::field("flags", "BASE_TYPE_CHOICES", "Ephemeral needs an interaction."));
    }
    let bot = call.bot();
    if !call.files.is_empty() && !call.state.can(bot, channel, may::ATTACH_FILES) {
        return Err(Refusal::missing_permission());
    }
    let reply_to = reply_target(call, channel)?;
    let nonce = nonce(&call.body);
    if let Some(nonce) = &nonce
        && let Some((first, _)) = call.state.nonces.get(&(channel, bot, nonce.clone()))
        && let Some(message) = call.state.message(channel, *first)
    {
        return ok(&call.state.message_json(message));
    }
    let mut draft = Draft::of(&call.body, channel, bot, Allowed::all());
    draft.reply_to = reply_to;
    draft.attachments = call.state.store_files(&call.files, &call.body, channel, call.base, call.now);
    if !call.state.can(bot, channel, may::EMBED_LINKS) {
        // Discord takes the message and drops what may not be shown.
        draft.embeds.clear();
    }
    let message = call.state.post(draft, call.now);
    if let Some(nonce) = nonce {
        let key = (channel, bot, nonce);
        call.state.nonce_order.push_back(key.clone());
        call.state.nonces.insert(key, (message.id, call.now));
    }
    ok(&call.state.message_json(&message))
}

/// The nonce, if it is to be enforced.
fn nonce(body: &Value) -> Option<String> {
    let enforced = body.get("enforce_nonce").and_then(Value::as_bool).unwrap_or_default();
    match body.get("nonce").filter(|_| enforced)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn reply_target(call: &Call, channel: Id) -> Result<Option<Id>, Refusal> {
    let Some(reference) = call.body.get("message_reference").filter(|one| one.is_object()) else {
        return Ok(None);
    };
    let id = reference.get("message_id").and_then(|id| serde_json::from_value::<Id>(id.clone()).ok());
    let Some(id) = id else {
        return Err(Refusal::field("message_reference.message_id", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    if call.state.message(channel, id).is_some_and(|one| one.visible_to.is_none()) {
        if !call.state.can(call.bot(), channel, may::READ_MESSAGE_HISTORY) {
            return Err(Refusal::new(400, 160002, "Cannot reply without permission to read message history"));
        }
        return Ok(Some(id));
    }
    match reference.get("fail_if_not_exists").and_then(Value::as_bool) {
        Some(false) => Ok(None),
        _ => Err(Refusal::field("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")),
    }
}

pub fn list(call: &mut Call, channel: Id) -> Reply {
    call.channel(channel)?;
    let limit = call.limit(50, 100)?;
    let (around, before, after) = (call.query_id("around")?, call.query_id("before")?, call.query_id("after")?);
    if !call.state.can(call.bot(), channel, may::READ_MESSAGE_HISTORY) {
        return ok(&json!([]));
    }
    let all = call.state.messages.get(&channel);
    let visible = || all.into_iter().flatten().map(|(_, one)| one).filter(|one| one.visible_to.is_none());
    let mut page: Vec<&Message> = match (around, before, after) {
        (Some(middle), _, _) => {
            let half = limit / 2;
            let mut page: Vec<&Message> = visible().rev().filter(|one| one.id <= middle).take(half + 1).collect();
            page.reverse();
            page.extend(visible().filter(|one| one.id > middle).take(limit - half - 1));
            page
        }
        (None, Some(before), _) => visible().rev().filter(|one| one.id < before).take(limit).collect(),
        (None, None, Some(after)) => visible().filter(|one| one.id > after).take(limit).collect(),
        (None, None, None) => visible().rev().take(limit).collect(),
    };
    // The newest comes first, whatever was asked.
    page.sort_by_key(|one| std::cmp::Reverse(one.id));
    let page: Vec<Value> = page.into_iter().map(|one| call.state.message_json(one)).collect();
    ok(&page)
}

pub fn get(call: &mut Call, channel: Id, message: Id) -> Reply {
    call.channel_for(channel, may::READ_MESSAGE_HISTORY)?;
    let message = call.message(channel, message)?;
    ok(&call.state.message_json(message))
}

pub fn patch(call: &mut Call, channel: Id, id: Id) -> Reply {
    let message = call.message(channel, id)?;
    if message.author.id != call.bot() {
        // The only thing that may be changed of another's message is whether its embeds show.
        let only_flags = call.body.as_object().is_some_and(|body| body.keys().all(|key| key == "flags"));
        if !only_flags {
            return Err(Refusal::new(403, 50005, "Cannot edit a message authored by another user"));
        }
        call.channel_for(channel, may::MANAGE_MESSAGES)?;
    }
    let v2 = message.flags & crate::discord::model::flag::COMPONENTS_V2 != 0;
    let was = serde_json::to_value(message).unwrap_or_default();
    validate::message::check(&call.body, "", v2)?;
    still_something(&was, &call.body, call.files.len())?;
    let files = call.state.store_files(&call.files, &call.body, channel, call.base, call.now);
    match call.state.revise(channel, id, &call.body, files, call.now) {
        Some(message) => ok(&call.state.message_json(&message)),
        None => Err(Refusal::unknown("Message")),
    }
}

/// An edit must leave something to see.
pub fn still_something(was: &Value, body: &Value, files: usize) -> Result<(), Refusal> {
    let mut after = was.clone();
    if let (Some(after), Some(body)) = (after.as_object_mut(), body.as_object()) {
        for (field, value) in body {
            after.insert(field.clone(), value.clone());
        }
    }
    let kept = after.get("attachments").and_then(Value::as_array).map_or(0, Vec::len);
    validate::message::not_empty(&after, files + kept)
}

pub fn delete(call: &mut Call, channel: Id, id: Id) -> Reply {
    let author = call.message(channel, id)?.author.id;
    let direct = call.channel(channel)?.kind == kind::DM;
    if author != call.bot() {
        if direct {
            return Err(Refusal::new(403, 50003, "Cannot execute action on a DM channel"));
        }
        call.channel_for(channel, may::MANAGE_MESSAGES)?;
    }
    call.state.erase(channel, &[id]);
    empty()
}

pub fn bulk_delete(call: &mut Call, channel: Id) -> Reply {
    call.channel_for(channel, may::MANAGE_MESSAGES)?;
    let ids = call.body.get("messages").cloned().unwrap_or_default();
    let ids: Vec<Id> = serde_json::from_value(ids).unwrap_or_default();
    let mut errors = Errors::default();
    if !(2..=100).contains(&ids.len()) {
        errors.bad_length("messages", 2, 100);
    }
    errors.check()?;
    if ids.iter().any(|id| call.now - id.created_ms() > TWO_WEEKS_MS) {
        let message = "You can only bulk delete messages that are under 14 days old.";
        return Err(Refusal::new(400, 50034, message));
    }
    call.state.erase(channel, &ids);
    empty()
}

pub fn typing(call: &mut Call, channel: Id) -> Reply {
    writable(call, channel)?;
    empty()
}

pub fn pin(call: &mut Call, channel: Id, id: Id, pinned: bool) -> Reply {
    call.channel_for(channel, may::PIN_MESSAGES)?;
    call.message(channel, id)?;
    let others = call.state.messages.get(&channel).into_iter().flatten();
    if pinned && others.filter(|(_, one)| one.pinned).count() >= 250 {
        return Err(Refusal::new(400, 30003, "Maximum number of pins reached for the channel (250)"));
    }
    let Some(message) = call.state.message_mut(channel, id) else {
        return Err(Refusal::unknown("Message"));
    };
    message.pinned = pinned;
    let message = message.clone();
    call.state.tell_message("MESSAGE_UPDATE", &message);
    empty()
}

fn pinned(call: &Call, channel: Id) -> Vec<(Value, String)> {
    let all = call.state.messages.get(&channel).into_iter().flatten().rev();
    all.filter(|(_, one)| one.pinned).map(|(_, one)| (call.state.message_json(one), one.timestamp.clone())).collect()
}

pub fn pins(call: &mut Call, channel: Id) -> Reply {
    call.channel_for(channel, may::READ_MESSAGE_HISTORY)?;
    let all: Vec<Value> = pinned(call, channel).into_iter().map(|(message, _)| message).collect();
    ok(&all)
}

pub fn pin_page(call: &mut Call, channel: Id) -> Reply {
    call.channel_for(channel, may::READ_MESSAGE_HISTORY)?;
    let items: Vec<Value> =
        pinned(call, channel).into_iter().map(|(message, at)| json!({"message": message, "pinned_at": at})).collect();
    with_status(200, &json!({"items": items, "has_more": false, "at": timestamp(call.now)}))
}
