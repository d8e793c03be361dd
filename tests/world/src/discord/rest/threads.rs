//! Threads: made from a message or alone, joined, left, archived, locked.

use serde_json::Value;

use super::{
    Call,
    reply::{Errors, Refusal, Reply, empty, ok, with_status},
    snowflake,
};
use crate::discord::{
    ids::Id,
    model::{Channel, Thread, kind},
    permissions as may, validate,
};

const ARCHIVE_MINUTES: [u64; 4] = [60, 1_440, 4_320, 10_080];

fn form(body: &Value, new: bool) -> Result<(), Refusal> {
    let mut errors = Errors::default();
    if new || body.get("name").is_some() {
        validate::required_text(body, "name", "", 1, 100, &mut errors);
    }
    if let Some(minutes) = body.get("auto_archive_duration").filter(|minutes| !minutes.is_null())
        && !minutes.as_u64().is_some_and(|minutes| ARCHIVE_MINUTES.contains(&minutes))
    {
        errors.bad_choice("auto_archive_duration", "Value must be one of {60, 1440, 4320, 10080}.");
    }
    errors.check()
}

pub fn from_message(call: &mut Call, channel: Id, message: Id) -> Reply {
    let parent = call.channel_for(channel, may::CREATE_PUBLIC_THREADS)?;
    let thread_kind = if parent.kind == kind::NEWS { kind::NEWS_THREAD } else { kind::PUBLIC_THREAD };
    call.message(channel, message)?;
    if call.state.channels.contains_key(&message) {
        return Err(Refusal::new(400, 160004, "A thread has already been created for this message"));
    }
    form(&call.body, true)?;
    let made = make(call, channel, message, thread_kind)?;
    with_status(201, &call.state.channel_json(&made))
}

pub fn create(call: &mut Call, channel: Id) -> Reply {
    call.channel(channel)?;
    let thread_kind = match call.body.get("type").and_then(Value::as_u64) {
        None => kind::PRIVATE_THREAD,
        Some(11) => kind::PUBLIC_THREAD,
        Some(12) => kind::PRIVATE_THREAD,
        Some(_) => {
            return Err(Refusal::field("type", "BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}."));
        }
    };
    let private = thread_kind == kind::PRIVATE_THREAD;
    call.channel_for(channel, if private { may::CREATE_PRIVATE_THREADS } else { may::CREATE_PUBLIC_THREADS })?;
    form(&call.body, true)?;
    let mut errors = Errors::default();
    super::channels::refused_name(call, &mut errors);
    errors.check()?;
    let id = call.state.new_id(call.now);
    let made = make(call, channel, id, thread_kind)?;
    with_status(201, &call.state.channel_json(&made))
}

fn make(call: &mut Call, parent: Id, id: Id, thread_kind: u8) -> Result<Channel, Refusal> {
    let place = call.channel(parent)?;
    if !matches!(place.kind, kind::TEXT | kind::NEWS) {
        return Err(Refusal::new(400, 50024, "Cannot execute action on this channel type"));
    }
    let bot = call.bot();
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    let thread = Thread {
        invitable: call.body.get("invitable").and_then(Value::as_bool).unwrap_or(true),
        auto_archive: call.body.get("auto_archive_duration").and_then(Value::as_u64).unwrap_or(4_320),
        ..Thread::new(bot, call.now)
    };
    Ok(call.state.make_thread(parent, id, thread_kind, &name, bot, thread))
}

pub fn patch(call: &mut Call, id: Id) -> Reply {
    let mut channel = call.channel(id)?.clone();
    form(&call.body, false)?;
    let bot = call.bot();
    let manages = call.state.can(bot, id, may::MANAGE_THREADS);
    let flag = |name: &str| call.body.get(name).and_then(Value::as_bool);
    let own = channel.owner_id == Some(bot);
    let only_opens = call
        .body
        .as_object()
        .is_some_and(|body| body.keys().all(|key| key == "archived") && flag("archived") == Some(false));
    let locked = channel.thread.as_ref().is_some_and(|thread| thread.locked);
    if !manages && (flag("locked").is_some() || locked || !(own || only_opens)) {
        return Err(Refusal::missing_permission());
    }
    if let Some(name) = call.text("name") {
        channel.name = name.trim().to_owned();
    }
    if let Some(seconds) = call.body.get("rate_limit_per_user").and_then(Value::as_u64) {
        channel.slowmode = seconds;
    }
    if let Some(thread) = &mut channel.thread {
        let others = call.body.as_object().is_some_and(|body| body.keys().any(|key| key != "archived"));
        if thread.archived && flag("archived") != Some(false) && others {
            return Err(Refusal::new(400, 50083, "Thread is archived"));
        }
        thread.archived = flag("archived").unwrap_or(thread.archived);
        thread.locked = flag("locked").unwrap_or(thread.locked);
        thread.invitable = flag("invitable").unwrap_or(thread.invitable);
        let minutes = call.body.get("auto_archive_duration").and_then(Value::as_u64);
        thread.auto_archive = minutes.unwrap_or(thread.auto_archive);
        thread.changed_ms = call.now;
    }
    call.state.channels.insert(id, channel.clone());
    call.state.tell_channel("UPDATE", &channel);
    ok(&call.state.channel_json(&channel))
}

fn thread(call: &Call, id: Id) -> Result<Channel, Refusal> {
    let channel = call.channel(id)?;
    if !channel.is_thread() {
        return Err(Refusal::new(400, 50024, "Cannot execute action on this channel type"));
    }
    Ok(channel.clone())
}

fn who(call: &Call, user: &str) -> Result<Id, Refusal> {
    if user == "@me" { Ok(call.bot()) } else { snowflake("user_id", user) }
}

pub fn members(call: &mut Call, id: Id) -> Reply {
    let channel = thread(call, id)?;
    let inside = channel.thread.iter().flat_map(|thread| &thread.members);
    let all: Vec<Value> = inside.filter_map(|(user, _)| channel.thread_member(*user)).collect();
    ok(&all)
}

pub fn member(call: &mut Call, id: Id, user: &str) -> Reply {
    let user = who(call, user)?;
    match thread(call, id)?.thread_member(user) {
        Some(member) => ok(&member),
        None => Err(Refusal::unknown("Member")),
    }
}

fn unarchived(channel: &Channel) -> Result<(), Refusal> {
    match &channel.thread {
        Some(thread) if thread.archived => Err(Refusal::new(400, 50083, "Thread is archived")),
        _ => Ok(()),
    }
}

pub fn join(call: &mut Call, id: Id, user: &str) -> Reply {
    let user = who(call, user)?;
    let channel = thread(call, id)?;
    unarchived(&channel)?;
    if user != call.bot() {
        call.channel_for(id, may::SEND_MESSAGES)?;
        let guild = channel.guild_id.ok_or_else(|| Refusal::unknown("Guild"))?;
        call.member(guild, user)?;
        // One who may not see the channel above cannot be brought into its thread.
        let sees = channel.parent_id.is_some_and(|parent| call.state.can(user, parent, may::VIEW_CHANNEL));
        if !sees {
            return Err(Refusal::missing_access());
        }
    }
    call.state.join_thread(id, user, call.now);
    empty()
}

pub fn leave(call: &mut Call, id: Id, user: &str) -> Reply {
    let user = who(call, user)?;
    let channel = thread(call, id)?;
    unarchived(&channel)?;
    let own_private = channel.kind == kind::PRIVATE_THREAD && channel.owner_id == Some(call.bot());
    if user != call.bot() && !own_private {
        call.channel_for(id, may::MANAGE_THREADS)?;
    }
    call.state.leave_thread(id, user);
    empty()
}
