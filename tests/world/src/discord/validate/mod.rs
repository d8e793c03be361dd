//! Discord's limits on what a bot sends: messages, embeds, components, commands.

pub mod commands;
pub mod components;
pub mod embeds;
pub mod message;

use serde_json::Value;

use super::rest::reply::Errors;

/// The length that Discord counts: characters, not bytes.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// A text field that must be there and have `least..=most` characters.
pub fn required_text(of: &Value, field: &str, path: &str, least: usize, most: usize, errors: &mut Errors) {
    let path = join(path, field);
    match of.get(field) {
        Some(Value::String(text)) if (least..=most).contains(&length(text)) => {}
        Some(Value::String(_)) => errors.bad_length(&path, least, most),
        None | Some(Value::Null) => errors.required(&path),
        Some(_) => errors.add(&path, "STRING_TYPE_CONVERT", "Could not interpret value as string."),
    }
}

/// A text field that may be missing or null.
pub fn optional_text(of: &Value, field: &str, path: &str, most: usize, errors: &mut Errors) {
    let path = join(path, field);
    match of.get(field) {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if length(text) <= most => {}
        Some(Value::String(_)) => errors.too_long(&path, most),
        Some(_) => errors.add(&path, "STRING_TYPE_CONVERT", "Could not interpret value as string."),
    }
}

/// The items of a list that may be missing; complains if it is no list or too long.
pub fn list<'a>(of: &'a Value, field: &str, path: &str, most: usize, errors: &mut Errors) -> &'a [Value] {
    let path = join(path, field);
    match of.get(field) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => {
            if items.len() > most {
                errors.too_long(&path, most);
            }
            items
        }
        Some(_) => {
            errors.add(&path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            &[]
        }
    }
}

/// `http`, `https` and, for files of the same message, `attachment`.
pub fn url(of: &Value, field: &str, path: &str, attachment: bool, errors: &mut Errors) {
    let path = join(path, field);
    match of.get(field) {
        None | Some(Value::Null) => {}
        Some(Value::String(url)) => {
            let schemes = ["http://", "https://", "attachment://"];
            let allowed = if attachment { 3 } else { 2 };
            if !schemes.iter().take(allowed).any(|scheme| url.starts_with(scheme)) {
                let message = "Scheme must be one of ('http', 'https').";
                errors.add(&path, "URL_TYPE_INVALID_SCHEME", message);
            }
        }
        Some(_) => errors.add(&path, "URL_TYPE_INVALID_URL", "Not a well formed URL."),
    }
}

pub fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}
