//! The circuit breaker: after several failures in a minute a provider is left alone for a while. Counted in Upstash, for all isolates.

use crate::{
    command,
    context::{Cx, logged},
    error::Failure,
};

/// So many failed calls in [`WINDOW_SECONDS`] open it.
const FAILURES: i64 = 5;
const WINDOW_SECONDS: u32 = 60;
const OPEN_SECONDS: u32 = 30;

/// What *Flush cache* forgets.
pub const CACHES: &[&str] = &["ai:open:*", "ai:failures:*"];

/// How long to leave it alone still, in milliseconds. Without Upstash it is asked: the breaker only spares, it never decides.
pub async fn is_open(cx: &Cx, provider: &str) -> Option<u64> {
    let replies = cx.redis.pipeline(&[command!["PTTL", open_key(provider)]]).await;
    let left = logged(cx, "ai", replies.map_err(Into::into))?.first()?.int()?;
    u64::try_from(left).ok().filter(|left| *left > 0)
}

/// Counts a failure of the service itself; an answer of any kind closes the breaker.
pub async fn note(cx: &Cx, provider: &str, failure: Option<&Failure>) {
    let count = format!("ai:failures:{provider}");
    let Some(failure) = failure else {
        let forget = cx.redis.pipeline(&[command!["DEL", count]]).await;
        logged(cx, "ai", forget.map_err(Into::into));
        return;
    };
    if !is_its_fault(failure) {
        return;
    }
    let noted = cx.redis.pipeline(&[command!["INCR", count], command!["EXPIRE", count, WINDOW_SECONDS, "NX"]]).await;
    let failures = logged(cx, "ai", noted.map_err(Into::into)).and_then(|replies| replies.first()?.int());
    if failures.is_some_and(|failures| failures >= FAILURES) {
        cx.log("warn", "ai_breaker_open", from_json::json!({"provider": provider}));
        let open = [command!["SET", open_key(provider), "1", "EX", OPEN_SECONDS], command!["DEL", count]];
        logged(cx, "ai", cx.redis.pipeline(&open).await.map_err(Into::into));
    }
}

/// Not what we asked wrongly, and not a single answer that could not be read.
fn is_its_fault(failure: &Failure) -> bool {
    match failure {
        Failure::Timeout | Failure::Unreachable(_) | Failure::RateLimited { .. } => true,
        Failure::Refused { status, .. } => matches!(status, 408 | 429 | 500..),
        Failure::Malformed(_) | Failure::NotConfigured(_) => false,
    }
}

fn open_key(provider: &str) -> String {
    format!("ai:open:{provider}")
}
