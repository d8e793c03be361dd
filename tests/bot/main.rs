//! The bot natively: conversations through `App` against the local world, with real PostgreSQL and Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod admin;
mod audit;
mod campaign;
mod companion;
mod crisis;
mod degraded;
mod harness;
mod health;
mod hears;
mod jobs;
mod languages;
mod leaderboard;
mod limits;
mod members;
mod metrics;
mod numbers;
mod parsers;
mod ping;
mod presence;
mod privacy;
mod privacy_done;
mod privacy_export;
mod privacy_tables;
mod prometheus;
mod relay;
mod relay_gap;
mod rising;
mod rollup;
mod score;
mod scoring;
mod settings_file;
mod setup;
mod signature;
mod staff;
mod tickets;
mod transcript;
mod weekly;
mod welcome;
