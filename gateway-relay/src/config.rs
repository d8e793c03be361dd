//! Reads the configuration from the environment and reports every problem at once.

use std::{collections::HashMap, env, fmt, net::SocketAddr, path::Path, time::Duration};

use http::Uri;
use relay_wire::Feature;
use secrecy::{ExposeSecret, SecretString};

use crate::intents::Features;

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
    pub shard: u32,
    pub shard_count: u32,
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
    ("SHARDS", "from-to/total [0-0/1]; only 0-0/1 by now"),
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
            relay_name: reader.optional("RELAY_NAME").unwrap_or_else(|| "relay".into()),
            features: reader.features(),
            listen: reader.listen(),
            bulk_linger: reader.linger(),
            shard: 0,
            shard_count: 1,
        };
        reader.shards();
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

    fn shards(&mut self) {
        let name = "SHARDS";
        if self.optional(name).is_some_and(|text| text != "0-0/1") {
            self.problem(
                name,
                "this version runs one shard only; leave it out or write 0-0/1 (enough for 2,500 guilds)",
            );
        }
    }
}

#[cfg(test)]
mod tests;
