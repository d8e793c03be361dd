//! `/applications/{id}/commands` and `/applications/{id}/guilds/{id}/commands`.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    Call,
    reply::{Errors, Refusal, Reply, empty, ok, with_status},
    snowflake,
};
use crate::discord::{
    commands::{Command, most},
    ids::Id,
    validate,
};

pub fn route(call: &mut Call, method: &str, application: &str, guild: Option<Id>, rest: &[&str]) -> Reply {
    if snowflake("application_id", application)? != call.state.application_id {
        return Err(Refusal::new(403, 20012, "You are not authorized to perform this action on this application"));
    }
    if let Some(guild) = guild {
        call.guild(guild)?;
    }
    match (method, rest) {
        ("GET", []) => {
            let all: Vec<Value> = call.state.commands_of(guild).map(|one| one.json.clone()).collect();
            ok(&all)
        }
        ("PUT", []) => overwrite(call, guild),
        ("POST", []) => create(call, guild),
        ("GET", ["permissions"]) if guild.is_some() => ok(&json!([])),
        (_, [id]) => one(call, method, guild, snowflake("command_id", id)?),
        _ => Err(Refusal::new(405, 0, "405: Method Not Allowed")),
    }
}

fn overwrite(call: &mut Call, guild: Option<Id>) -> Reply {
    let Value::Array(definitions) = call.body.clone() else {
        return Err(Refusal::field("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
    };
    let mut errors = Errors::default();
    let mut names = HashSet::new();
    for (at, definition) in definitions.iter().enumerate() {
        validate::commands::check(definition, &at.to_string(), &mut errors);
        if !names.insert((kind(definition), definition.get("name").cloned())) {
            let message = "Application command names must be unique";
            errors.add(&format!("{at}.name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
        }
    }
    for of_kind in 1..=3 {
        room(definitions.iter().filter(|one| kind(one) == of_kind).count(), of_kind)?;
    }
    errors.check()?;
    let old: Vec<Command> = call.state.commands_of(guild).cloned().collect();
    call.state.commands.retain(|one| one.guild_id != guild);
    for definition in &definitions {
        let same = old.iter().find(|one| one.kind == kind(definition) && Some(one.name.as_str()) == name(definition));
        let id = same.map(|one| one.id);
        store(call, guild, definition, id);
    }
    let all: Vec<Value> = call.state.commands_of(guild).map(|one| one.json.clone()).collect();
    ok(&all)
}

fn kind(definition: &Value) -> u64 {
    definition.get("type").and_then(Value::as_u64).unwrap_or(1)
}

fn name(definition: &Value) -> Option<&str> {
    definition.get("name").and_then(Value::as_str)
}

fn room(count: usize, kind: u64) -> Result<(), Refusal> {
    if count <= most(kind) {
        return Ok(());
    }
    let message = format!("Maximum number of application commands reached ({}).", most(kind));
    Err(Refusal::new(400, 30032, &message))
}

fn store(call: &mut Call, guild: Option<Id>, definition: &Value, id: Option<Id>) -> Value {
    let version = call.state.new_id(call.now);
    let id = id.unwrap_or(version);
    let command = Command::new(id, call.state.application_id, guild, definition, version);
    call.state.commands.retain(|one| one.id != id);
    call.state.commands.push(command.clone());
    call.state.version += 1;
    command.json
}

/// Creates, or replaces the one of the same name.
fn create(call: &mut Call, guild: Option<Id>) -> Reply {
    let definition = call.body.clone();
    let mut errors = Errors::default();
    validate::commands::check(&definition, "", &mut errors);
    errors.check()?;
    let of_kind = kind(&definition);
    let same =
        call.state.commands_of(guild).find(|one| one.kind == of_kind && Some(one.name.as_str()) == name(&definition));
    let same = same.map(|one| one.id);
    if same.is_none() {
        let there = call.state.commands_of(guild).filter(|one| one.kind == of_kind).count();
        room(there + 1, of_kind)?;
    }
    let stored = store(call, guild, &definition, same);
    with_status(if same.is_some() { 200 } else { 201 }, &stored)
}

fn one(call: &mut Call, method: &str, guild: Option<Id>, id: Id) -> Reply {
    let found = call.state.commands_of(guild).find(|one| one.id == id).cloned();
    let found = found.ok_or_else(|| Refusal::unknown("application command"))?;
    match method {
        "GET" => ok(&found.json),
        "DELETE" => {
            call.state.commands.retain(|one| one.id != id);
            call.state.version += 1;
            empty()
        }
        "PATCH" => {
            let mut merged = found.json.clone();
            if let (Some(merged), Some(body)) = (merged.as_object_mut(), call.body.as_object()) {
                for (field, value) in body {
                    merged.insert(field.clone(), value.clone());
                }
            }
            let mut errors = Errors::default();
            validate::commands::check(&merged, "", &mut errors);
            errors.check()?;
            let stored = store(call, guild, &merged, Some(id));
            ok(&stored)
        }
        _ => Err(Refusal::new(405, 0, "405: Method Not Allowed")),
    }
}
