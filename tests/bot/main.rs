//! The bot natively: conversations through `App` against the local world, with real PostgreSQL and Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod campaign;
mod harness;
mod health;
mod jobs;
mod numbers;
mod parsers;
mod ping;
mod relay;
mod relay_gap;
mod score;
mod setup;
mod signature;
mod transcript;
