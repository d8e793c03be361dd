//! The names of the crisis buttons, menus and forms; the first argument is the id of the member's message.

pub const ACKNOWLEDGE: &str = "crisis.acknowledge";
pub const TAKE_OVER: &str = "crisis.take_over";
pub const HISTORY: &str = "crisis.history";
pub const FALSE_ALARM: &str = "crisis.false_alarm";
pub const MORE_SEVERE: &str = "crisis.more_severe";
pub const RESOLVE: &str = "crisis.resolve";
/// Its argument is the user who is asked.
pub const STAY: &str = "crisis.stay";
pub const UNDO: &str = "crisis.undo";
