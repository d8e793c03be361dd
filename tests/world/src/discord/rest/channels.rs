//! `/guilds/{id}/channels` and `/channels/{id}`.

use serde_json::Value;

use super::{
    Call, overwrites,
    reply::{Errors, Refusal, Reply, ok, with_status},
};
use crate::discord::{
    ids::Id,
    model::{Channel, kind},
    permissions as may, validate,
};

const PER_GUILD: usize = 500;
const PER_CATEGORY: usize = 50;

/// Text channels are lower case without spaces; everything else keeps its name.
fn channel_name(name: &str, of_kind: u8) -> String {
    if matches!(of_kind, kind::TEXT | kind::NEWS | kind::FORUM) {
        return name.trim().to_lowercase().replace(' ', "-");
    }
    name.trim().to_owned()
}

/// Names that this Discord was told to refuse.
pub fn refused_name(call: &Call, errors: &mut Errors) {
    let name = call.text("name").unwrap_or_default().to_lowercase();
    if call.state.refused_names.iter().any(|word| name.contains(word)) {
        let message = "Contains words not allowed for servers in Server Discovery.";
        errors.add("name", "CHANNEL_NAME_PROHIBITED", message);
    }
}

pub fn create(call: &mut Call, guild: Id) -> Reply {
    call.guild_for(guild, may::MANAGE_CHANNELS)?;
    let mut errors = Errors::default();
    validate::required_text(&call.body, "name", "", 1, 100, &mut errors);
    refused_name(call, &mut errors);
    validate::optional_text(&call.body, "topic", "", 1_024, &mut errors);
    let of_kind = call.body.get("type").and_then(Value::as_u64).unwrap_or_default() as u8;
    if !matches!(of_kind, kind::TEXT | kind::VOICE | kind::CATEGORY | kind::NEWS | kind::FORUM) {
        errors.bad_choice("type", "Value must be one of {0, 2, 4, 5, 13, 14, 15, 16}.");
    }
    let overwrites = overwrites::of_form(&call.body, &mut errors);
    let parent = parent(call, guild, &mut errors);
    errors.check()?;
    let in_guild = call.state.channels.values().filter(|one| one.guild_id == Some(guild) && !one.is_thread()).count();
    if in_guild >= PER_GUILD {
        return Err(Refusal::new(400, 30013, "Maximum number of guild channels reached (500)"));
    }
    let held = may::in_guild(call.guild(guild)?, call.bot());
    if let Some(overwrites) = &overwrites {
        overwrites::permitted(call, guild, held, overwrites)?;
    }
    let name = channel_name(call.text("name").unwrap_or_default(), of_kind);
    let id = call.state.new_id(call.now);
    let mut channel = Channel::new(id, of_kind, Some(guild), &name);
    channel.parent_id = parent.flatten();
    channel.topic = call.text("topic").map(str::to_owned);
    channel.position = call.body.get("position").and_then(Value::as_i64).unwrap_or(in_guild as i64);
    channel.nsfw = call.body.get("nsfw").and_then(Value::as_bool).unwrap_or_default();
    channel.slowmode = call.body.get("rate_limit_per_user").and_then(Value::as_u64).unwrap_or_default();
    // Without overwrites of its own a new channel takes those of its category.
    let inherited = || channel.parent_id.and_then(|id| call.state.channels.get(&id)).map(|one| one.overwrites.clone());
    channel.overwrites = overwrites.or_else(inherited).unwrap_or_default();
    call.state.channels.insert(id, channel.clone());
    call.state.tell_channel("CREATE", &channel);
    with_status(201, &call.state.channel_json(&channel))
}

/// `parent_id` of the form: missing, null, or a category with room.
fn parent(call: &Call, guild: Id, errors: &mut Errors) -> Option<Option<Id>> {
    let field = call.body.get("parent_id")?;
    if field.is_null() {
        return Some(None);
    }
    let id = serde_json::from_value::<Id>(field.clone()).ok();
    let category = id.and_then(|id| call.state.channels.get(&id));
    let Some(category) = category.filter(|one| one.kind == kind::CATEGORY && one.guild_id == Some(guild)) else {
        errors.add("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist");
        return None;
    };
    let inside = call.state.channels.values().filter(|one| one.parent_id == Some(category.id)).count();
    if inside >= PER_CATEGORY {
        let message = "Maximum number of channels in category reached (50)";
        errors.add("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", message);
    }
    Some(Some(category.id))
}

pub fn get(call: &mut Call, id: Id) -> Reply {
    let channel = call.channel(id)?;
    ok(&call.state.channel_json(channel))
}

pub fn patch(call: &mut Call, id: Id) -> Reply {
    if call.channel(id)?.is_thread() {
        return super::threads::patch(call, id);
    }
    let channel = call.channel_for(id, may::MANAGE_CHANNELS)?.clone();
    let Some(guild) = channel.guild_id else {
        return Err(Refusal::new(403, 50003, "Cannot execute action on a DM channel"));
    };
    let mut errors = Errors::default();
    if call.body.get("name").is_some() {
        validate::required_text(&call.body, "name", "", 1, 100, &mut errors);
        refused_name(call, &mut errors);
    }
    validate::optional_text(&call.body, "topic", "", 1_024, &mut errors);
    let overwrites = overwrites::of_form(&call.body, &mut errors);
    let moves = call
        .body
        .get("parent_id")
        .is_some_and(|to| to.as_str() != channel.parent_id.map(|id| id.to_string()).as_deref());
    let parent = if moves { parent(call, guild, &mut errors) } else { None };
    let slowmode = call.body.get("rate_limit_per_user").and_then(Value::as_u64);
    if slowmode.is_some_and(|seconds| seconds > 21_600) {
        let message = "int value should be less than or equal to 21600.";
        errors.add("rate_limit_per_user", "NUMBER_TYPE_MAX", message);
    }
    errors.check()?;
    if let Some(overwrites) = &overwrites {
        let held = call.state.permissions(call.bot(), id);
        if held & may::MANAGE_ROLES == 0 {
            return Err(Refusal::missing_permission());
        }
        // What was there already needs no right to set it again.
        let new: Vec<_> = overwrites
            .iter()
            .filter(|one| {
                let old = channel.overwrites.iter().find(|old| old.id == one.id);
                old.is_none_or(|old| (old.allow, old.deny) != (one.allow, one.deny))
            })
            .copied()
            .collect();
        overwrites::permitted(call, guild, held, &new)?;
    }
    let mut channel = channel;
    if let Some(name) = call.text("name") {
        channel.name = channel_name(name, channel.kind);
    }
    if let Some(topic) = call.body.get("topic") {
        channel.topic = topic.as_str().map(str::to_owned);
    }
    if let Some(parent) = parent {
        channel.parent_id = parent;
    }
    if let Some(position) = call.body.get("position").and_then(Value::as_i64) {
        channel.position = position;
    }
    if let Some(nsfw) = call.body.get("nsfw").and_then(Value::as_bool) {
        channel.nsfw = nsfw;
    }
    channel.slowmode = slowmode.unwrap_or(channel.slowmode);
    channel.overwrites = overwrites.unwrap_or(channel.overwrites);
    call.state.channels.insert(id, channel.clone());
    call.state.tell_channel("UPDATE", &channel);
    ok(&call.state.channel_json(&channel))
}

pub fn delete(call: &mut Call, id: Id) -> Reply {
    let channel = call.channel(id)?.clone();
    if channel.kind == kind::DM {
        return ok(&call.state.channel_json(&channel));
    }
    let needed = if channel.is_thread() { may::MANAGE_THREADS } else { may::MANAGE_CHANNELS };
    call.channel_for(id, needed)?;
    call.state.remove_channel(id);
    ok(&call.state.channel_json(&channel))
}
