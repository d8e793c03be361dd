//! What the variables say, and what is said of those that are wrong.

use super::*;

const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn good(name: &str) -> Option<String> {
    Some(
        match name {
            "DISCORD_APPLICATION_ID" => "1000000000000000001",
            "DISCORD_PUBLIC_KEY" | "RELAY_PUBLIC_KEY" => KEY,
            "SUPABASE_URL" => "http://127.0.0.1:8702/",
            "UPSTASH_REDIS_REST_URL" => "https://example.upstash.io",
            "DISCORD_BOT_TOKEN" | "SUPABASE_SECRET_KEY" | "UPSTASH_REDIS_REST_TOKEN" => "secret",
            _ => return None,
        }
        .to_owned(),
    )
}

#[test]
fn a_complete_environment_has_no_problems() {
    let config = Config::load(good);
    assert_eq!(config.problems, []);
    assert_eq!(config.supabase.unwrap().url, "http://127.0.0.1:8702");
    assert_eq!(config.discord_api_url, "https://discord.com/api/v10");
    assert_eq!(config.command_prefix, "!");
}

#[test]
fn an_empty_environment_names_every_required_variable_at_once() {
    let missing: Vec<_> = Config::load(|_| None).problems.iter().map(|problem| problem.variable).collect();
    for variable in VARIABLES {
        assert_eq!(missing.contains(&variable.name), variable.required, "{}", variable.name);
    }
}

#[test]
fn what_is_wrong_is_said_with_its_mend() {
    let config = Config::load(|name| match name {
        "DISCORD_PUBLIC_KEY" => Some("abc".into()),
        "SUPABASE_URL" => Some("http://db.example.org".into()),
        "UPSTASH_REDIS_REST_URL" => Some("nonsense".into()),
        "COMMAND_PREFIX" => Some("/".into()),
        name => good(name),
    });
    let said: Vec<String> = config.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "SUPABASE_URL: must start with https:// (http:// only for this machine)",
            "UPSTASH_REDIS_REST_URL: is not an address (relative URL without a base)",
            "DISCORD_PUBLIC_KEY: cannot be read; it is the 64 hex digits under General Information in Discord's developer portal",
            "COMMAND_PREFIX: must be 1 to 5 characters and not start with a slash; ! is used",
        ]
    );
}

#[test]
fn a_secret_is_not_shown_when_the_configuration_is_printed() {
    assert!(!format!("{:?}", Config::load(good)).contains("\"secret\""));
}

#[test]
fn the_example_file_explains_every_variable() {
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
    for variable in VARIABLES {
        let line = format!("{}=", variable.name);
        assert!(example.lines().any(|l| l.trim_start_matches("# ").starts_with(&line)), "{} is missing", variable.name);
    }
}
