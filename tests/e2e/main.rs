//! The whole on its real runtime, from outside: `cargo xtask dev` as a person starts it, and `wrangler dev` on the same bundle.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may fail loudly and watches a real clock"
)]

mod dev;
mod doctor;
mod kills;
mod pausing;
mod running;
mod wrangler;
