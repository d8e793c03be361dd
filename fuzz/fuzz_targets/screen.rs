//! The built-in screen: any text of any member has a finding that holds together, whatever is hidden in it.
#![no_main]

use community_os::{care::Severity, features::crisis::screen::screen};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Discord lets nobody write more.
    let text: String = text.chars().take(4_000).collect();
    let found = screen(&text);
    assert_eq!(found, screen(&text), "it is not the same twice");
    assert!(found.level.is_none_or(|level| (1..=6).contains(&level)));
    if found.severity >= Severity::High {
        assert!(!found.factors.is_empty(), "an alert that does not say why");
    }
    assert!(!found.factors.iter().any(|factor| factor.is_empty()));
    // A letter that nobody sees changes nothing, wherever it stands.
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let hidden = format!("{}\u{200b}{}", &text[..middle], &text[middle..]);
    assert_eq!(found, screen(&hidden), "at {middle}");
});
