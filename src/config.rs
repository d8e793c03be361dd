//! The one list of the Worker's variables, and what they say once they are read. A problem never stops the start.

use std::{fmt, time::Duration};

use ed25519_dalek::VerifyingKey;
use relay_wire::Snowflake;
use reqwest::Url;
use secrecy::SecretString;

use crate::seal::Seal;

/// One variable of the environment.
pub struct Variable {
    pub name: &'static str,
    /// Without it something does not work at all.
    pub required: bool,
    /// Set with `wrangler secret put`, never written to a file in the repository.
    pub secret: bool,
}

const fn required(name: &'static str) -> Variable {
    Variable { name, required: true, secret: false }
}

const fn secret(name: &'static str) -> Variable {
    Variable { name, required: true, secret: true }
}

const fn optional_secret(name: &'static str) -> Variable {
    Variable { name, required: false, secret: true }
}

const fn optional(name: &'static str) -> Variable {
    Variable { name, required: false, secret: false }
}

/// Every variable the Worker reads. `.env.example` explains each one.
pub const VARIABLES: &[Variable] = &[
    required("DISCORD_APPLICATION_ID"),
    required("DISCORD_PUBLIC_KEY"),
    secret("DISCORD_BOT_TOKEN"),
    optional("DISCORD_API_URL"),
    required("SUPABASE_URL"),
    secret("SUPABASE_SECRET_KEY"),
    required("UPSTASH_REDIS_REST_URL"),
    secret("UPSTASH_REDIS_REST_TOKEN"),
    required("RELAY_PUBLIC_KEY"),
    optional("COMMAND_PREFIX"),
    optional_secret("STATE_KEYS"),
    optional_secret("ADMIN_PASSWORD"),
    optional_secret("SUPABASE_JWT_SECRET"),
    optional_secret("GEMINI_API_KEY"),
    optional("GEMINI_MODEL"),
    optional("GEMINI_TIMEOUT_SECONDS"),
    optional("GEMINI_BASE_URL"),
    optional("GEMINI_BILLED"),
    optional_secret("ANTHROPIC_API_KEY"),
    optional("ANTHROPIC_MODEL"),
    optional("ANTHROPIC_BASE_URL"),
    optional("NLP_BASE_URL"),
    optional_secret("NLP_INTERNAL_KEY"),
    optional_secret("NLP_ACCESS_CLIENT_ID"),
    optional_secret("NLP_ACCESS_CLIENT_SECRET"),
    optional("FALLBACK_ALERT_CHANNEL_ID"),
    optional("FALLBACK_CRT_ROLE_ID"),
    optional("PROTOCOL_URL"),
    optional_secret("FALLBACK_PUSH_URL"),
    optional_secret("METRICS_TOKEN"),
];

const GEMINI_URL: &str = "https://generativelanguage.googleapis.com";
const GEMINI_MODEL: &str = "gemini-3.5-flash";
const GEMINI_TIME: Duration = Duration::from_secs(10);
/// Nobody guesses it.
const SHORTEST_TOKEN: usize = 16;
const CLAUDE_URL: &str = "https://api.anthropic.com";
const MIN_PASSWORD: usize = 12;
const CLAUDE_MODEL: &str = "claude-haiku-5-5";

#[derive(Clone, Debug)]
pub struct Config {
    pub application_id: Option<Snowflake>,
    pub discord_public_key: Option<VerifyingKey>,
    pub bot_token: Option<SecretString>,
    /// With the version, without a slash at the end.
    pub discord_api_url: String,
    pub supabase: Option<Access>,
    pub upstash: Option<Access>,
    pub relay_public_key: Option<VerifyingKey>,
    pub command_prefix: String,
    /// What is kept in Upstash of members' words is encrypted with them; none: nothing is kept.
    pub state_keys: Option<Seal>,
    /// Opens the administrator's desk of the dashboard; none: it stays closed.
    pub admin_password: Option<SecretString>,
    /// Only for projects that sign their tokens with a shared secret, and for the local stand-in.
    pub jwt_secret: Option<SecretString>,
    /// None while there is no key, or while it is not known to be billed: Google improves its products with what is sent on
    /// its free tier.
    pub gemini: Option<Model>,
    /// A key is there, and Gemini is off all the same because nobody said that it is billed.
    pub gemini_unbilled: bool,
    /// All attempts of one call together.
    pub gemini_time: Duration,
    pub claude: Option<Model>,
    /// None: the built-in screen decides alone.
    pub nlp: Option<Nlp>,
    /// Where alerts go, and who is pinged, while nothing is known of the guild.
    pub fallback_alert_channel: Option<Snowflake>,
    pub fallback_crt_role: Option<Snowflake>,
    /// Where docs/crisis-protocol.md is published.
    pub protocol_url: Option<String>,
    /// Gets what must not be missed as a plain POST, e.g. an ntfy topic; whoever knows it reads along.
    pub fallback_push: Option<SecretString>,
    /// Opens `/metrics`; none: it is closed.
    pub metrics_token: Option<SecretString>,
    /// What is missing or wrong, each with its mend.
    pub problems: Vec<Problem>,
}

/// Where an AI model is, and the key that opens it.
#[derive(Clone, Debug)]
pub struct Model {
    /// Without a slash at the end.
    pub url: String,
    pub key: SecretString,
    /// Its name, as the service writes it.
    pub model: String,
}

/// Where Ash-NLP is, and what opens the way to it.
#[derive(Clone, Debug)]
pub struct Nlp {
    /// Without a slash at the end.
    pub url: String,
    pub headers: Vec<(&'static str, SecretString)>,
}

/// An address with the key that opens it.
#[derive(Clone, Debug)]
pub struct Access {
    /// Without a slash at the end.
    pub url: String,
    pub key: SecretString,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub variable: &'static str,
    pub mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.mend)
    }
}

impl Config {
    /// Reads every variable through `lookup` and reports all problems at once.
    pub fn load(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let supabase_url = reader.url("SUPABASE_URL", "the project's address, https://<ref>.supabase.co");
        let supabase_key = reader.text("SUPABASE_SECRET_KEY", "an API key that starts with sb_secret_");
        let upstash_url = reader.url("UPSTASH_REDIS_REST_URL", "the REST address of the Upstash database");
        let upstash_key = reader.text("UPSTASH_REDIS_REST_TOKEN", "the REST token of the Upstash database");
        let gemini_billed = reader.get("GEMINI_BILLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let gemini = reader.model(["GEMINI_API_KEY", "GEMINI_BASE_URL", "GEMINI_MODEL"], GEMINI_URL, GEMINI_MODEL);
        Self {
            state_keys: reader.state_keys(),
            admin_password: reader.admin_password(),
            jwt_secret: reader.get("SUPABASE_JWT_SECRET").map(Into::into),
            gemini_unbilled: gemini.is_some() && !gemini_billed,
            gemini: gemini.filter(|_| gemini_billed),
            gemini_time: reader.gemini_time(),
            claude: reader.model(
                ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"],
                CLAUDE_URL,
                CLAUDE_MODEL,
            ),
            application_id: reader.parsed(
                "DISCORD_APPLICATION_ID",
                "the number under General Information in Discord's developer portal",
                |text| text.parse().ok(),
            ),
            discord_public_key: reader.parsed(
                "DISCORD_PUBLIC_KEY",
                "the 64 hex digits under General Information in Discord's developer portal",
                verifying_key,
            ),
            bot_token: reader
                .text("DISCORD_BOT_TOKEN", "the token under Bot in Discord's developer portal")
                .map(Into::into),
            discord_api_url: reader.url_or("DISCORD_API_URL", "https://discord.com/api/v10"),
            supabase: access(supabase_url, supabase_key),
            upstash: access(upstash_url, upstash_key),
            relay_public_key: reader.parsed(
                "RELAY_PUBLIC_KEY",
                "the 64 hex digits that `cargo xtask keys` prints beside the relay's seed",
                verifying_key,
            ),
            command_prefix: reader.prefix(),
            nlp: reader.nlp(),
            fallback_alert_channel: reader.id("FALLBACK_ALERT_CHANNEL_ID"),
            fallback_crt_role: reader.id("FALLBACK_CRT_ROLE_ID"),
            protocol_url: reader.optional_url("PROTOCOL_URL"),
            fallback_push: reader.push(),
            metrics_token: reader.metrics_token(),
            problems: reader.problems,
        }
    }
}

impl Config {
    /// Whether this talks to Discord itself, and not to a stand-in.
    pub fn is_production(&self) -> bool {
        self.discord_api_url.starts_with("https://discord.com/")
    }
}

struct Reader<L> {
    lookup: L,
    problems: Vec<Problem>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn get(&self, name: &'static str) -> Option<String> {
        debug_assert!(VARIABLES.iter().any(|variable| variable.name == name), "{name} is not in VARIABLES");
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn problem(&mut self, variable: &'static str, mend: impl Into<String>) {
        self.problems.push(Problem { variable, mend: mend.into() });
    }

    fn text(&mut self, name: &'static str, what: &str) -> Option<String> {
        let text = self.get(name);
        if text.is_none() {
            self.problem(name, format!("is not set; it is {what}"));
        }
        text
    }

    fn parsed<T>(&mut self, name: &'static str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = parse(&self.text(name, what)?);
        if value.is_none() {
            self.problem(name, format!("cannot be read; it is {what}"));
        }
        value
    }

    fn url(&mut self, name: &'static str, what: &str) -> Option<String> {
        let text = self.text(name, what)?;
        match checked_url(&text) {
            Ok(url) => Some(url),
            Err(mend) => {
                self.problem(name, mend);
                None
            }
        }
    }

    fn url_or(&mut self, name: &'static str, default: &str) -> String {
        match self.get(name).map(|text| checked_url(&text)) {
            Some(Ok(url)) => url,
            Some(Err(mend)) => {
                self.problem(name, mend);
                default.to_owned()
            }
            None => default.to_owned(),
        }
    }

    fn optional_url(&mut self, name: &'static str) -> Option<String> {
        checked_url(&self.get(name)?).map_err(|mend| self.problem(name, mend)).ok()
    }

    /// `names`: of its key, address and model. None without a key.
    fn model(&mut self, names: [&'static str; 3], url: &str, model: &str) -> Option<Model> {
        let [key_name, url_name, model_name] = names;
        let url = self.url_or(url_name, url);
        let model = self.get(model_name).unwrap_or_else(|| model.to_owned());
        Some(Model { url, key: self.get(key_name)?.into(), model })
    }

    fn gemini_time(&mut self) -> Duration {
        let Some(text) = self.get("GEMINI_TIMEOUT_SECONDS") else { return GEMINI_TIME };
        match text.parse::<u64>() {
            Ok(seconds @ 1..=20) => Duration::from_secs(seconds),
            Ok(21..) => {
                self.problem(
                    "GEMINI_TIMEOUT_SECONDS",
                    "may be at most 20, so that an answer comes in time; 20 is used",
                );
                Duration::from_secs(20)
            }
            _ => {
                self.problem("GEMINI_TIMEOUT_SECONDS", "must be a number from 1 to 20; 10 is used");
                GEMINI_TIME
            }
        }
    }

    fn state_keys(&mut self) -> Option<Seal> {
        let text = self.get("STATE_KEYS")?;
        let seal = Seal::read(&text);
        if seal.is_none() {
            self.problem(
                "STATE_KEYS",
                "must be 64 hex digits for each key, with commas between them; `openssl rand -hex 32` makes one",
            );
        }
        seal
    }

    /// It opens what can silence the bot: a short one is refused.
    fn admin_password(&mut self) -> Option<SecretString> {
        let text = self.get("ADMIN_PASSWORD")?;
        if text.chars().count() < MIN_PASSWORD {
            self.problem(
                "ADMIN_PASSWORD",
                format!("must have at least {MIN_PASSWORD} characters; `openssl rand -base64 24` makes one"),
            );
            return None;
        }
        Some(text.into())
    }

    /// A wrong address is a problem, and the screen decides alone.
    fn nlp(&mut self) -> Option<Nlp> {
        let url = match checked_url(&self.get("NLP_BASE_URL")?) {
            Ok(url) => url,
            Err(mend) => {
                self.problem("NLP_BASE_URL", format!("{mend}; the built-in screen decides alone"));
                return None;
            }
        };
        let headers: Vec<(&'static str, SecretString)> = [
            ("x-ash-internal-key", "NLP_INTERNAL_KEY"),
            ("cf-access-client-id", "NLP_ACCESS_CLIENT_ID"),
            ("cf-access-client-secret", "NLP_ACCESS_CLIENT_SECRET"),
        ]
        .into_iter()
        .filter_map(|(header, variable)| Some((header, self.get(variable)?.into())))
        .collect();
        Some(Nlp { url, headers })
    }

    fn id(&mut self, name: &'static str) -> Option<Snowflake> {
        let text = self.get(name)?;
        let id = text.parse().ok();
        if id.is_none() {
            self.problem(name, "must be the id of a channel or role; `Copy ID` in Discord's menu gives it");
        }
        id
    }

    fn push(&mut self) -> Option<SecretString> {
        match checked_url(&self.get("FALLBACK_PUSH_URL")?) {
            Ok(url) => Some(url.into()),
            Err(mend) => {
                self.problem("FALLBACK_PUSH_URL", format!("{mend}; nobody is paged"));
                None
            }
        }
    }

    fn metrics_token(&mut self) -> Option<SecretString> {
        let token = self.get("METRICS_TOKEN")?;
        if token.len() < SHORTEST_TOKEN {
            self.problem("METRICS_TOKEN", "must have at least 16 characters; `openssl rand -hex 32` makes one");
            return None;
        }
        Some(token.into())
    }

    fn prefix(&mut self) -> String {
        let prefix = self.get("COMMAND_PREFIX").unwrap_or_else(|| "!".to_owned());
        if prefix.chars().count() <= 5 && !prefix.starts_with('/') {
            return prefix;
        }
        self.problem("COMMAND_PREFIX", "must be 1 to 5 characters and not start with a slash; ! is used");
        "!".to_owned()
    }
}

fn access(url: Option<String>, key: Option<String>) -> Option<Access> {
    Some(Access { url: url?, key: key?.into() })
}

fn verifying_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = hex::decode(text).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

/// Keys travel to these addresses, so anything but this machine must be spoken to in https.
fn checked_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("is not an address ({error})"))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err("must start with https:// (http:// only for this machine)".to_owned()),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
