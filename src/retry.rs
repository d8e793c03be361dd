//! What a failure means for a relay event: come back when, or never.

use relay_wire::Outcome;

use crate::error::{Error, Failure, Service, ServiceError};

/// Without a word from the service. The relay adds its own back-off for repeated failures.
const DEFAULT_DELAY_MS: u64 = 1_000;
/// A configuration problem is mended by a person.
const UNCONFIGURED_DELAY_MS: u64 = 30_000;

/// Events are only given up when the service understood them and refused: nothing that passes by itself loses one.
pub fn outcome_of(error: &Error) -> Outcome {
    match error {
        Error::User(text) => Outcome::Dead { reason: text.clone() },
        // A bug is mended by the next deployment; the event waits for it.
        Error::Bug(_) => Outcome::Retry { reason: "bug".to_owned(), delay_ms: UNCONFIGURED_DELAY_MS },
        Error::Service(error) if is_final(error) => Outcome::Dead { reason: error.to_string() },
        Error::Service(error) => match &error.kind {
            Failure::NotConfigured(_) | Failure::Malformed(_) => {
                Outcome::Retry { reason: error.to_string(), delay_ms: UNCONFIGURED_DELAY_MS }
            }
            _ => Outcome::Retry {
                reason: error.to_string(),
                delay_ms: error.retry_after_ms().unwrap_or(DEFAULT_DELAY_MS),
            },
        },
    }
}

/// Only what the service understood and will never take. A wrong token, a missing migration or grant, a full disk, an
/// exceeded quota are mended by a person, and the event waits for that.
fn is_final(error: &ServiceError) -> bool {
    let Failure::Refused { status, code, .. } = &error.kind else { return false };
    match error.service {
        // SQLSTATE classes: 22 data exception, 23 integrity constraint violation.
        Service::Supabase => code.starts_with("22") || code.starts_with("23"),
        // A deleted channel, a missing permission: an answer that comes hours late helps nobody.
        Service::Discord => (400..500).contains(status) && !matches!(status, 401 | 408),
        Service::Upstash | Service::Gemini | Service::Claude | Service::Nlp | Service::Outside => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: Failure) -> Outcome {
        outcome_of(&Error::Service(ServiceError::new(Service::Discord, "POST", kind)))
    }

    fn refused(status: u16) -> Outcome {
        failed(Failure::Refused { status, code: String::new(), message: String::new() })
    }

    #[test]
    fn what_passes_by_itself_never_loses_an_event() {
        let passing = [failed(Failure::Timeout), refused(500), refused(503), refused(408), refused(401)];
        for outcome in passing {
            assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
        }
    }

    #[test]
    fn a_rate_limit_says_when_to_come_back() {
        assert!(matches!(
            failed(Failure::RateLimited { retry_after_ms: 7_000 }),
            Outcome::Retry { delay_ms: 7_000, .. }
        ));
    }

    #[test]
    fn what_a_person_mends_in_the_database_waits_for_them() {
        let supabase = |status, code: &str| {
            let kind = Failure::Refused { status, code: code.to_owned(), message: String::new() };
            outcome_of(&Error::Service(ServiceError::new(Service::Supabase, "rpc", kind)))
        };
        // Read-only because the disk is full, a forgotten grant, a missing column, a missing function, a quota.
        for (status, code) in [(405, "25006"), (403, "42501"), (400, "42703"), (404, "PGRST202"), (402, "")] {
            assert!(matches!(supabase(status, code), Outcome::Retry { .. }), "{code}");
        }
        assert!(matches!(supabase(400, "22003"), Outcome::Dead { .. }));
        assert!(matches!(supabase(409, "23514"), Outcome::Dead { .. }));
    }

    #[test]
    fn what_was_understood_and_refused_is_dead() {
        assert!(matches!(refused(400), Outcome::Dead { .. }));
        assert!(matches!(refused(403), Outcome::Dead { .. }));
        assert!(matches!(refused(404), Outcome::Dead { .. }));
    }
}
