//! Marks in Upstash that keep two isolates from doing the same thing at once. They are leases, never the truth of an effect.
//!
//! A mark is `claimed` for 60 s, then `done` for a day. A claimed mark never means done: whoever finds one comes back later.

use crate::{clients::redis::Reply, command, context::Cx, error::Result};

const CLAIM_SECONDS: u32 = 60;
const DONE_SECONDS: u32 = 86_400;

#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    Ours,
    /// Somebody is at it, or died at it; the claim ends by itself.
    Taken,
    Done,
}

/// Claims `key`, in one round trip.
pub async fn claim(cx: &Cx, key: &str) -> Result<Claim> {
    let key = format!("lease:{key}");
    let replies =
        cx.redis.pipeline(&[command!["SET", key, "claimed", "NX", "EX", CLAIM_SECONDS], command!["GET", key]]).await?;
    Ok(match replies.as_slice() {
        [Reply::Bytes(set), _] if set == b"OK" => Claim::Ours,
        [_, held] if held.text() == Some("done") => Claim::Done,
        _ => Claim::Taken,
    })
}

pub async fn done(cx: &Cx, key: &str) -> Result<()> {
    cx.redis.pipeline(&[command!["SET", format!("lease:{key}"), "done", "EX", DONE_SECONDS]]).await?;
    Ok(())
}

/// Gives the claim back after a failure, so that the next try need not wait for its end.
pub async fn release(cx: &Cx, key: &str) -> Result<()> {
    cx.redis.pipeline(&[command!["DEL", format!("lease:{key}")]]).await?;
    Ok(())
}
