//! What only the runtime can give: the time, a pause, a line of log.

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
