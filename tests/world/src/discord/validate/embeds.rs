//! Embeds: 10 a message, 6,000 characters in all of them together.

use serde_json::Value;

use super::{join, length, list, optional_text, required_text, url};
use crate::discord::rest::reply::Errors;

pub fn check(body: &Value, path: &str, errors: &mut Errors) {
    let mut total = 0;
    for (at, embed) in list(body, "embeds", path, 10, errors).iter().enumerate() {
        let path = join(path, &format!("embeds.{at}"));
        if !embed.is_object() {
            errors.add(&path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            continue;
        }
        one(embed, &path, errors);
        total += characters(embed);
    }
    if total > 6_000 {
        let message = "Embed size exceeds maximum size of 6000";
        errors.add(&join(path, "embeds"), "MAX_EMBED_SIZE_EXCEEDED", message);
    }
}

fn one(embed: &Value, path: &str, errors: &mut Errors) {
    optional_text(embed, "title", path, 256, errors);
    optional_text(embed, "description", path, 4_096, errors);
    url(embed, "url", path, false, errors);
    if let Some(footer) = embed.get("footer").filter(|footer| footer.is_object()) {
        required_text(footer, "text", &join(path, "footer"), 1, 2_048, errors);
        url(footer, "icon_url", &join(path, "footer"), true, errors);
    }
    if let Some(author) = embed.get("author").filter(|author| author.is_object()) {
        required_text(author, "name", &join(path, "author"), 1, 256, errors);
        url(author, "url", &join(path, "author"), false, errors);
        url(author, "icon_url", &join(path, "author"), true, errors);
    }
    for picture in ["image", "thumbnail"] {
        if let Some(picture_of) = embed.get(picture).filter(|picture| picture.is_object()) {
            url(picture_of, "url", &join(path, picture), true, errors);
        }
    }
    for (at, field) in list(embed, "fields", path, 25, errors).iter().enumerate() {
        let path = join(path, &format!("fields.{at}"));
        required_text(field, "name", &path, 1, 256, errors);
        required_text(field, "value", &path, 1, 1_024, errors);
    }
    if let Some(color) = embed.get("color").filter(|color| !color.is_null())
        && color.as_u64().is_none_or(|color| color > 0xFF_FFFF)
    {
        let message = "int value should be less than or equal to 16777215.";
        errors.add(&join(path, "color"), "NUMBER_TYPE_MAX", message);
    }
    if let Some(Value::String(time)) = embed.get("timestamp")
        && chrono::DateTime::parse_from_rfc3339(time).is_err()
    {
        let message = format!("Could not parse {time}. Should be ISO8601.");
        errors.add(&join(path, "timestamp"), "DATE_TIME_TYPE_PARSE", &message);
    }
}

fn characters(embed: &Value) -> usize {
    let text = |pointer: &str| embed.pointer(pointer).and_then(Value::as_str).map_or(0, length);
    let fields = embed.get("fields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of_field = |field: &Value, name: &str| field.get(name).and_then(Value::as_str).map_or(0, length);
    let in_fields: usize = fields.iter().map(|field| of_field(field, "name") + of_field(field, "value")).sum();
    text("/title") + text("/description") + text("/footer/text") + text("/author/name") + in_fields
}
