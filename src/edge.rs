//! What only the runtime can give: the time, a pause, a line of log, a random number.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;

/// A moment, read at the edge and passed down.
pub type Time = DateTime<Utc>;

/// The runtime's gifts as plain functions, so that tests hand in their own.
#[derive(Clone, Copy)]
pub struct Edge {
    pub now: fn() -> Time,
    pub sleep: fn(Duration) -> LocalBoxFuture<'static, ()>,
    /// Writes one JSON line.
    pub log: fn(&str),
}

impl Edge {
    /// A number in 0..bound, for jitter. Not for secrets.
    pub fn random_below(&self, bound: u64) -> u64 {
        getrandom::u64().unwrap_or_default().checked_rem(bound).unwrap_or_default()
    }
}
