//! Every text of crisis care that people read. Pure.

pub mod alert;
pub mod audited;
pub mod health;
pub mod late;
pub mod webhook;
