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
    /// Whether a signature is right.
    pub es256: fn(Es256) -> LocalBoxFuture<'static, bool>,
}

/// Something signed by ECDSA on P-256 with SHA-256. Source: RFC 7518, 3.4.
pub struct Es256 {
    /// The public key's coordinates, as a JWK writes them.
    pub x: String,
    pub y: String,
    pub message: Vec<u8>,
    /// r and s, 32 bytes each.
    pub signature: Vec<u8>,
}
