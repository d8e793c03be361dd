//! The options of a command and the values of a select: checked as Discord's own client checks them, and resolved.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::CommandUse;
use crate::discord::{
    ids::Id,
    state::State,
    validate::{components::of, length},
};

/// The things that ids stand for, as interactions carry them along.
#[derive(Default)]
pub struct Resolved(BTreeMap<&'static str, Map<String, Value>>);

impl Resolved {
    pub fn put(&mut self, what: &'static str, id: Id, value: Value) {
        self.0.entry(what).or_default().insert(id.to_string(), value);
    }

    pub fn json(&self) -> Option<Value> {
        (!self.0.is_empty()).then(|| json!(self.0))
    }

    pub fn user(&mut self, state: &State, guild: Option<Id>, id: Id) -> Result<(), String> {
        let user = state.users.get(&id).ok_or("no such user")?;
        self.put("users", id, json!(user));
        let Some(guild) = guild else { return Ok(()) };
        if let Some(member) = state.member(guild, id) {
            let mut member = member.partial();
            let permissions =
                state.guilds.get(&guild).map_or(0, |guild| crate::discord::permissions::in_guild(guild, id));
            if let Some(fields) = member.as_object_mut() {
                fields.insert("permissions".to_owned(), json!(permissions.to_string()));
            }
            self.put("members", id, member);
        }
        Ok(())
    }

    fn role(&mut self, state: &State, guild: Option<Id>, id: Id) -> Result<(), String> {
        let guild = guild.and_then(|guild| state.guilds.get(&guild));
        let role = guild.and_then(|guild| guild.role(id)).ok_or("no such role")?;
        self.put("roles", id, role.json());
        Ok(())
    }

    fn channel(&mut self, state: &State, guild: Option<Id>, id: Id, user: Id) -> Result<u8, String> {
        let channel = state.channels.get(&id).filter(|one| one.guild_id == guild).ok_or("no such channel")?;
        let mut json = state.channel_json(channel);
        if let Some(fields) = json.as_object_mut() {
            fields.insert("permissions".to_owned(), json!(state.permissions(user, id).to_string()));
            fields.insert("app_permissions".to_owned(), json!(state.permissions(state.bot(), id).to_string()));
        }
        self.put("channels", id, json);
        Ok(channel.kind)
    }
}

/// The `options` of the interaction, sub commands nested as Discord nests them.
pub fn build(
    state: &State,
    guild: Option<Id>,
    definition: &Value,
    path: &[&str],
    used: &CommandUse,
    typing: bool,
    resolved: &mut Resolved,
) -> Result<Value, String> {
    let known = definition.get("options").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let kind_of = |one: &Value| one.get("type").and_then(Value::as_u64).unwrap_or_default();
    if let [first, rest @ ..] = path {
        let sub = known.iter().find(|one| matches!(kind_of(one), 1 | 2) && name_of(one) == *first);
        let sub = sub.ok_or_else(|| format!("no sub command {first}"))?;
        let inside = build(state, guild, sub, rest, used, typing, resolved)?;
        return Ok(json!([{"name": first, "type": kind_of(sub), "options": inside}]));
    }
    if known.iter().any(|one| matches!(kind_of(one), 1 | 2)) {
        return Err("name the sub command".to_owned());
    }
    if let Some(unknown) = used.options.keys().find(|given| !known.iter().any(|one| name_of(one) == given.as_str())) {
        return Err(format!("no option {unknown}"));
    }
    let mut built = Vec::new();
    for one in known {
        let name = name_of(one);
        let focused = typing && used.focused.as_deref() == Some(name);
        let Some(value) = used.options.get(name).filter(|value| !value.is_null()) else {
            if focused {
                built.push(json!({"name": name, "type": kind_of(one), "value": "", "focused": true}));
            } else if !typing && one.get("required").and_then(Value::as_bool) == Some(true) {
                return Err(format!("option {name} is required"));
            }
            continue;
        };
        if focused {
            if one.get("autocomplete").and_then(Value::as_bool) != Some(true) {
                return Err(format!("option {name} has no autocomplete"));
            }
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            built.push(json!({"name": name, "type": kind_of(one), "value": text, "focused": true}));
            continue;
        }
        let value =
            checked(state, guild, one, value, used.user_id, resolved).map_err(|why| format!("option {name}: {why}"))?;
        built.push(json!({"name": name, "type": kind_of(one), "value": value}));
    }
    Ok(json!(built))
}

fn name_of(option: &Value) -> &str {
    option.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn checked(
    state: &State,
    guild: Option<Id>,
    option: &Value,
    value: &Value,
    user: Id,
    resolved: &mut Resolved,
) -> Result<Value, String> {
    let kind = option.get("type").and_then(Value::as_u64).unwrap_or_default();
    let bound = |name: &str| option.get(name).and_then(Value::as_f64);
    match kind {
        3 => {
            let text = value.as_str().ok_or("not a text")?;
            let least = bound("min_length").unwrap_or(0.0) as usize;
            let most = bound("max_length").unwrap_or(6_000.0) as usize;
            if !(least..=most).contains(&length(text)) {
                return Err(format!("must have {least} to {most} characters"));
            }
        }
        4 | 10 => {
            // The page's form gives texts.
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok()).ok_or("not a number")?;
            if bound("min_value").is_some_and(|least| number < least)
                || bound("max_value").is_some_and(|most| number > most)
            {
                return Err("out of range".to_owned());
            }
            let number = if kind == 4 { json!(number as i64) } else { json!(number) };
            return in_choices(option, number);
        }
        5 => {
            let flag = value.as_bool().or_else(|| value.as_str()?.parse().ok()).ok_or("not true or false")?;
            return Ok(json!(flag));
        }
        6..=9 => {
            let id: Id = serde_json::from_value(value.clone()).map_err(|_| "not an id")?;
            match kind {
                6 => resolved.user(state, guild, id)?,
                7 => {
                    let of_kind = resolved.channel(state, guild, id, user)?;
                    let allowed = option.get("channel_types").and_then(Value::as_array);
                    if allowed.is_some_and(|allowed| !allowed.is_empty() && !allowed.contains(&json!(of_kind))) {
                        return Err("not a channel of this type".to_owned());
                    }
                }
                8 => resolved.role(state, guild, id)?,
                _ => resolved.user(state, guild, id).or_else(|_| resolved.role(state, guild, id))?,
            }
            return Ok(json!(id));
        }
        11 => {
            let id: Id = serde_json::from_value(value.clone()).map_err(|_| "not an id")?;
            let file = state.attached.get(&id).ok_or("no such file was attached")?;
            let mut shown = json!(file);
            if let Some(fields) = shown.as_object_mut() {
                fields.insert("ephemeral".to_owned(), json!(true));
            }
            resolved.put("attachments", id, shown);
            return Ok(json!(id));
        }
        _ => return Err("this option type cannot be used here".to_owned()),
    }
    in_choices(option, value.clone())
}

fn in_choices(option: &Value, value: Value) -> Result<Value, String> {
    let choices = option.get("choices").and_then(Value::as_array).filter(|choices| !choices.is_empty());
    let fits = |choice: &Value| {
        choice
            .get("value")
            .is_some_and(|one| *one == value || one.as_f64().is_some_and(|one| Some(one) == value.as_f64()))
    };
    match choices {
        Some(choices) if !choices.iter().any(fits) => Err("not one of the choices".to_owned()),
        _ => Ok(value),
    }
}

/// Whether these values can be chosen in this select.
pub fn chosen(select: &Value, values: &[String]) -> Result<(), String> {
    let number = |field: &str| select.get(field).and_then(Value::as_u64);
    let required = select.get("required").and_then(Value::as_bool).unwrap_or(true);
    let least = number("min_values").unwrap_or(1) as usize;
    let most = number("max_values").unwrap_or(1) as usize;
    if values.is_empty() && !required {
        return Ok(());
    }
    if values.len() < least || values.len() > most {
        return Err(format!("{least} to {most} values can be chosen"));
    }
    if let Some(options) = select.get("options").and_then(Value::as_array) {
        let offered =
            |value: &String| options.iter().any(|one| one.get("value").and_then(Value::as_str) == Some(value));
        if let Some(value) = values.iter().find(|value| !offered(value)) {
            return Err(format!("{value} is not offered"));
        }
    }
    Ok(())
}

/// What the values of a user, role, mentionable or channel select stand for.
pub fn resolve_selected(state: &State, guild: Option<Id>, kind: u64, values: &[String]) -> Result<Value, String> {
    let mut resolved = Resolved::default();
    for value in values.iter().filter(|_| matches!(kind, of::USER_SELECT..=of::CHANNEL_SELECT)) {
        let id: Id = value.parse().map_err(|_| "not an id")?;
        match kind {
            of::USER_SELECT => resolved.user(state, guild, id)?,
            of::ROLE_SELECT => resolved.role(state, guild, id)?,
            of::CHANNEL_SELECT => resolved.channel(state, guild, id, state.bot()).map(|_| ())?,
            _ => resolved.user(state, guild, id).or_else(|_| resolved.role(state, guild, id))?,
        }
    }
    Ok(resolved.json().unwrap_or_else(|| json!({})))
}
