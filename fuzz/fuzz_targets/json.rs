//! from-json against serde_json: the same bytes are the same value, and the same types are read from it.
#![no_main]

use std::collections::BTreeMap;

use from_json::{FromJson, Value};
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    let theirs = serde_json::from_slice::<Value>(bytes);
    match (from_json::parse(bytes), theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours, theirs);
            types(&ours);
        }
        (Err(_), Err(_)) => {}
        // The one difference: half surrogate pairs are mended, and nothing else is.
        (Ok(ours), Err(_)) => {
            let escapes = bytes
                .windows(4)
                .any(|part| matches!(part, [b'\\', b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F']));
            assert!(escapes && serde_json::to_string(&ours).unwrap().contains('\u{fffd}'));
        }
        (Err(error), Ok(_)) => panic!("{error}"),
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        alone(text);
    }
});

fn types(json: &Value) {
    same::<u8>(json);
    same::<u16>(json);
    same::<u32>(json);
    same::<u64>(json);
    same::<i16>(json);
    same::<i32>(json);
    same::<i64>(json);
    same::<bool>(json);
    same::<String>(json);
    same::<Option<f64>>(json);
    same::<Vec<Option<i64>>>(json);
    same::<Option<Box<String>>>(json);
    same::<BTreeMap<String, Vec<u8>>>(json);
    // Each part by itself.
    match json {
        Value::Array(all) => all.iter().for_each(types),
        Value::Object(fields) => fields.values().for_each(types),
        _ => {}
    }
}

fn same<T: FromJson + DeserializeOwned + PartialEq + std::fmt::Debug>(json: &Value) {
    assert_eq!(T::from_json(json).ok(), T::deserialize(json).ok(), "{json}");
}

/// Numbers and dates that stand alone, as people and headers write them.
fn alone(text: &str) {
    if let Some(number) = from_json::number(text) {
        assert_eq!(text.trim().parse::<f64>().map(|number| number as f32), Ok(number as f32), "{text}");
    }
    if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
        && text.len() == 10
        && day.to_string() == text
    {
        assert_eq!(from_json::date(text), Some(day));
    }
}
