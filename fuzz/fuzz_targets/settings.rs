//! What managers type into `/setup`: every setting reads any text, and keeps only what fits it.
#![no_main]

use community_os::{
    features::FEATURES,
    lang::Lang,
    settings::{Kind, MAX_IDS},
};
use libfuzzer_sys::fuzz_target;
use relay_wire::Snowflake;

fuzz_target!(|text: &str| {
    for setting in FEATURES.iter().flat_map(|feature| feature.settings) {
        let Ok(value) = setting.read(text, Lang::En) else { continue };
        let key = setting.key;
        match setting.kind {
            Kind::Switch { .. } => assert!(value.is_boolean(), "{key}"),
            Kind::Number { min, max, .. } => {
                let number = value.as_f64().unwrap();
                assert!((min..=max).contains(&number), "{key}: {number}");
            }
            Kind::Text { max_length, .. } => {
                assert!(value.as_str().unwrap().chars().count() <= usize::from(max_length), "{key}");
            }
            Kind::Formed { max_length, fits, .. } => {
                let kept = value.as_str().unwrap();
                assert!(kept.is_empty() || fits(kept) && kept.chars().count() <= usize::from(max_length), "{key}");
            }
            Kind::Choice(words) => {
                assert!(words.iter().any(|(word, _)| Some(*word) == value.as_str()), "{key}");
            }
            Kind::Channels => {
                let ids: Vec<Snowflake> = serde_json::from_value(value).unwrap();
                assert!(ids.len() <= MAX_IDS && ids.is_sorted_by(|a, b| a < b), "{key}");
            }
            Kind::Channel | Kind::Category | Kind::Role => {
                assert!(value.as_str().unwrap().parse::<u64>().is_ok(), "{key}");
            }
        }
    }
});
