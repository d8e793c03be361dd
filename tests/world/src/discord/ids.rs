//! Snowflakes: made from the world's clock, strings in JSON.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Milliseconds between 1970 and the first second of 2015, where Discord's ids begin.
const EPOCH_MS: i64 = 1_420_070_400_000;

/// Any id of Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

impl Id {
    /// Milliseconds since 1970 at which the id was made.
    pub const fn created_ms(self) -> i64 {
        (self.0 >> 22) as i64 + EPOCH_MS
    }

    /// The smallest id of a moment.
    pub const fn at(ms: i64) -> Self {
        let since = ms - EPOCH_MS;
        Self(if since < 0 { 0 } else { (since as u64) << 22 })
    }

    /// The id after `self` for something made at `now_ms` by `worker` (0 to 1,023); always greater than `self`.
    pub fn next(self, now_ms: i64, worker: u64) -> Self {
        Self((self.0 + 1).max(Self::at(now_ms).0 | (worker << 12)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl From<u64> for Id {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Number(u64),
        }
        match Form::deserialize(deserializer)? {
            Form::Text(text) => text.parse().map_err(|_| D::Error::custom("not a snowflake")),
            Form::Number(id) => Ok(Self(id)),
        }
    }
}

/// Discord's form of a time, with microseconds and `+00:00`.
pub fn timestamp(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
}
