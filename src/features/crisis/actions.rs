//! The names of the crisis buttons, menus and forms; the first argument is the id of the member's message.

pub const ACKNOWLEDGE: &str = "crisis.acknowledge";
pub const TAKE_OVER: &str = "crisis.take_over";
pub const HISTORY: &str = "crisis.history";
pub const FALSE_ALARM: &str = "crisis.false_alarm";
pub const MORE_SEVERE: &str = "crisis.more_severe";
pub const RESOLVE: &str = "crisis.resolve";
pub const UNDO: &str = "crisis.undo";
/// Of a member: their id comes first.
pub const HISTORY_CLEAR: &str = "crisis.history_clear";
pub const USERHISTORY: &str = "crisis.userhistory";
pub const USERHISTORY_WORDS: &str = "crisis.userhistory_words";
