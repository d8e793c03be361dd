//! A server's settings as a file: written, read, and compared with what is chosen by now.

use chrono::{DateTime, Utc};
use from_json::{Map, Value, json};
use relay_wire::Snowflake;

use crate::{
    discord::channel::{Channel, Guild, kind},
    features::{self, FEATURES},
    settings::{Kind, Setting, Settings},
};

/// What this version writes and reads.
const VERSION: u64 = 1;
/// Every setting at its longest takes less than half of it.
pub const MAX_BYTES: u64 = 64 * 1024;

/// The whole file: every setting in the order of `/setup`, null where the default stands.
pub fn write(guild: Snowflake, now: DateTime<Utc>, settings: &Settings) -> String {
    let now = json!(now);
    let mut text =
        format!("{{\n  \"v\": {VERSION},\n  \"guild_id\": \"{guild}\",\n  \"exported_at\": {now},\n  \"settings\": {{");
    let mut between = "";
    for feature in FEATURES {
        for setting in feature.settings {
            let chosen = settings.chosen(setting).unwrap_or(&Value::Null);
            // 3, not 3.0.
            let chosen = chosen.as_f64().map_or_else(|| chosen.to_string(), |number| number.to_string());
            text = format!("{text}{between}\n    \"{}\": {chosen}", setting.key);
            between = ",";
        }
    }
    text + "\n  }\n}\n"
}

/// Why a file is not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    TooLarge,
    NotSettings,
    OtherVersion,
    /// A name stands twice in one object: nobody knows which one was meant. Or one object is within another.
    Twice,
    /// Discord does not hand it out.
    Gone,
}

/// What a file names; nothing of it is checked yet.
pub fn read(bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    // Some editors begin a file with a mark of its encoding.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(Value::Object(file)) = from_json::parse(bytes) else { return Err(Unreadable::NotSettings) };
    let Some(Value::Object(settings)) = file.get("settings") else { return Err(Unreadable::NotSettings) };
    if file.get("v").and_then(Value::as_u64) != Some(VERSION) {
        return Err(Unreadable::OtherVersion);
    }
    if colons(bytes) != file.len() + settings.len() {
        return Err(Unreadable::Twice);
    }
    Ok(settings.clone())
}

/// In JSON each colon outside of a string belongs to one member of an object.
fn colons(json: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b':' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// What becomes of one name in a file.
pub enum Found {
    /// No setting has this name.
    Unknown,
    /// Of another type, or beyond its limits.
    Wrong(&'static Setting),
    /// It names what is not in this server.
    NotHere(Snowflake),
    /// It would be another one; None is the default.
    Change { setting: &'static Setting, was: Option<Value>, value: Option<Value> },
}

/// What a file would change, and what of it is left out, by the names in it. What it does not name stays as it is.
pub fn plan(
    wanted: &Map<String, Value>,
    settings: &Settings,
    channels: &[Channel],
    guild: &Guild,
) -> Vec<(String, Found)> {
    let mut plan = vec![];
    for (key, written) in wanted {
        let found = match features::settings().find(|setting| setting.key == key) {
            Some(setting) => {
                let was = settings.chosen(setting);
                let value = setting.accept(written);
                if was.is_none() && written.is_null()
                    || value.is_some() && was.and_then(|was| setting.accept(was)) == value
                {
                    continue;
                }
                let stranger = value.as_ref().and_then(|value| stranger(setting, value, channels, guild));
                match (stranger, value) {
                    (Some(id), _) => Found::NotHere(id),
                    (None, None) if !written.is_null() => Found::Wrong(setting),
                    (None, value) => Found::Change { setting, was: was.cloned(), value },
                }
            }
            None => Found::Unknown,
        };
        plan.push((key.clone(), found));
    }
    plan
}

/// The first id of a value that a menu would not have offered.
fn stranger(setting: &Setting, value: &Value, channels: &[Channel], guild: &Guild) -> Option<Snowflake> {
    let ids = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    ids.iter().filter_map(|id| id.as_str()?.parse().ok()).find(|id| match setting.kind {
        // Everyone is a role as well, and none that somebody would choose.
        Kind::Role => *id == guild.id || guild.roles.iter().all(|role| role.id != *id),
        Kind::Channel | Kind::Channels => channels.iter().all(|channel| channel.id != *id),
        Kind::Category => channels.iter().all(|channel| (channel.id, channel.kind) != (*id, kind::CATEGORY)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use from_json::FromJson;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Whatever can be chosen for a setting; None is the default.
    fn choice(setting: &'static Setting) -> BoxedStrategy<Option<Value>> {
        let ids = || any::<u64>().prop_map(|id| json!(Snowflake(id)));
        let value = match setting.kind {
            Kind::Switch { .. } => any::<bool>().prop_map(|on| json!(on)).boxed(),
            Kind::Number { min, max, .. } => {
                (min..=max).prop_map(|number| json!((number * 100.0).round() / 100.0)).boxed()
            }
            Kind::Text { max_length, .. } => {
                vec(any::<char>(), 0..=usize::from(max_length)).prop_map(|text| json!(String::from_iter(text))).boxed()
            }
            Kind::Formed { example, .. } => prop_oneof![Just(json!("")), Just(json!(example))].boxed(),
            Kind::Choice(words) => (0..words.len()).prop_map(|at| json!(words[at].0)).boxed(),
            Kind::Channels => vec(ids(), 0..=25).prop_map(|ids| json!(ids)).boxed(),
            Kind::Channel | Kind::Category | Kind::Role => ids().boxed(),
        };
        // In the form in which it is stored.
        proptest::option::of(value).prop_map(|value| setting.accept(&value?)).boxed()
    }

    fn choices() -> impl Strategy<Value = Settings> {
        let all: Vec<_> = features::settings().map(|setting| (Just(setting.key.to_owned()), choice(setting))).collect();
        all.prop_map(|all| {
            let chosen: HashMap<String, Value> =
                all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
            Settings::of(chosen)
        })
    }

    /// What a plan would leave behind.
    fn applied(plan: &[(String, Found)], settings: &Settings) -> Vec<(&'static str, Option<Value>)> {
        let after = |setting: &Setting| match plan.iter().find(|(key, _)| key == setting.key) {
            Some((_, Found::Change { value, .. })) => value.clone(),
            Some(_) => panic!("{} is left out", setting.key),
            None => settings.chosen(setting).cloned(),
        };
        features::settings().map(|setting| (setting.key, after(setting))).collect()
    }

    /// A server in which there is everything that is chosen.
    fn everything(settings: &Settings) -> (Vec<Channel>, Guild) {
        let mut ids = vec![];
        for setting in features::settings() {
            let value = settings.value(setting);
            ids.extend(value.as_array().cloned().unwrap_or_else(|| vec![value]).into_iter().filter(Value::is_string));
        }
        let channels: Vec<Value> = ids.iter().map(|id| json!({"id": id, "type": kind::CATEGORY})).collect();
        let roles: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        let roles: Vec<Value> = roles.into_iter().filter(|one| Snowflake::from_json(&one["id"]).is_ok()).collect();
        let channels = channels.iter().filter_map(|one| Channel::from_json(one).ok()).collect();
        (channels, Guild::from_json(&json!({"id": "7", "owner_id": "1", "roles": roles})).unwrap())
    }

    fn at_noon() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_written_is_read_and_brings_everything_back(saved in choices(), since in choices()) {
            let text = write(Snowflake(7), at_noon(), &saved);
            let file = read(text.as_bytes()).unwrap();
            prop_assert_eq!(file.len(), features::settings().count());
            let (channels, guild) = everything(&saved);
            let plan = plan(&file, &since, &channels, &guild);
            let saved: Vec<_> = features::settings().map(|one| (one.key, saved.chosen(one).cloned())).collect();
            let left = applied(&plan, &since);
            let after = left.iter().filter_map(|(key, value)| Some(((*key).to_owned(), value.clone()?))).collect();
            prop_assert_eq!(left, saved);
            let again = super::plan(&file, &Settings::of(after), &channels, &guild);
            prop_assert!(again.is_empty());
        }

        #[test]
        fn nothing_makes_it_panic(bytes in vec(any::<u8>(), 0..300), text in "[{}\\[\\]\",:\\\\a-z0-9 ]{0,200}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }

        #[test]
        fn a_name_that_stands_twice_is_always_seen(names in vec("[:\"\\\\a-c]{0,3}", 1..8)) {
            let fields: Vec<String> = names.iter().map(|name| format!("{}:[\"x:\",1]", json!(name))).collect();
            let file = format!("{{\"v\":1,\"settings\":{{{}}}}}", fields.join(","));
            let different: std::collections::BTreeSet<&String> = names.iter().collect();
            let said = read(file.as_bytes());
            prop_assert_eq!(said.err() == Some(Unreadable::Twice), different.len() < names.len(), "{}", file);
        }
    }

    #[test]
    fn the_longest_file_is_small_enough() {
        // Each character as JSON's longest way to write one.
        let longest: HashMap<String, Value> = features::settings()
            .filter_map(|setting| {
                let value = match setting.kind {
                    Kind::Text { max_length, .. } => json!("\u{1}".repeat(usize::from(max_length))),
                    Kind::Formed { max_length, .. } => json!("x".repeat(usize::from(max_length))),
                    Kind::Channels => json!(vec![Snowflake(u64::MAX); 25]),
                    _ => return None,
                };
                Some((setting.key.to_owned(), value))
            })
            .collect();
        let text = write(Snowflake(7), at_noon(), &Settings::of(longest));
        assert!(text.len() as u64 * 2 < MAX_BYTES, "{}", text.len());
    }
}
