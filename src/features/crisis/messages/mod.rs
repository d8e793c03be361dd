//! Every text of crisis care that people read. Pure.

pub mod alert;
pub mod audited;
pub mod buttons;
pub mod chain;
pub mod consent;
pub mod doors;
pub mod duty;
pub mod figures;
pub mod health;
pub mod history;
pub mod late;
pub mod sensitivity;
pub mod setup;
pub mod snooze;
pub mod tuning;
pub mod webhook;
