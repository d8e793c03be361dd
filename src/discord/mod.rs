//! How Discord speaks: signatures, interactions, REST.

pub mod channel;
pub mod components;
pub mod custom_id;
mod download;
mod form;
pub mod interaction;
pub mod message;
pub mod read;
mod refusal;
pub mod rest;
pub mod signature;
