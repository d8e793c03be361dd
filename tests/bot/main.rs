//! The bot natively: conversations through `App` against the local world, with real PostgreSQL and Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod audit;
mod campaign;
mod crisis;
mod harness;
mod health;
mod hears;
mod jobs;
mod leaderboard;
mod members;
mod numbers;
mod parsers;
mod ping;
mod presence;
mod privacy;
mod privacy_done;
mod privacy_export;
mod privacy_tables;
mod relay;
mod relay_gap;
mod rising;
mod rollup;
mod score;
mod scoring;
mod setup;
mod signature;
mod tickets;
mod transcript;
mod weekly;
mod welcome;
