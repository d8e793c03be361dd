//! Permission overwrites: as a form field of channels, and `/channels/{id}/permissions/{id}`.

use serde_json::Value;

use super::{
    Call,
    reply::{Errors, Refusal, Reply, empty},
};
use crate::discord::{
    ids::Id,
    model::{Overwrite, OverwriteKind},
    permissions as may,
};

/// One overwrite of a form; `id` comes from the path or from the form.
fn parse(form: &Value, id: Option<Id>, path: &str, errors: &mut Errors) -> Option<Overwrite> {
    let id = id.or_else(|| serde_json::from_value(form.get("id")?.clone()).ok());
    let kind = match form.get("type") {
        Some(Value::Number(kind)) if kind.as_u64() == Some(0) => Some(OverwriteKind::Role),
        Some(Value::Number(kind)) if kind.as_u64() == Some(1) => Some(OverwriteKind::Member),
        _ => None,
    };
    let bits = |field: &str| match form.get(field) {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        Some(_) => None,
    };
    if id.is_none() {
        errors.required(&super::super::validate::join(path, "id"));
    }
    if kind.is_none() {
        let at = super::super::validate::join(path, "type");
        errors.bad_choice(&at, "Value must be one of {0, 1}.");
    }
    let (allow, deny) = (bits("allow"), bits("deny"));
    if allow.is_none() || deny.is_none() {
        errors.add(path, "BITFIELD_TYPE_CONVERT", "Invalid bit field.");
    }
    Some(Overwrite { id: id?, kind: kind?, allow: allow?, deny: deny? })
}

/// `permission_overwrites` of a form.
pub fn of_form(form: &Value, errors: &mut Errors) -> Option<Vec<Overwrite>> {
    let field = form.get("permission_overwrites")?;
    let Value::Array(items) = field else {
        if !field.is_null() {
            let message = "Only iterables may be used in a ListType";
            errors.add("permission_overwrites", "LIST_TYPE_CONVERT", message);
        }
        return None;
    };
    let path = |at: usize| format!("permission_overwrites.{at}");
    let parsed = items.iter().enumerate();
    Some(parsed.filter_map(|(at, one)| parse(one, None, &path(at), errors)).collect())
}

/// A bot can only set bits that it holds, and MANAGE_ROLES in an overwrite needs ADMINISTRATOR.
pub fn permitted(call: &Call, guild: Id, held: u64, overwrites: &[Overwrite]) -> Result<(), Refusal> {
    let known = call.guild(guild)?;
    for one in overwrites {
        let exists = match one.kind {
            OverwriteKind::Role => known.role(one.id).is_some(),
            OverwriteKind::Member => call.state.users.contains_key(&one.id),
        };
        if !exists {
            return Err(Refusal::new(404, 10009, "Unknown Overwrite"));
        }
        let bits = one.allow | one.deny;
        let roles = bits & may::MANAGE_ROLES != 0 && held & may::ADMINISTRATOR == 0;
        if bits & !held != 0 || roles {
            return Err(Refusal::missing_permission());
        }
    }
    Ok(())
}

pub fn put(call: &mut Call, channel: Id, id: Id) -> Reply {
    let place = call.channel_for(channel, may::MANAGE_ROLES)?;
    let guild = place.guild_id.ok_or_else(|| Refusal::new(403, 50003, "Cannot execute action on a DM channel"))?;
    if place.is_thread() {
        return Err(Refusal::new(400, 50024, "Cannot execute action on this channel type"));
    }
    let mut errors = Errors::default();
    let parsed = parse(&call.body, Some(id), "", &mut errors);
    errors.check()?;
    let Some(overwrite) = parsed else {
        return Err(Refusal::unknown("Overwrite"));
    };
    let held = call.state.permissions(call.bot(), channel);
    permitted(call, guild, held, std::slice::from_ref(&overwrite))?;
    if let Some(place) = call.state.channels.get_mut(&channel) {
        place.overwrites.retain(|one| one.id != id);
        place.overwrites.push(overwrite);
        let place = place.clone();
        call.state.tell_channel("UPDATE", &place);
    }
    empty()
}

pub fn delete(call: &mut Call, channel: Id, id: Id) -> Reply {
    call.channel_for(channel, may::MANAGE_ROLES)?;
    if let Some(place) = call.state.channels.get_mut(&channel) {
        let before = place.overwrites.len();
        place.overwrites.retain(|one| one.id != id);
        if place.overwrites.len() == before {
            return Err(Refusal::unknown("Overwrite"));
        }
        let place = place.clone();
        call.state.tell_channel("UPDATE", &place);
    }
    empty()
}
