//! `/guilds/{id}`: the guild, its channels, active threads and roles.

use serde_json::{Value, json};

use super::{
    Call,
    reply::{Errors, Refusal, Reply, empty, ok},
};
use crate::discord::{
    ids::Id,
    model::{Channel, Role},
    permissions as may, validate,
};

const MOST_ROLES: usize = 250;

pub fn get(call: &mut Call, guild: Id) -> Reply {
    let found = call.guild(guild)?;
    let mut json = found.json();
    if call.query.get("with_counts").map(String::as_str) == Some("true")
        && let Some(fields) = json.as_object_mut()
    {
        let online = found.members.values().filter(|member| member.status != "offline").count();
        fields.insert("approximate_member_count".to_owned(), json!(found.members.len()));
        fields.insert("approximate_presence_count".to_owned(), json!(online));
    }
    ok(&json)
}

fn of_guild<'a>(call: &'a Call, guild: Id, threads: bool) -> impl Iterator<Item = &'a Channel> {
    let all = call.state.channels.values();
    all.filter(move |one| one.guild_id == Some(guild) && one.is_thread() == threads)
}

pub fn channels(call: &mut Call, guild: Id) -> Reply {
    call.guild(guild)?;
    let all: Vec<Value> = of_guild(call, guild, false).map(|one| call.state.channel_json(one)).collect();
    ok(&all)
}

pub fn active_threads(call: &mut Call, guild: Id) -> Reply {
    call.guild(guild)?;
    let active: Vec<&Channel> = of_guild(call, guild, true)
        .filter(|one| one.thread.as_ref().is_some_and(|thread| !thread.archived))
        .filter(|one| call.state.can(call.bot(), one.id, may::VIEW_CHANNEL))
        .collect();
    let members: Vec<Value> = active.iter().filter_map(|one| one.thread_member(call.bot())).collect();
    let threads: Vec<Value> = active.iter().map(|one| call.state.channel_json(one)).collect();
    ok(&json!({"threads": threads, "members": members}))
}

pub fn roles(call: &mut Call, guild: Id) -> Reply {
    let roles: Vec<Value> = call.guild(guild)?.roles.iter().map(Role::json).collect();
    ok(&roles)
}

pub fn create_role(call: &mut Call, guild: Id) -> Reply {
    let held = may::in_guild(call.guild_for(guild, may::MANAGE_ROLES)?, call.bot());
    let mut errors = Errors::default();
    validate::optional_text(&call.body, "name", "", 100, &mut errors);
    let bits = match call.body.get("permissions") {
        None | Some(Value::Null) => Some(0),
        Some(bits) => bits.as_str().and_then(|bits| bits.parse::<u64>().ok()),
    };
    if bits.is_none() {
        errors.add("permissions", "BITFIELD_TYPE_CONVERT", "Must be a bit field as a string.");
    }
    errors.check()?;
    let permissions = bits.unwrap_or_default();
    if permissions & !held != 0 {
        return Err(Refusal::missing_permission());
    }
    if call.guild(guild)?.roles.len() >= MOST_ROLES {
        return Err(Refusal::new(400, 30005, "Maximum number of guild roles reached (250)"));
    }
    let flag = |name: &str| call.body.get(name).and_then(Value::as_bool).unwrap_or_default();
    let (hoist, mentionable) = (flag("hoist"), flag("mentionable"));
    let id = call.state.new_id(call.now);
    let role = Role {
        id,
        name: call.text("name").unwrap_or("new role").to_owned(),
        permissions,
        position: 1,
        managed: false,
        mentionable,
        hoist,
        color: call.body.get("color").and_then(Value::as_u64).unwrap_or_default(),
        bot_id: None,
    };
    call.state.add_role(guild, role.clone());
    ok(&role.json())
}

pub fn delete_role(call: &mut Call, guild: Id, role: Id) -> Reply {
    let found = call.guild_for(guild, may::MANAGE_ROLES)?;
    let Some(known) = found.role(role) else {
        return Err(Refusal::unknown("Role"));
    };
    if known.managed || role == guild || known.position >= found.rank(call.bot()) {
        return Err(Refusal::missing_permission());
    }
    call.state.remove_role(guild, role);
    empty()
}
