//! The language of a text. Every text function takes one, so that another language is added in one place.
//!
//! A text that is not translated says so where it stands: `Lang::En | Lang::De` is English for both.

use std::fmt::{Display, Write};

use chrono::{Datelike, Month, NaiveDate};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    En,
    De,
}

impl Lang {
    /// Each with its code and its own name for itself; the first one is what a guild speaks that chose none.
    pub const ALL: &'static [(&'static str, &'static str)] = &[("en", "English"), ("de", "Deutsch")];

    /// The language for one of Discord's locales (`en-US`, `de`, ...); None where there is no translation yet.
    pub fn of_locale(locale: &str) -> Option<Self> {
        match locale.split('-').next() {
            Some("en") => Some(Self::En),
            Some("de") => Some(Self::De),
            _ => None,
        }
    }

    /// A day of the year: `3 November`.
    pub fn day(self, date: NaiveDate) -> String {
        match self {
            Self::En => format!("{} {}", date.day(), month(date)),
            // The same in every month, and not a name for each of them.
            Self::De => format!("{}.{}.", date.day(), date.month()),
        }
    }
}

/// A text with `{0}`, `{1}` and so on filled in. One call for all languages of a text, where `format!` would be code for each of them.
pub fn fill(text: &str, values: &[&dyn Display]) -> String {
    let mut filled = String::with_capacity(text.len() + 40);
    let mut parts = text.split('{');
    filled.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (index, rest) = part.split_once('}').unwrap_or_default();
        if let Some(value) = index.parse().ok().and_then(|index: usize| values.get(index)) {
            // Writing into a String does not fail.
            let _ = write!(filled, "{value}");
        }
        filled.push_str(rest);
    }
    filled
}

/// In English: `November`.
pub fn month(date: NaiveDate) -> &'static str {
    u8::try_from(date.month()).ok().and_then(|month| Month::try_from(month).ok()).map_or("", |month| month.name())
}
