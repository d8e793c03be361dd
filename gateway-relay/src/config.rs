//! Reads the configuration from the environment and reports every problem at once.

use std::{collections::HashMap, env, fmt, net::SocketAddr, path::Path, time::Duration};

use http::Uri;
use relay_wire::{Feature, Snowflake};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    intents::Features,
    spool::{Keys, Place, derived},
};

/// What the Worker takes.
const LONGEST_NAME: usize = 100;
/// Long enough for a deploy, short enough to be told while it matters.
const SILENCE: Duration = Duration::from_secs(180);

/// An urgent answer waits for crisis detection, at most about 10 s; a bulk one for Postgres.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Everything the relay can be told.
#[derive(Clone, Debug)]
pub struct Config {
    pub bot_token: SecretString,
    /// Without a slash at the end.
    pub discord_api_url: String,
    /// None: ask `GET /gateway/bot`.
    pub discord_gateway_url: Option<String>,
    /// Without a slash at the end.
    pub worker_url: String,
    /// 32 bytes as 64 hex digits.
    pub signing_seed: SecretString,
    pub relay_name: String,
    pub features: Features,
    pub listen: SocketAddr,
    pub bulk_linger: Duration,
    pub shards: Shards,
    pub spool: Place,
    /// Where the relay itself says that nobody reads what members write.
    pub fallback_channel: Option<Snowflake>,
    pub fallback_push: Option<String>,
    /// How long the Worker may be out of reach before that is said.
    pub silence: Duration,
    /// How long an answer of the Worker to events may take.
    pub answer_within: Duration,
}

/// Which of the bot's gateway sessions this relay holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shards {
    /// As many as Discord recommends, all of them here.
    Auto,
    Some {
        first: u32,
        last: u32,
        total: u32,
    },
}

/// A variable that is missing or wrong, and what to do about it.
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

/// The variables with a word on each, for `--help`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("DISCORD_BOT_TOKEN", "the bot's token (required)"),
    ("WORKER_URL", "where the Worker answers (required)"),
    ("RELAY_SIGNING_SEED", "64 hex digits, made by `openssl rand -hex 32` (required)"),
    ("RELAY_NAME", "name of this process, stable over restarts [relay]"),
    ("RELAY_FEATURES", "any of content,members,presence [content,members]"),
    ("RELAY_LISTEN", "address of /health, /ready, /metrics [127.0.0.1:8707]"),
    ("BULK_LINGER_SECONDS", "how long events without text wait for company [15]"),
    ("SHARDS", "from-to/total, or auto for all that Discord recommends [0-0/1]"),
    ("RELAY_SPOOL", "directory where events wait, on a local disk [./relay-spool]"),
    ("RELAY_SPOOL_KEYS", "keys of 64 hex digits, the first encrypts, all decrypt [derived from RELAY_SIGNING_SEED]"),
    ("RELAY_SPOOL_MAX_MB", "most the spool may take; then events without text are dropped [1024]"),
    ("FALLBACK_ALERT_CHANNEL_ID", "channel that is told when the Worker is out of reach for 3 minutes [nobody]"),
    ("FALLBACK_PUSH_URL", "address that gets the same as a plain POST, e.g. an ntfy topic [nobody]"),
    ("DISCORD_API_URL", "[https://discord.com/api/v10]"),
    ("DISCORD_GATEWAY_URL", "[what Discord's GET /gateway/bot says]"),
    ("RUST_LOG", "filter of the log [info]"),
];

/// The environment, and a file of `NAME=value` lines behind it.
///
/// # Errors
/// If the file exists but cannot be read or parsed; the message does not show its content.
pub fn environment(file: &Path) -> Result<impl Fn(&str) -> Option<String> + use<>, Problem> {
    let mut from_file = HashMap::new();
    if file.exists() {
        let unreadable = |_| Problem {
            variable: ".env",
            mend: format!("{} cannot be read; write one NAME=value a line", file.display()),
        };
        for pair in dotenvy::from_path_iter(file).map_err(unreadable)? {
            let (name, value) = pair.map_err(unreadable)?;
            from_file.insert(name, value);
        }
    }
    Ok(move |name: &str| env::var(name).ok().or_else(|| from_file.get(name).cloned()))
}

impl Config {
    /// Reads every variable through `lookup`; an empty value counts as missing.
    ///
    /// # Errors
    /// All problems there are, not only the first.
    pub fn load(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            lookup: &|name| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()),
            problems: Vec::new(),
        };
        let config = Self {
            bot_token: reader
                .required("DISCORD_BOT_TOKEN", "copy it from the developer portal: Bot -> Reset Token")
                .trim_start_matches("Bot ")
                .into(),
            discord_api_url: reader
                .url("DISCORD_API_URL", &["http", "https"], Some("https://discord.com/api/v10"))
                .unwrap_or_default(),
            discord_gateway_url: reader.url("DISCORD_GATEWAY_URL", &["ws", "wss"], None),
            worker_url: reader.worker_url(),
            signing_seed: reader.seed(),
            relay_name: reader.name(),
            features: reader.features(),
            listen: reader.listen(),
            bulk_linger: reader.linger(),
            shards: reader.shards(),
            spool: reader.spool(),
            fallback_channel: reader.fallback_channel(),
            fallback_push: reader.url("FALLBACK_PUSH_URL", &["http", "https"], None),
            silence: SILENCE,
            answer_within: ANSWER_WITHIN,
        };
        if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
    }

    /// The seed as bytes. [`Config::load`] has checked it.
    pub fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        // Checked at load; a seed of zeros would be refused by the Worker, loudly.
        let _ = hex::decode_to_slice(self.signing_seed.expose_secret(), &mut seed);
        seed
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    fn problem(&mut self, variable: &'static str, mend: impl Into<String>) {
        let mend = mend.into();
        self.problems.push(Problem { variable, mend });
    }

    fn required(&mut self, name: &'static str, mend: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(name, format!("is missing; {mend}"));
            String::new()
        })
    }

    fn listen(&mut self) -> SocketAddr {
        let text = self.optional("RELAY_LISTEN").unwrap_or_else(|| "127.0.0.1:8707".into());
        text.parse().unwrap_or_else(|_| {
            self.problem("RELAY_LISTEN", "must be address:port, e.g. 127.0.0.1:8707");
            ([127, 0, 0, 1], 0).into()
        })
    }

    fn url(&mut self, name: &'static str, schemes: &[&str], default: Option<&str>) -> Option<String> {
        let text = self.optional(name).or_else(|| default.map(ToOwned::to_owned))?;
        let parsed = text.parse::<Uri>().ok();
        let known = parsed.as_ref().and_then(Uri::scheme_str).is_some_and(|scheme| schemes.contains(&scheme));
        let plain = parsed.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none());
        if !known || !plain {
            self.problem(
                name,
                format!("is no address; write it as {}://host without ? and #", schemes.join(":// or ")),
            );
        }
        Some(text.trim_end_matches('/').to_owned())
    }

    fn worker_url(&mut self) -> String {
        let name = "WORKER_URL";
        if self.optional(name).is_none() {
            self.problem(name, "is missing; give the Worker's address, e.g. https://bot.example.workers.dev");
        }
        self.url(name, &["http", "https"], None).unwrap_or_default()
    }

    fn seed(&mut self) -> SecretString {
        let name = "RELAY_SIGNING_SEED";
        let seed = self.required(name, "make one with `openssl rand -hex 32` and give the Worker its public key");
        if !seed.is_empty() && hex::decode(&seed).map(|bytes| bytes.len()) != Ok(32) {
            self.problem(name, "must be 64 hex digits; make one with `openssl rand -hex 32`");
        }
        seed.into()
    }

    fn name(&mut self) -> String {
        let name = self.optional("RELAY_NAME").unwrap_or_else(|| "relay".into());
        if name.len() > LONGEST_NAME {
            self.problem("RELAY_NAME", format!("may have at most {LONGEST_NAME} characters"));
        }
        name
    }

    fn features(&mut self) -> Features {
        let name = "RELAY_FEATURES";
        let text = self.optional(name).unwrap_or_else(|| "content,members".into());
        let mut features = Features::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "content" => features.set(Feature::Content),
                "members" => features.set(Feature::Members),
                "presence" => features.set(Feature::Presence),
                "none" => {}
                other => self.problem(name, format!("knows content, members, presence (or none), not `{other}`")),
            }
        }
        features
    }

    fn linger(&mut self) -> Duration {
        let name = "BULK_LINGER_SECONDS";
        let seconds = self.optional(name).map_or(Some(15.0), |text| text.parse::<f64>().ok());
        match seconds {
            Some(seconds) if (0.0..=300.0).contains(&seconds) => Duration::from_secs_f64(seconds),
            _ => {
                self.problem(name, "must be a number of seconds from 0 to 300");
                Duration::ZERO
            }
        }
    }

    fn shards(&mut self) -> Shards {
        let name = "SHARDS";
        let text = self.optional(name).unwrap_or_else(|| "0-0/1".into());
        if text == "auto" {
            return Shards::Auto;
        }
        let parse = |text: &str| {
            let (range, total) = text.split_once('/')?;
            let (first, last) = range.split_once('-')?;
            Some((first.parse::<u32>().ok()?, last.parse::<u32>().ok()?, total.parse::<u32>().ok()?))
        };
        match parse(&text) {
            Some((first, last, total)) if first <= last && last < total => Shards::Some { first, last, total },
            _ => {
                self.problem(name, "must be auto, or from-to/total counted from 0, e.g. 0-0/1, or 0-3/16 and 4-15/16");
                Shards::Auto
            }
        }
    }

    fn spool(&mut self) -> Place {
        let dir = self.optional("RELAY_SPOOL").unwrap_or_else(|| "relay-spool".into()).into();
        let name = "RELAY_SPOOL_KEYS";
        let mut keys = Vec::new();
        for key in self.optional(name).unwrap_or_default().split(',').map(str::trim).filter(|key| !key.is_empty()) {
            match hex::decode(key).ok().and_then(|bytes| bytes.try_into().ok()) {
                Some(key) => keys.push(key),
                None => self.problem(name, "each key must be 64 hex digits; make one with `openssl rand -hex 32`"),
            }
        }
        // Always tried: what was written before the first key was set still opens.
        keys.push(derived(&self.seed_bytes()));
        let name = "RELAY_SPOOL_MAX_MB";
        let megabytes = self.optional(name).map_or(Some(1024), |text| text.parse::<u64>().ok());
        let megabytes = megabytes.filter(|megabytes| (8..=1_000_000).contains(megabytes)).unwrap_or_else(|| {
            self.problem(name, "must be a whole number of megabytes, at least 8");
            1024
        });
        Place { dir, keys: Keys::new(&keys), max_bytes: megabytes << 20 }
    }

    fn fallback_channel(&mut self) -> Option<Snowflake> {
        let name = "FALLBACK_ALERT_CHANNEL_ID";
        let text = self.optional(name)?;
        let id = text.parse().ok();
        if id.is_none() {
            self.problem(name, "must be a channel's id: right-click the channel, Copy Channel ID");
        }
        id
    }

    fn seed_bytes(&self) -> [u8; 32] {
        let seed = self.optional("RELAY_SIGNING_SEED").and_then(|seed| hex::decode(seed).ok());
        seed.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
