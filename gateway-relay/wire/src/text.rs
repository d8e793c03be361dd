//! Strings of Discord's JSON, which Rust's own strings cannot always hold.

use std::fmt;

use from_json::{FromJson, Unfit, Value};
use serde::{Deserialize, Deserializer, de};

/// A string as Discord sent it; half surrogate pairs, which JSON allows and Rust does not, become replacement characters (one for each byte).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text, E> {
                Ok(Text(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

impl FromJson for Text {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        String::from_json(json).map(Self)
    }
}
