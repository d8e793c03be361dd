//! Every text of crisis care that people read. Pure.

pub mod alert;
pub mod chain;
pub mod consent;
pub mod duty;
pub mod sensitivity;
pub mod setup;
