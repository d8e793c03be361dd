//! Every text of crisis care that people read. Pure.

pub mod alert;
pub mod buttons;
pub mod history_view;
pub mod snooze;
