//! Reads types from parsed JSON, and writes JSON down: a call for each field, where serde would write out a parser for each type.
//!
//! Why not serde's `Deserialize`: docs/decisions/0014-from-json.md.

#[cfg(test)]
extern crate self as from_json;

mod json;
mod text;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    hash::Hash,
    str::FromStr,
};

use chrono::{DateTime, NaiveDate, Utc};
pub use from_json_derive::FromJson;
pub use json::{add_json, put, put_json, written};
pub use serde_json::{Map, Value};

/// What can be read from JSON. The derive macro obeys serde's own attributes, as far as it knows them.
pub trait FromJson: Sized {
    /// # Errors
    /// When the JSON is of another shape. Fields that nobody asks for are ignored.
    fn from_json(json: &Value) -> Result<Self, Unfit>;

    /// What it is when its field is missing; None: then nothing can be read.
    fn absent() -> Option<Self> {
        None
    }
}

/// JSON of another shape than the one that was asked for. It never tells what the JSON held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The innermost field that was wrong; empty for the value as a whole.
    pub field: &'static str,
    pub wanted: &'static str,
}

impl Unfit {
    pub fn wanted(wanted: &'static str) -> Self {
        Self { field: "", wanted }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "the value" } else { self.field };
        for part in [field, " is not ", self.wanted] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl std::error::Error for Unfit {}

/// Bytes to JSON. Half surrogate pairs, which Discord sends and JSON allows, become replacement characters.
///
/// # Errors
/// Says where it stops to be JSON.
pub fn parse(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(bytes).or_else(|error| match text::without_half_pairs(bytes) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    })
}

/// A number that stands alone, written as in JSON. `str::parse` would bring tables of its own into the wasm, 11 KB.
pub fn number(text: &str) -> Option<f64> {
    parse(text.as_bytes()).ok()?.as_f64()
}

/// A date as `2026-12-01`. Nothing here uses chrono's patterns: what reads and writes them is 10 KB of the wasm.
pub fn date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Parses and reads; None if either fails.
pub fn read<T: FromJson>(bytes: &[u8]) -> Option<T> {
    T::from_json(&parse(bytes).ok()?).ok()
}

/// For the derive macro: the fields of an object.
pub fn object(json: &Value) -> Result<&Map<String, Value>, Unfit> {
    json.as_object().ok_or(Unfit { field: "", wanted: "an object" })
}

/// For the derive macro: one field.
pub fn field<T: FromJson>(fields: &Map<String, Value>, name: &'static str) -> Result<T, Unfit> {
    match get(fields, name) {
        Some(json) => T::from_json(json).map_err(|unfit| named(unfit, name)),
        None => T::absent().ok_or(Unfit { field: name, wanted: "there" }),
    }
}

/// For the derive macro: one field that may be missing.
pub fn field_or_default<T: FromJson + Default>(fields: &Map<String, Value>, name: &'static str) -> Result<T, Unfit> {
    match get(fields, name) {
        Some(json) => T::from_json(json).map_err(|unfit| named(unfit, name)),
        None => Ok(T::default()),
    }
}

/// For the derive macro: an enum's variant and what it holds. `"name"` and `{"name": ...}` are the two ways to write one.
pub fn variant(json: &Value) -> Result<(&str, &Value), Unfit> {
    match json {
        Value::String(name) => Ok((name, &Value::Null)),
        Value::Object(fields) if fields.len() == 1 => {
            fields.iter().next().map(|(name, inner)| (name.as_str(), inner)).ok_or(UNKNOWN)
        }
        _ => Err(UNKNOWN),
    }
}

/// For the derive macro: an enum's variant, named by a field.
pub fn tag<'a>(fields: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Unfit> {
    get(fields, name).and_then(Value::as_str).ok_or(Unfit { field: name, wanted: "a string" })
}

/// For the derive macro.
pub const UNKNOWN: Unfit = Unfit { field: "", wanted: "one of its variants" };

#[inline(never)]
fn get<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name)
}

#[inline(never)]
fn named(unfit: Unfit, name: &'static str) -> Unfit {
    if unfit.field.is_empty() { Unfit { field: name, ..unfit } } else { unfit }
}

macro_rules! integers {
    ($($type:ty: $as:ident),*) => { $(
        impl FromJson for $type {
            fn from_json(json: &Value) -> Result<Self, Unfit> {
                json.$as().and_then(|number| number.try_into().ok()).ok_or(Unfit::wanted("a number that fits"))
            }
        }
    )* };
}

integers!(u8: as_u64, u16: as_u64, u32: as_u64, u64: as_u64, usize: as_u64, i16: as_i64, i32: as_i64, i64: as_i64);

impl FromJson for bool {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_bool().ok_or(Unfit::wanted("true or false"))
    }
}

impl FromJson for f64 {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_f64().ok_or(Unfit::wanted("a number"))
    }
}

impl FromJson for f32 {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        f64::from_json(json).map(|number| number as f32)
    }
}

impl FromJson for String {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_str().map(str::to_owned).ok_or(Unfit::wanted("a string"))
    }
}

impl FromJson for Value {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        Ok(json.clone())
    }
}

/// What a SQL function gives back that returns nothing.
impl FromJson for () {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_null().ok_or(Unfit::wanted("null"))
    }
}

impl FromJson for DateTime<Utc> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let time = json.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        time.map(|time| time.to_utc()).ok_or(Unfit::wanted("a time"))
    }
}

impl FromJson for NaiveDate {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_str().and_then(date).ok_or(Unfit::wanted("a date"))
    }
}

impl FromJson for Map<String, Value> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        object(json).cloned()
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        T::from_json(json).map(Self::new)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        if json.is_null() { Ok(None) } else { T::from_json(json).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_array().ok_or(Unfit::wanted("a list"))?.iter().map(T::from_json).collect()
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        object(json)?.iter().map(|(key, value)| Ok((key.clone(), T::from_json(value)?))).collect()
    }
}

impl<K: FromStr + Eq + Hash, T: FromJson> FromJson for HashMap<K, T> {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let key = |key: &String| key.parse().map_err(|_| Unfit::wanted("a key that can be read"));
        object(json)?.iter().map(|(name, value)| Ok((key(name)?, T::from_json(value)?))).collect()
    }
}

#[cfg(test)]
mod tests;
