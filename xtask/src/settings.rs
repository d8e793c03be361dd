//! The variables of a run: the local world's values, with those of .env in their place service by service.

use std::{collections::BTreeMap, fs, path::Path};

use local_tools::checkout;

use crate::Res;

pub type Variables = BTreeMap<String, String>;

/// Variables that only make sense together: who brings a key of a real service must not be sent to the stand-in.
const SERVICES: [(&str, &[&str]); 6] = [
    (
        "Discord",
        &[
            "DISCORD_APPLICATION_ID",
            "DISCORD_PUBLIC_KEY",
            "DISCORD_BOT_TOKEN",
            "DISCORD_API_URL",
            "DISCORD_GATEWAY_URL",
            "DISCORD_GUILD_ID",
        ],
    ),
    (
        "Supabase",
        &[
            "SUPABASE_URL",
            "SUPABASE_SECRET_KEY",
            "SUPABASE_PUBLISHABLE_KEY",
            "SUPABASE_DB_URL",
            "SUPABASE_DISCORD_SIGN_IN",
        ],
    ),
    ("Upstash", &["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"]),
    ("Ash-NLP", &["NLP_BASE_URL"]),
    ("Gemini", &["GEMINI_BASE_URL", "GEMINI_API_KEY"]),
    ("Claude", &["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"]),
];

/// The pair of keys between relay and Worker, which both come from one place too.
const RELAY_KEYS: [&str; 2] = ["RELAY_SIGNING_SEED", "RELAY_PUBLIC_KEY"];

/// What .env sets; empty values count as not set. None of it if there is no .env.
pub fn dot_env() -> Res<Variables> {
    let file = checkout().join(".env");
    if file.is_file() { read(&file) } else { Ok(Variables::new()) }
}

/// The variables of a deployment: `.env`, or `.env.staging` and its like, with what the shell sets in their place.
pub fn of_deployment(name: Option<&str>) -> Res<Variables> {
    let mut found = match name {
        None => dot_env()?,
        Some(name) => {
            let file = checkout().join(format!(".env.{name}"));
            if file.is_file() { read(&file)? } else { Variables::new() }
        }
    };
    found.extend(std::env::vars().filter(|(_, value)| !value.trim().is_empty()));
    Ok(found)
}

/// The name behind `--env`, and the other arguments.
pub fn take_env(args: &[String]) -> Res<(Option<String>, Vec<String>)> {
    let Some(at) = args.iter().position(|arg| arg == "--env") else { return Ok((None, args.to_vec())) };
    let mut rest = args.to_vec();
    rest.remove(at);
    if at < rest.len() { Ok((Some(rest.remove(at)), rest)) } else { Err("--env: give a name, e.g. staging".to_owned()) }
}

pub fn read(file: &Path) -> Res<Variables> {
    let text = fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    parse(&text).map_err(|line| format!("{}: `{line}` is not NAME=value", file.display()))
}

/// Parses dotenv text; the error is the name part of the line that cannot be understood, never its value.
pub fn parse(text: &str) -> Result<Variables, String> {
    let mut found = Variables::new();
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = pair.map_err(|error| match error {
            dotenvy::Error::LineParse(line, _) => line.split('=').next().unwrap_or_default().trim().to_owned(),
            other => other.to_string(),
        })?;
        if !value.trim().is_empty() {
            found.insert(name, value);
        }
    }
    Ok(found)
}

/// `local` with what `given` (.env) has in its place, and the names of the services that are real now.
pub fn merge(mut local: Variables, given: Variables) -> (Variables, Vec<&'static str>) {
    let mut real = Vec::new();
    for (service, names) in SERVICES {
        if names.iter().any(|name| given.contains_key(*name)) {
            local.retain(|name, _| !names.contains(&name.as_str()));
            real.push(service);
        }
    }
    if RELAY_KEYS.iter().any(|name| given.contains_key(*name)) {
        local.retain(|name, _| !RELAY_KEYS.contains(&name.as_str()));
    }
    local.extend(given);
    (local, real)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(text: &str) -> Variables {
        parse(text).unwrap()
    }

    #[test]
    fn a_real_service_replaces_its_stand_in_as_a_whole() {
        let local = variables("DISCORD_BOT_TOKEN=l\nDISCORD_API_URL=http://l\nUPSTASH_REDIS_REST_URL=http://u");
        let given = variables("DISCORD_BOT_TOKEN=real\nGEMINI_API_KEY=\nCOMMAND_PREFIX=?");
        let (merged, real) = merge(local, given);
        assert_eq!(real, ["Discord"]);
        let expected = "DISCORD_BOT_TOKEN=real\nUPSTASH_REDIS_REST_URL=http://u\nCOMMAND_PREFIX=?";
        assert_eq!(merged, variables(expected));
    }

    #[test]
    fn an_environment_is_named_anywhere_on_the_line() {
        let args = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(take_env(&args("--json --env staging --x")), Ok((Some("staging".to_owned()), args("--json --x"))));
        assert_eq!(take_env(&args("--json")), Ok((None, args("--json"))));
        assert!(take_env(&args("--env")).is_err());
    }

    #[test]
    fn a_line_that_is_wrong_is_named_without_its_value() {
        assert_eq!(parse("A=1\nBAD TOKEN = 'secret").unwrap_err(), "BAD TOKEN");
    }
}
