//! How names are stored, and how a guild's welcome becomes a message.

use relay_wire::Snowflake;

/// Discord's limit for a message, in characters.
const MAX_MESSAGE: usize = 2_000;
const MAX_NAME: usize = 100;

/// A name as the database takes it: Postgres has no character 0.
pub fn stored_name(name: &str) -> String {
    name.chars().filter(|c| *c != '\0').take(MAX_NAME).collect()
}

/// Fills in `{member}` and `{guild}`, once: a guild that is called `{member}` is no second placeholder.
pub fn welcome(template: &str, member: Snowflake, guild: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        rest = if let Some(after) = from.strip_prefix("{member}") {
            text.push_str(&format!("<@{member}>"));
            after
        } else if let Some(after) = from.strip_prefix("{guild}") {
            text.push_str(guild);
            after
        } else {
            text.push('{');
            from.get(1..).unwrap_or_default()
        };
    }
    text.push_str(rest);
    text.chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_once() {
        let made = |template: &str| welcome(template, Snowflake(7), "The {member} Club");
        assert_eq!(made("Hi {member}, this is {guild}!"), "Hi <@7>, this is The {member} Club!");
        assert_eq!(made("{name} { {member"), "{name} { {member");
        assert_eq!(made(""), "");
        assert_eq!(made(&"{member}".repeat(900)).chars().count(), 2_000);
        assert_eq!(made("{ä{member}"), "{ä<@7>");
    }

    #[test]
    fn a_name_is_stored_whatever_it_is_made_of() {
        assert_eq!(stored_name("a\0b"), "ab");
        assert_eq!(stored_name(&"ü".repeat(150)).chars().count(), 100);
    }
}
