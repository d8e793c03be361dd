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
