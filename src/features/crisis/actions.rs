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
pub const FALSE_ALARM_REASON: &str = "crisis.false_alarm_reason";
pub const MORE_SEVERE_REASON: &str = "crisis.more_severe_reason";
pub const RESOLVE_FORM: &str = "crisis.resolve_form";
pub const SNOOZE: &str = "crisis.snooze";
pub const SNOOZE_CHOSEN: &str = "crisis.snooze_chosen";
pub const SNOOZE_END: &str = "crisis.snooze_end";
pub const SNOOZE_KEEP: &str = "crisis.snooze_keep";
/// Of a member: their id comes first.
pub const HISTORY_CLEAR: &str = "crisis.history_clear";
pub const USERHISTORY: &str = "crisis.userhistory";
pub const USERHISTORY_WORDS: &str = "crisis.userhistory_words";
/// Ash's own: in direct messages; its argument is the guild.
pub const BEGIN_TALK: &str = "companion.begin";
/// Ash's own: it offers the member a talk.
pub const TALK_TO_ASH: &str = "companion.offer";
