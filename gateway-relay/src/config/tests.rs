//! What the relay says to a configuration that is right, wrong, or missing.

use super::*;

const SEED: &str = "0101010101010101010101010101010101010101010101010101010101010101";

fn load(pairs: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let pairs: HashMap<String, String> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Config::load(move |name| pairs.get(name).cloned())
}

fn complaints(pairs: &[(&str, &str)]) -> Vec<String> {
    let mut all: Vec<(&str, &str)> =
        vec![("DISCORD_BOT_TOKEN", "t"), ("WORKER_URL", "http://127.0.0.1:8700"), ("RELAY_SIGNING_SEED", SEED)];
    all.extend_from_slice(pairs);
    load(&all).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn three_variables_are_enough() {
    let config = load(&[
        ("DISCORD_BOT_TOKEN", "Bot abc"),
        ("WORKER_URL", "https://bot.example.workers.dev/"),
        ("RELAY_SIGNING_SEED", SEED),
    ])
    .unwrap();
    assert_eq!(config.bot_token.expose_secret(), "abc");
    assert_eq!(config.worker_url, "https://bot.example.workers.dev");
    assert_eq!(config.seed(), [1; 32]);
    assert_eq!(config.discord_api_url, "https://discord.com/api/v10");
    assert_eq!(config.discord_gateway_url, None);
    assert_eq!(config.relay_name, "relay");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8707");
    assert_eq!(config.bulk_linger, Duration::from_secs(15));
    assert!(config.features.has(Feature::Content) && config.features.has(Feature::Members));
    assert!(!config.features.has(Feature::Presence));
}

#[test]
fn all_that_is_missing_is_said_at_once_with_the_mend() {
    let problems = load(&[("WORKER_URL", "  ")]).unwrap_err();
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "DISCORD_BOT_TOKEN: is missing; copy it from the developer portal: Bot -> Reset Token",
            "WORKER_URL: is missing; give the Worker's address, e.g. https://bot.example.workers.dev",
            "RELAY_SIGNING_SEED: is missing; make one with `openssl rand -hex 32` and give the Worker its public key",
        ]
    );
}

#[test]
fn each_wrong_value_is_named() {
    for (name, value, says) in [
        ("RELAY_SIGNING_SEED", "abc", "must be 64 hex digits"),
        ("WORKER_URL", "bot.example", "write it as http:// or https://host"),
        ("WORKER_URL", "ftp://bot.example", "write it as http:// or https://host"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg", "write it as ws:// or wss://host"),
        ("DISCORD_GATEWAY_URL", "wss://gateway.discord.gg/?v=9", "without ? and #"),
        ("DISCORD_API_URL", "not an address", "is no address"),
        ("RELAY_FEATURES", "content,typing", "not `typing`"),
        ("RELAY_LISTEN", "8707", "must be address:port"),
        ("BULK_LINGER_SECONDS", "soon", "must be a number of seconds"),
        ("BULK_LINGER_SECONDS", "-1", "must be a number of seconds"),
        ("BULK_LINGER_SECONDS", "NaN", "must be a number of seconds"),
        ("SHARDS", "4-3/16", "must be auto, or from-to/total counted from 0"),
        ("SHARDS", "0-16/16", "must be auto, or from-to/total counted from 0"),
        ("SHARDS", "all", "must be auto, or from-to/total counted from 0"),
        ("RELAY_SPOOL_KEYS", "abc", "each key must be 64 hex digits"),
        ("RELAY_SPOOL_MAX_MB", "1", "must be a whole number of megabytes, at least 8"),
        ("FALLBACK_ALERT_CHANNEL_ID", "#alerts", "must be a channel's id"),
        ("FALLBACK_PUSH_URL", "ntfy.sh/topic", "write it as http:// or https://host"),
    ] {
        let said = complaints(&[(name, value)]).join("\n");
        assert!(said.starts_with(name) && said.contains(says), "{name}={value} says: {said}");
    }
}

#[test]
fn what_is_right_is_not_complained_about() {
    for (name, value) in [
        ("SHARDS", "0-0/1"),
        ("RELAY_FEATURES", "none"),
        ("RELAY_FEATURES", " content , presence "),
        ("BULK_LINGER_SECONDS", "0.3"),
        ("DISCORD_GATEWAY_URL", "ws://127.0.0.1:8701/gateway"),
        ("RELAY_LISTEN", "[::1]:9000"),
    ] {
        assert_eq!(complaints(&[(name, value)]), Vec::<String>::new(), "{name}={value}");
    }
}

#[test]
fn no_secret_is_shown_by_debug() {
    let config = load(&[("DISCORD_BOT_TOKEN", "verysecret"), ("WORKER_URL", "http://w"), ("RELAY_SIGNING_SEED", SEED)]);
    let shown = format!("{:?}", config.unwrap());
    assert!(!shown.contains("verysecret") && !shown.contains(SEED), "{shown}");
}

#[test]
fn shards_are_a_range_or_whatever_discord_recommends() {
    let shards = |text: &str| {
        let required = [("DISCORD_BOT_TOKEN", "t"), ("WORKER_URL", "http://127.0.0.1:1"), ("RELAY_SIGNING_SEED", SEED)];
        load(&[required.as_slice(), &[("SHARDS", text)]].concat()).unwrap().shards
    };
    assert_eq!(shards("auto"), Shards::Auto);
    assert_eq!(shards("4-7/16"), Shards::Some { first: 4, last: 7, total: 16 });
    assert_eq!(shards(""), Shards::Some { first: 0, last: 0, total: 1 });
}

#[test]
fn a_key_of_its_own_encrypts_and_the_derived_one_still_opens() {
    let keys = |more: &[(&str, &str)]| {
        let required = [("DISCORD_BOT_TOKEN", "t"), ("WORKER_URL", "http://127.0.0.1:1"), ("RELAY_SIGNING_SEED", SEED)];
        load(&[required.as_slice(), more].concat()).unwrap().spool.keys
    };
    let (own, older) = ("aa".repeat(32), "bb".repeat(32));
    let before = keys(&[]).seal(b"e", "text").unwrap();
    let rotated = keys(&[("RELAY_SPOOL_KEYS", &format!("{own}, {older}"))]);
    assert_eq!(rotated.open(b"e", &before).as_deref(), Some("text"));
    let after = rotated.seal(b"e", "text").unwrap();
    assert_eq!(keys(&[]).open(b"e", &after), None);
    let with_older = keys(&[("RELAY_SPOOL_KEYS", &older)]).seal(b"e", "text").unwrap();
    assert_eq!(rotated.open(b"e", &with_older).as_deref(), Some("text"));
}
