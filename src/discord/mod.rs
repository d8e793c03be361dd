//! How Discord speaks: signatures, interactions, REST.

pub mod custom_id;
pub mod interaction;
pub mod message;
pub mod rest;
pub mod signature;
