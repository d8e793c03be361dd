//! The names of Ash's buttons; the first argument is the id of the session, where nothing else is said.

/// Its argument is the id of the member's message, as on the alert's other buttons.
pub const OFFER: &str = "companion.offer";
/// Its argument is the guild.
pub const BEGIN: &str = "companion.begin";
pub const AGAIN: &str = "companion.again";
pub const BACK: &str = "companion.back";
pub const FOLLOW_UP: &str = "companion.follow_up";
pub const JOIN: &str = "companion.join";
pub const KEEP: &str = "companion.keep";
pub const NEVER: &str = "companion.never";
pub const NOT_NOW: &str = "companion.not_now";
pub const PERSON: &str = "companion.person";
pub const TALK: &str = "companion.talk";
/// Its arguments are the guild and the kind of what is planned.
pub const NEVER_MIND: &str = "companion.never_mind";
/// A form.
pub const NOTE: &str = "companion.note";
