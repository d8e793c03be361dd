//! The actions in the custom_ids of tickets' buttons, menus and forms.

/// On the panel: the category as an argument, or chosen in the menu.
pub const OPEN: &str = "tickets.open";
/// Arguments: category, and a key that makes two sendings one.
pub const OPEN_FORM: &str = "tickets.form";

// All of these have the ticket's id as their argument.
pub const CLAIM: &str = "tickets.claim";
pub const RELEASE: &str = "tickets.release";
pub const CLOSE: &str = "tickets.close";
pub const CLOSE_WITH_REASON: &str = "tickets.close_with_reason";
pub const ADD: &str = "tickets.add";
pub const REOPEN: &str = "tickets.reopen";
pub const CLOSE_FORM: &str = "tickets.close_form";
pub const ACCEPT_CLOSE: &str = "tickets.accept_close";
pub const KEEP_OPEN: &str = "tickets.keep_open";
/// The menu that Add person opens.
pub const ADD_CHOSEN: &str = "tickets.add_chosen";

/// The page as its argument.
pub const LIST: &str = "tickets.list";
/// Without arguments: the name is in the form.
pub const TAG_FORM: &str = "tickets.tag_form";
/// On the warning before a silent ticket is closed.
pub const STAY_OPEN: &str = "tickets.stay_open";

/// In direct messages, where no guild is told: guild, ticket, rating.
pub const RATE: &str = "tickets.rate";
pub const COMMENT: &str = "tickets.comment";

// In `/setup`. Those of one kind of ticket have its id as their first argument.
pub const CATEGORIES: &str = "tickets.categories";
pub const CATEGORY: &str = "tickets.category";
pub const CATEGORY_ADD: &str = "tickets.category_add";
pub const CATEGORY_CHANGE: &str = "tickets.category_change";
pub const CATEGORY_TEXTS: &str = "tickets.category_texts";
pub const CATEGORY_QUESTIONS: &str = "tickets.category_questions";
pub const CATEGORY_LIMITS: &str = "tickets.category_limits";
/// Second argument: the column.
pub const CATEGORY_PICK: &str = "tickets.category_pick";
/// Second argument: -1 up, 1 down.
pub const CATEGORY_MOVE: &str = "tickets.category_move";
/// Second argument, once it was asked: anything.
pub const CATEGORY_RETIRE: &str = "tickets.category_retire";
pub const PANEL: &str = "tickets.panel";
pub const PANEL_POST: &str = "tickets.panel_post";
pub const PANEL_REFRESH: &str = "tickets.panel_refresh";
pub const CHECK: &str = "tickets.check";
