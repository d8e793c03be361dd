//! Tries again what may pass, with back-off and jitter, as long as the call's time lasts.

use std::time::Duration;

use http::HeaderMap;

use super::{Provider, Request, Said, attempt};
use crate::{config::Model, context::Cx, error::Failure};

const MAX_ATTEMPTS: u32 = 4;
const FIRST_PAUSE_MS: u64 = 500;
const LONGEST_PAUSE_MS: u64 = 8_000;
/// A try with less time than this is not worth beginning.
const SHORTEST_TRY: Duration = Duration::from_millis(300);

/// The answer or the last failure, and how often it was tried.
pub async fn answered(cx: &Cx, provider: &Provider, access: &Model, request: &Request) -> (Result<Said, Failure>, u32) {
    let started = (cx.edge.now)();
    let left = || request.time.saturating_sub(((cx.edge.now)() - started).to_std().unwrap_or_default());
    let mut tries = 0;
    loop {
        tries += 1;
        let (failure, headers) = match attempt(cx, provider, access, request, left()).await {
            Ok((said, _)) => return (Ok(said), tries),
            Err(failed) => failed,
        };
        if tries >= MAX_ATTEMPTS || !may_pass(&failure, &headers) {
            return (Err(failure), tries);
        }
        let pause = pause(tries, asked(&headers), jitter(&request.request_id, tries));
        if pause + SHORTEST_TRY > left() {
            return (Err(failure), tries);
        }
        (cx.edge.sleep)(pause).await;
    }
}

/// Both vendors' own clients try these again: 408, 409, 429 and everything from 500. Source: anthropic-sdk-python
/// `_base_client.py`, google-genai `_api_client.py`. What cannot be read may be read the next time: a model is not the same
/// twice.
fn may_pass(failure: &Failure, headers: &HeaderMap) -> bool {
    match headers.get("x-should-retry").and_then(|value| value.to_str().ok()) {
        Some("true") => return true,
        Some("false") => return false,
        _ => {}
    }
    match failure {
        Failure::Timeout | Failure::Unreachable(_) | Failure::RateLimited { .. } | Failure::Malformed(_) => true,
        Failure::Refused { status, .. } => matches!(status, 408 | 409 | 429 | 500..),
        Failure::NotConfigured(_) => false,
    }
}

/// What the service asked for: `retry-after-ms`, or `retry-after` in seconds.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = |name, scale: f64| {
        let asked = from_json::number(headers.get(name)?.to_str().ok()?)? * scale;
        (0.0..=3_600_000.0).contains(&asked).then(|| Duration::from_millis(asked.ceil() as u64))
    };
    milliseconds("retry-after-ms", 1.0).or_else(|| milliseconds("retry-after", 1_000.0))
}

/// Doubled with each try, three quarters to the whole of it, and never less than asked for.
fn pause(tries: u32, asked: Option<Duration>, jitter: f64) -> Duration {
    let doubled = FIRST_PAUSE_MS.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(LONGEST_PAUSE_MS);
    let own = Duration::from_millis(doubled).mul_f64(0.75 + jitter / 4.0);
    own.max(asked.unwrap_or_default())
}

/// 0 to 1, another one for each call and try: calls that fail together do not come back together. No more is needed of it.
fn jitter(request_id: &str, tries: u32) -> f64 {
    let hash = relay_wire::fnv1a(request_id.bytes().chain(tries.to_le_bytes()));
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn pauses_grow_and_heed_what_the_service_asks() {
        let ms = |tries, asked, jitter| pause(tries, asked, jitter).as_millis();
        assert_eq!(
            (ms(1, None, 1.0), ms(2, None, 1.0), ms(3, None, 0.0), ms(20, None, 1.0)),
            (500, 1_000, 1_500, 8_000)
        );
        assert_eq!(ms(1, Some(Duration::from_secs(3)), 1.0), 3_000);
        assert_eq!(asked(&headers(&[("retry-after", "2")])), Some(Duration::from_secs(2)));
        assert_eq!(
            asked(&headers(&[("retry-after-ms", "1500"), ("retry-after", "2")])),
            Some(Duration::from_millis(1_500))
        );
        assert_eq!(asked(&headers(&[("retry-after", "-1")])), None);
        assert_eq!(asked(&headers(&[("retry-after", "NaN")])), None);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let refused = |status| Failure::Refused { status, code: String::new(), message: String::new() };
        let none = HeaderMap::new();
        for status in [408, 409, 429, 500, 503, 504, 529] {
            assert!(may_pass(&refused(status), &none), "{status}");
        }
        for status in [400, 401, 402, 403, 404, 413] {
            assert!(!may_pass(&refused(status), &none), "{status}");
        }
        assert!(!may_pass(&refused(529), &headers(&[("x-should-retry", "false")])));
        assert!(may_pass(&refused(400), &headers(&[("x-should-retry", "true")])));
    }

    #[test]
    fn jitter_differs_and_stays_in_its_bounds() {
        let all: Vec<f64> = (0..1_000).map(|i| jitter(&format!("call-{i}"), 1)).collect();
        assert!(all.iter().all(|one| (0.0..1.0).contains(one)));
        let mean = all.iter().sum::<f64>() / 1_000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}
