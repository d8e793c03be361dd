//! What a member filled into a form, in the shape that Discord sends it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Modal, options};
use crate::discord::{
    ids::Id,
    state::State,
    validate::{
        components::{self, of},
        length,
    },
};

/// The `components` of the submission, and `resolved` if a select named people, roles or channels.
pub fn fill(
    state: &State,
    open: &Modal,
    fields: &HashMap<String, Value>,
) -> Result<(Vec<Value>, Option<Value>), String> {
    let guild = state.channels.get(&open.channel_id).and_then(|one| one.guild_id);
    let mut all = Vec::new();
    components::flat(&open.components, &mut all);
    let known = |id: &str| all.iter().any(|one| one.get("custom_id").and_then(Value::as_str) == Some(id));
    if let Some(unknown) = fields.keys().find(|id| !known(id)) {
        return Err(format!("the modal has no field {unknown}"));
    }
    let mut resolved = None;
    let mut sent = Vec::new();
    for (at, outer) in open.components.iter().enumerate() {
        let id = json!(at * 2 + 1);
        match components::kind(outer) {
            of::ROW => {
                let input = outer.pointer("/components/0").unwrap_or(&Value::Null);
                let input = one(state, guild, input, fields, at, &mut resolved)?;
                sent.push(json!({"type": of::ROW, "id": id, "components": [input]}));
            }
            of::LABEL => {
                let field = outer.get("component").unwrap_or(&Value::Null);
                let field = one(state, guild, field, fields, at, &mut resolved)?;
                sent.push(json!({"type": of::LABEL, "id": id, "component": field}));
            }
            other => sent.push(json!({"type": other, "id": id})),
        }
    }
    Ok((sent, resolved))
}

fn one(
    state: &State,
    guild: Option<Id>,
    field: &Value,
    fields: &HashMap<String, Value>,
    at: usize,
    resolved: &mut Option<Value>,
) -> Result<Value, String> {
    let name = field.get("custom_id").and_then(Value::as_str).unwrap_or_default();
    let kind = components::kind(field);
    let id = json!(at * 2 + 2);
    let given = fields.get(name);
    let required = field.get("required").and_then(Value::as_bool).unwrap_or(true);
    match kind {
        of::TEXT_INPUT => {
            let default = field.get("value").and_then(Value::as_str).unwrap_or_default();
            let text = given.map_or(default, |given| given.as_str().unwrap_or_default());
            let number = |field_name: &str| field.get(field_name).and_then(Value::as_u64).map(|number| number as usize);
            let (least, most) = (number("min_length").unwrap_or(0), number("max_length").unwrap_or(4_000));
            if text.is_empty() && required {
                return Err(format!("{name} is required"));
            }
            if !text.is_empty() && !(least..=most).contains(&length(text)) {
                return Err(format!("{name} must have {least} to {most} characters"));
            }
            Ok(json!({"type": kind, "id": id, "custom_id": name, "value": text}))
        }
        of::CHECKBOX => {
            // Left alone it is as the form made it.
            let by_default = field.get("default").and_then(Value::as_bool).unwrap_or_default();
            let value = given.and_then(Value::as_bool).unwrap_or(by_default);
            Ok(json!({"type": kind, "id": id, "custom_id": name, "value": value}))
        }
        of::RADIO_GROUP => {
            let value = given.and_then(|given| given.as_str().or_else(|| given.get(0)?.as_str()));
            if value.is_none() && required {
                return Err(format!("{name} is required"));
            }
            let values: Vec<String> = value.into_iter().map(str::to_owned).collect();
            options::chosen(field, &values).or_else(|why| if values.is_empty() { Ok(()) } else { Err(why) })?;
            Ok(json!({"type": kind, "id": id, "custom_id": name, "value": value}))
        }
        of::FILE_UPLOAD if required => Err(format!("{name}: files cannot be uploaded in this world")),
        of::FILE_UPLOAD => Ok(json!({"type": kind, "id": id, "custom_id": name, "values": []})),
        _ => {
            let values = texts(given);
            options::chosen(field, &values).map_err(|why| format!("{name}: {why}"))?;
            let found = options::resolve_selected(state, guild, kind, &values)?;
            if found.as_object().is_some_and(|found| !found.is_empty()) {
                merge(resolved, found);
            }
            Ok(json!({"type": kind, "id": id, "custom_id": name, "values": values}))
        }
    }
}

fn texts(given: Option<&Value>) -> Vec<String> {
    match given {
        Some(Value::String(one)) if !one.is_empty() => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn merge(into: &mut Option<Value>, found: Value) {
    let target = into.get_or_insert_with(|| json!({}));
    let (Some(target), Value::Object(found)) = (target.as_object_mut(), found) else {
        return;
    };
    for (what, things) in found {
        let there = target.entry(what).or_insert_with(|| json!({}));
        if let (Some(there), Value::Object(things)) = (there.as_object_mut(), things) {
            there.extend(things);
        }
    }
}
