//! Every text of crisis care that people read. Pure.

pub mod alert;
pub mod consent;
pub mod sensitivity;
pub mod setup;
