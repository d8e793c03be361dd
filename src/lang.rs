//! The language of a text. Every text function takes one, so that another language is added in one place.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    En,
}

impl Lang {
    /// The language for one of Discord's locales (`en-US`, `de`, ...); English where there is no translation yet.
    pub fn of_locale(_locale: &str) -> Self {
        Self::En
    }
}
