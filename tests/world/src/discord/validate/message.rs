//! A message as a whole: content, embeds, components, flags, nonce, `allowed_mentions`.

use serde_json::Value;

use super::{components, embeds, join, length, list, optional_text};
use crate::discord::{
    model::flag,
    rest::reply::{Errors, Refusal},
};

/// Flags that a bot may set on a message of its own.
const SETTABLE: u64 =
    flag::SUPPRESS_EMBEDS | flag::EPHEMERAL | flag::SUPPRESS_NOTIFICATIONS | flag::COMPONENTS_V2 | 1 << 13;

/// Checks `body`; `path` is where it lies in the request (`data` in an interaction's answer).
pub fn check(body: &Value, path: &str, v2_already: bool) -> Result<(), Refusal> {
    let mut errors = Errors::default();
    if !body.is_object() {
        errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        return errors.check();
    }
    let flags = flags(body);
    let v2 = v2_already || flags & flag::COMPONENTS_V2 != 0;
    optional_text(body, "content", path, 2_000, &mut errors);
    embeds::check(body, path, &mut errors);
    components::in_message(body, path, v2, &mut errors);
    if v2 {
        for field in ["content", "embeds", "poll", "sticker_ids"] {
            if has(body, field) {
                let message = "The 'MessageFlags.IS_COMPONENTS_V2' flag cannot be used with this field.";
                errors.add(&join(path, field), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message);
            }
        }
    }
    if flags & !SETTABLE != 0 {
        errors.add(&join(path, "flags"), "BASE_TYPE_CHOICES", "Contains flags that may not be set.");
    }
    match body.get("nonce") {
        Some(Value::String(nonce)) if length(nonce) > 25 => errors.too_long(&join(path, "nonce"), 25),
        None | Some(Value::Null | Value::String(_) | Value::Number(_)) => {}
        Some(_) => errors.add(&join(path, "nonce"), "NONCE_TYPE_INVALID", "Nonce must be a string or an integer."),
    }
    allowed_mentions(body, path, &mut errors);
    errors.check()
}

/// 50006 for a message with nothing in it.
pub fn not_empty(body: &Value, files: usize) -> Result<(), Refusal> {
    let something =
        files > 0 || ["content", "embeds", "components", "sticker_ids", "poll"].iter().any(|one| has(body, one));
    if something { Ok(()) } else { Err(Refusal::new(400, 50006, "Cannot send an empty message")) }
}

fn has(body: &Value, field: &str) -> bool {
    match body.get(field) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(_)) => true,
        _ => false,
    }
}

pub fn flags(body: &Value) -> u64 {
    body.get("flags").and_then(Value::as_u64).unwrap_or_default()
}

fn allowed_mentions(body: &Value, path: &str, errors: &mut Errors) {
    let Some(allowed) = body.get("allowed_mentions").filter(|allowed| !allowed.is_null()) else {
        return;
    };
    let path = join(path, "allowed_mentions");
    let parse = list(allowed, "parse", &path, 3, errors);
    for (at, what) in parse.iter().enumerate() {
        if !matches!(what.as_str(), Some("users" | "roles" | "everyone")) {
            let message = "Value must be one of ('users', 'everyone', 'roles').";
            errors.bad_choice(&join(&path, &format!("parse.{at}")), message);
        }
    }
    for what in ["users", "roles"] {
        let ids = list(allowed, what, &path, 100, errors);
        if !ids.is_empty() && parse.iter().any(|one| one.as_str() == Some(what)) {
            let message = format!("parse:[\"{what}\"] and {what}: [ids...] are mutually exclusive.");
            errors.add(&path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &message);
        }
        for (at, id) in ids.iter().enumerate() {
            if serde_json::from_value::<crate::discord::ids::Id>(id.clone()).is_err() {
                let message = format!("Value {id} is not snowflake.");
                errors.add(&join(&path, &format!("{what}.{at}")), "NUMBER_TYPE_COERCE", &message);
            }
        }
    }
}
