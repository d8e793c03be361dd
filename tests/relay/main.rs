//! The whole path natively: the world's websocket gateway, the real relay, the real app, PostgreSQL and Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "../bot/harness.rs"]
#[allow(dead_code, reason = "the conversations of tests/bot use the rest")]
mod harness;
mod path;
mod served;
mod stage;
mod trace;
mod whole;
