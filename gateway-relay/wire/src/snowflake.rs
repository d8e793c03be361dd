//! Discord's 64-bit ids, written as strings in JSON because JavaScript cannot hold them as numbers.

use std::{fmt, num::ParseIntError, str::FromStr};

use from_json::{FromJson, Unfit, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds of 2015-01-01, the epoch of Discord's ids.
/// Source: Discord's API reference, "Snowflakes".
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(pub u64);

impl Snowflake {
    /// When the thing it names was created, milliseconds since 1970.
    pub fn created_at_ms(self) -> i64 {
        (self.0 >> 22) as i64 + DISCORD_EPOCH_MS
    }

    /// The smallest id that can have been created at `ms` (milliseconds since 1970).
    pub fn at_ms(ms: i64) -> Self {
        Self(((ms - DISCORD_EPOCH_MS).max(0) as u64) << 22)
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Snowflake {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl Serialize for Snowflake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Snowflake {
    /// Takes a decimal string, and an integer too: Postgres writes bigint columns as numbers.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Snowflake;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Discord id as a decimal string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Snowflake, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Snowflake, E> {
                Ok(Snowflake(number))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl FromJson for Snowflake {
    /// The same two ways to write it.
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let id = json.as_u64().or_else(|| json.as_str()?.parse().ok());
        id.map(Self).ok_or(Unfit::wanted("a Discord id as a decimal string"))
    }
}
