//! Application commands: names, descriptions, options, choices, and the 8,000 characters in all.

use std::collections::HashSet;

use serde_json::Value;

use super::{join, length, list, required_text};
use crate::discord::rest::reply::Errors;

const SUB_COMMAND: u64 = 1;
const GROUP: u64 = 2;

/// Checks one command; `path` is its place in a bulk overwrite.
pub fn check(command: &Value, path: &str, errors: &mut Errors) {
    let kind = command.get("type").and_then(Value::as_u64).unwrap_or(1);
    match kind {
        1 => {
            name(command, path, errors);
            required_text(command, "description", path, 1, 100, errors);
            options(command, path, 0, errors);
        }
        2 | 3 => {
            required_text(command, "name", path, 1, 32, errors);
            if command.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
                let message = "Context menu commands cannot have description.";
                errors.add(&join(path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_NO_DESCRIPTION", message);
            }
            if command.get("options").and_then(Value::as_array).is_some_and(|options| !options.is_empty()) {
                let message = "Context menu commands cannot have options.";
                errors.add(&join(path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_NO_OPTIONS", message);
            }
        }
        _ => errors.bad_choice(&join(path, "type"), "Value must be one of {1, 2, 3, 4}."),
    }
    localized(command, path, errors);
    if let Some(bits) = command.get("default_member_permissions").filter(|bits| !bits.is_null())
        && bits.as_str().is_none_or(|bits| bits.parse::<u64>().is_err())
    {
        let message = "Must be a bit field as a string.";
        errors.add(&join(path, "default_member_permissions"), "BITFIELD_TYPE_CONVERT", message);
    }
    if characters(command) > 8_000 {
        let message = "Command exceeds maximum size (8000).";
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", message);
    }
}

/// Lower case, no spaces: letters and digits of any script, `-`, `_` and `'`.
fn name(of: &Value, path: &str, errors: &mut Errors) {
    required_text(of, "name", path, 1, 32, errors);
    let Some(text) = of.get("name").and_then(Value::as_str) else {
        return;
    };
    let fits = |one: char| one.is_alphanumeric() || matches!(one, '-' | '_' | '\'');
    if !text.chars().all(fits) || text.to_lowercase() != text {
        let message = "Command name is invalid";
        errors.add(&join(path, "name"), "APPLICATION_COMMAND_INVALID_NAME", message);
    }
}

fn localized(of: &Value, path: &str, errors: &mut Errors) {
    for (field, most) in [("name_localizations", 32), ("description_localizations", 100)] {
        let Some(texts_of @ Value::Object(texts)) = of.get(field) else {
            continue;
        };
        for locale in texts.keys() {
            required_text(texts_of, locale, &join(path, field), 1, most, errors);
        }
    }
}

fn options(of: &Value, path: &str, depth: usize, errors: &mut Errors) {
    let all = list(of, "options", path, 25, errors);
    let mut names = HashSet::new();
    let mut optional_seen = false;
    let kinds: HashSet<bool> = all.iter().map(is_sub).collect();
    if kinds.len() > 1 {
        let message = "Sub-command and sub-command group option types are mutually exclusive to all other types";
        errors.add(&join(path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    for (at, one) in all.iter().enumerate() {
        let path = join(path, &format!("options.{at}"));
        name(one, &path, errors);
        required_text(one, "description", &path, 1, 100, errors);
        localized(one, &path, errors);
        if !names.insert(one.get("name").and_then(Value::as_str)) {
            let message = "Option name already used";
            errors.add(&path, "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", message);
        }
        let required = one.get("required").and_then(Value::as_bool).unwrap_or_default();
        if required && optional_seen {
            let message = "Required options must be placed before non-required options";
            errors.add(&path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional_seen |= !required;
        match one.get("type").and_then(Value::as_u64) {
            Some(GROUP) if depth == 0 => options(one, &path, 1, errors),
            Some(SUB_COMMAND) if depth <= 1 => options(one, &path, 2, errors),
            Some(kind @ 3..=11) => choices(one, kind, &path, errors),
            _ => errors.bad_choice(&join(&path, "type"), "This option type is not allowed here."),
        }
    }
}

fn is_sub(option: &Value) -> bool {
    matches!(option.get("type").and_then(Value::as_u64), Some(SUB_COMMAND | GROUP))
}

fn choices(of: &Value, kind: u64, path: &str, errors: &mut Errors) {
    let all = list(of, "choices", path, 25, errors);
    if !all.is_empty() && of.get("autocomplete").and_then(Value::as_bool) == Some(true) {
        let message = "Autocomplete options cannot have choices.";
        errors.add(path, "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", message);
    }
    if !all.is_empty() && !matches!(kind, 3 | 4 | 10) {
        errors.add(
            &join(path, "choices"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "This option type has no choices.",
        );
    }
    for (at, one) in all.iter().enumerate() {
        let path = join(path, &format!("choices.{at}"));
        required_text(one, "name", &path, 1, 100, errors);
        match (kind, one.get("value")) {
            (3, Some(Value::String(text))) if length(text) <= 100 => {}
            (3, _) => errors.bad_length(&join(&path, "value"), 0, 100),
            (_, Some(Value::Number(_))) => {}
            _ => errors.add(&join(&path, "value"), "NUMBER_TYPE_COERCE", "Value is not a number."),
        }
    }
}

/// Name, description and values of the command, its options and choices.
fn characters(of: &Value) -> usize {
    let text = |field: &str| of.get(field).and_then(Value::as_str).map_or(0, length);
    let inside = |field: &str| -> usize {
        of.get(field).and_then(Value::as_array).map_or(0, |all| all.iter().map(characters).sum())
    };
    text("name") + text("description") + text("value") + inside("options") + inside("choices")
}
