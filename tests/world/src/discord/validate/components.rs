//! Components of messages and modals: what may lie where, how many, how long.

use std::collections::HashSet;

use serde_json::Value;

use super::{join, length, list, optional_text, required_text};
use crate::discord::rest::reply::Errors;

/// Component types.
pub mod of {
    pub const ROW: u64 = 1;
    pub const BUTTON: u64 = 2;
    pub const STRING_SELECT: u64 = 3;
    pub const TEXT_INPUT: u64 = 4;
    pub const USER_SELECT: u64 = 5;
    pub const ROLE_SELECT: u64 = 6;
    pub const MENTIONABLE_SELECT: u64 = 7;
    pub const CHANNEL_SELECT: u64 = 8;
    pub const SECTION: u64 = 9;
    pub const TEXT: u64 = 10;
    pub const THUMBNAIL: u64 = 11;
    pub const GALLERY: u64 = 12;
    pub const FILE: u64 = 13;
    pub const SEPARATOR: u64 = 14;
    pub const CONTAINER: u64 = 17;
    pub const LABEL: u64 = 18;
    pub const FILE_UPLOAD: u64 = 19;
    pub const RADIO_GROUP: u64 = 21;
    pub const CHECKBOX_GROUP: u64 = 22;
    pub const CHECKBOX: u64 = 23;
}

const BAD_TYPE: &str = "This component type is not allowed here.";

pub fn kind(component: &Value) -> u64 {
    component.get("type").and_then(Value::as_u64).unwrap_or_default()
}

/// All components below `components`, parents before children.
pub fn flat<'a>(components: &'a [Value], into: &mut Vec<&'a Value>) {
    for one in components {
        into.push(one);
        for inner in ["components", "items"] {
            if let Some(Value::Array(inside)) = one.get(inner) {
                flat(inside, into);
            }
        }
        for inner in ["accessory", "component"] {
            if let Some(inside) = one.get(inner).filter(|inside| inside.is_object()) {
                flat(std::slice::from_ref(inside), into);
            }
        }
    }
}

/// `components` of a message.
pub fn in_message(body: &Value, path: &str, v2: bool, errors: &mut Errors) {
    let most = if v2 { 40 } else { 5 };
    let components = list(body, "components", path, most, errors);
    let path = join(path, "components");
    let mut walk = Walk { custom_ids: HashSet::new(), errors };
    for (at, one) in components.iter().enumerate() {
        let path = join(&path, &at.to_string());
        match kind(one) {
            of::ROW => walk.row(one, &path),
            of::SECTION | of::TEXT | of::GALLERY | of::FILE | of::SEPARATOR | of::CONTAINER if v2 => {
                walk.layout(one, &path, true)
            }
            _ => walk.errors.add(&path, "UNION_TYPE_CHOICES", BAD_TYPE),
        }
    }
    let mut all = Vec::new();
    flat(components, &mut all);
    if all.len() > 40 {
        errors.add(&path, "BASE_TYPE_MAX_LENGTH", "The total number of components must be 40 or fewer.");
    }
    let texts = all.iter().filter(|one| kind(one) == of::TEXT);
    let characters: usize = texts.filter_map(|one| one.get("content")?.as_str()).map(length).sum();
    if characters > 4_000 {
        let message = "The total text of all components must be 4000 or fewer in length.";
        errors.add(&path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message);
    }
}

/// The form of an interaction's answer of type 9.
pub fn modal(data: &Value, path: &str, errors: &mut Errors) {
    required_text(data, "custom_id", path, 1, 100, errors);
    required_text(data, "title", path, 1, 45, errors);
    let components = list(data, "components", path, 5, errors);
    let path = join(path, "components");
    if components.is_empty() {
        errors.required(&path);
    }
    let mut walk = Walk { custom_ids: HashSet::new(), errors };
    for (at, one) in components.iter().enumerate() {
        let path = join(&path, &at.to_string());
        match kind(one) {
            of::TEXT => required_text(one, "content", &path, 1, 4_000, walk.errors),
            of::ROW => {
                let inside = list(one, "components", &path, 1, walk.errors);
                match inside {
                    [input] if kind(input) == of::TEXT_INPUT => {
                        let path = join(&path, "components.0");
                        required_text(input, "label", &path, 1, 45, walk.errors);
                        walk.field(input, &path);
                    }
                    _ => walk.errors.add(&path, "UNION_TYPE_CHOICES", BAD_TYPE),
                }
            }
            of::LABEL => {
                required_text(one, "label", &path, 1, 45, walk.errors);
                optional_text(one, "description", &path, 100, walk.errors);
                match one.get("component") {
                    Some(field) => walk.field(field, &join(&path, "component")),
                    None => walk.errors.required(&join(&path, "component")),
                }
            }
            _ => walk.errors.add(&path, "UNION_TYPE_CHOICES", BAD_TYPE),
        }
    }
}

struct Walk<'a> {
    custom_ids: HashSet<String>,
    errors: &'a mut Errors,
}

impl Walk<'_> {
    fn row(&mut self, row: &Value, path: &str) {
        let inside = list(row, "components", path, 5, self.errors);
        let path = join(path, "components");
        if inside.is_empty() {
            self.errors.bad_length(&path, 1, 5);
        }
        for (at, one) in inside.iter().enumerate() {
            let path = join(&path, &at.to_string());
            match kind(one) {
                of::BUTTON => self.button(one, &path),
                of::STRING_SELECT | of::USER_SELECT..=of::CHANNEL_SELECT if inside.len() == 1 => {
                    self.select(one, &path)
                }
                _ => self.errors.add(&path, "UNION_TYPE_CHOICES", BAD_TYPE),
            }
        }
    }

    /// Components V2.
    fn layout(&mut self, one: &Value, path: &str, outermost: bool) {
        match kind(one) {
            of::ROW => self.row(one, path),
            of::TEXT => required_text(one, "content", path, 1, 4_000, self.errors),
            of::SEPARATOR => {}
            of::SECTION => {
                let inside = list(one, "components", path, 3, self.errors);
                for (at, text) in inside.iter().enumerate() {
                    let path = join(path, &format!("components.{at}"));
                    if kind(text) == of::TEXT {
                        self.layout(text, &path, false);
                    } else {
                        self.errors.add(&path, "UNION_TYPE_CHOICES", BAD_TYPE);
                    }
                }
                match one.get("accessory") {
                    Some(button) if kind(button) == of::BUTTON => self.button(button, &join(path, "accessory")),
                    Some(picture) if kind(picture) == of::THUMBNAIL => self.media(picture, &join(path, "accessory")),
                    Some(_) => self.errors.add(&join(path, "accessory"), "UNION_TYPE_CHOICES", BAD_TYPE),
                    None => self.errors.required(&join(path, "accessory")),
                }
            }
            of::GALLERY => {
                let items = list(one, "items", path, 10, self.errors);
                if items.is_empty() {
                    self.errors.bad_length(&join(path, "items"), 1, 10);
                }
                for (at, item) in items.iter().enumerate() {
                    self.media(item, &join(path, &format!("items.{at}")));
                }
            }
            of::FILE if one.pointer("/file/url").is_none() => self.errors.required(&join(path, "file.url")),
            of::FILE => {}
            of::CONTAINER if outermost => {
                let inside = list(one, "components", path, 40, self.errors);
                for (at, child) in inside.iter().enumerate() {
                    self.layout(child, &join(path, &format!("components.{at}")), false);
                }
            }
            _ => self.errors.add(path, "UNION_TYPE_CHOICES", BAD_TYPE),
        }
    }

    fn media(&mut self, one: &Value, path: &str) {
        match one.get("media") {
            Some(media) => super::url(media, "url", &join(path, "media"), true, self.errors),
            None => self.errors.required(&join(path, "media")),
        }
    }

    fn custom_id(&mut self, one: &Value, path: &str) {
        required_text(one, "custom_id", path, 1, 100, self.errors);
        if let Some(id) = one.get("custom_id").and_then(Value::as_str)
            && !self.custom_ids.insert(id.to_owned())
        {
            let message = "Component custom id cannot be duplicated";
            self.errors.add(&join(path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
    }

    fn button(&mut self, one: &Value, path: &str) {
        optional_text(one, "label", path, 80, self.errors);
        let texts = ["label", "emoji"].iter().any(|field| one.get(field).is_some_and(|value| !value.is_null()));
        match one.get("style").and_then(Value::as_u64) {
            Some(5) => {
                if one.get("url").and_then(Value::as_str).is_none() {
                    self.errors.required(&join(path, "url"));
                }
                super::url(one, "url", path, false, self.errors);
                if one.get("custom_id").is_some_and(|id| !id.is_null()) {
                    let message = "A custom id and url cannot both be specified";
                    self.errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", message);
                }
            }
            Some(6) => return,
            Some(1..=4) => {
                self.custom_id(one, path);
                if one.get("url").is_some_and(|url| !url.is_null()) {
                    let message = "A custom id and url cannot both be specified";
                    self.errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", message);
                }
            }
            _ => self.errors.bad_choice(&join(path, "style"), "Value must be one of {1, 2, 3, 4, 5, 6}."),
        }
        if !texts {
            self.errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required.");
        }
    }

    fn select(&mut self, one: &Value, path: &str) {
        self.custom_id(one, path);
        optional_text(one, "placeholder", path, 150, self.errors);
        self.range(one, path);
        if kind(one) == of::STRING_SELECT {
            self.options(one, path);
        }
    }

    fn range(&mut self, one: &Value, path: &str) {
        let number = |field: &str| one.get(field).and_then(Value::as_u64);
        let (least, most) = (number("min_values").unwrap_or(1), number("max_values").unwrap_or(1));
        if least > 25 || most > 25 || most == 0 || least > most {
            let message = "min_values and max_values must be between 0 and 25 and in order.";
            self.errors.add(&join(path, "max_values"), "NUMBER_TYPE_MAX", message);
        }
    }

    fn options(&mut self, one: &Value, path: &str) {
        let options = list(one, "options", path, 25, self.errors);
        let path = join(path, "options");
        if options.is_empty() {
            self.errors.bad_length(&path, 1, 25);
        }
        let mut values = HashSet::new();
        for (at, option) in options.iter().enumerate() {
            let path = join(&path, &at.to_string());
            required_text(option, "label", &path, 1, 100, self.errors);
            required_text(option, "value", &path, 1, 100, self.errors);
            optional_text(option, "description", &path, 100, self.errors);
            if !values.insert(option.get("value").and_then(Value::as_str)) {
                let message = "The specified option value is already used";
                self.errors.add(&join(&path, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
            }
        }
    }

    /// Something to fill in.
    fn field(&mut self, one: &Value, path: &str) {
        match kind(one) {
            of::TEXT_INPUT => {
                self.custom_id(one, path);
                optional_text(one, "placeholder", path, 100, self.errors);
                optional_text(one, "value", path, 4_000, self.errors);
                if !matches!(one.get("style").and_then(Value::as_u64), Some(1 | 2)) {
                    self.errors.bad_choice(&join(path, "style"), "Value must be one of {1, 2}.");
                }
                let number = |field: &str| one.get(field).and_then(Value::as_u64);
                let (least, most) = (number("min_length").unwrap_or(0), number("max_length").unwrap_or(4_000));
                if most == 0 || most > 4_000 || least > most {
                    let message = "min_length and max_length must be at most 4000 and in order.";
                    self.errors.add(&join(path, "max_length"), "NUMBER_TYPE_MAX", message);
                }
            }
            of::STRING_SELECT | of::USER_SELECT..=of::CHANNEL_SELECT => self.select(one, path),
            of::RADIO_GROUP | of::CHECKBOX_GROUP => {
                self.custom_id(one, path);
                self.options(one, path);
            }
            of::CHECKBOX | of::FILE_UPLOAD => self.custom_id(one, path),
            _ => self.errors.add(path, "UNION_TYPE_CHOICES", BAD_TYPE),
        }
    }
}
