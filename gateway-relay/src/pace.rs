//! How often the gateway is connected to: quickly after a healthy session, ever more slowly when it does not work. Pure.
//!
//! twilight-gateway has none of this when the server closes before HELLO: about 1,700 connects a second were seen.

use std::time::Duration;

use tokio::time::Instant;

use crate::retry::jitter;

/// A session that lasted this long was a healthy one.
const HEALTHY: Duration = Duration::from_secs(30);

/// Long enough for a Worker that is asked by a relay which must not run.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// The times are parameters so that tests can hurry.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    first: Duration,
    longest: Duration,
    identify_every: Duration,
    /// Between two questions while another relay holds the shard.
    pub ask_again: Duration,
    losses: u32,
    next: Option<Instant>,
    next_identify: Option<Instant>,
}

impl Default for Pace {
    /// 1 s, 2 s, ... 60 s between connects; 5 s between identifies, which is Discord's rule for one shard.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(60), Duration::from_secs(5))
    }
}

impl Pace {
    pub fn new(first: Duration, longest: Duration, identify_every: Duration) -> Self {
        Self { first, longest, identify_every, ask_again: ASK_AGAIN, losses: 0, next: None, next_identify: None }
    }

    /// The same, with another time between two questions for leave.
    #[must_use]
    pub fn asking_again_after(self, ask_again: Duration) -> Self {
        Self { ask_again, ..self }
    }

    /// How long to wait before the next connect; `new_session`: it will identify, not resume.
    pub fn before_connect(&self, new_session: bool, now: Instant) -> Duration {
        let identify = self.next_identify.filter(|_| new_session);
        let next = self.next.into_iter().chain(identify).max();
        next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// Call when a connection has identified.
    pub fn identified(&mut self, at: Instant) {
        self.next_identify = Some(at + self.identify_every);
    }

    /// Call with each end of a connection; `lived`: since READY or RESUMED, None if neither came.
    pub fn lost(&mut self, lived: Option<Duration>) {
        let wait = self.wait_after(lived);
        self.next = Some(Instant::now() + jitter(wait));
    }

    fn wait_after(&mut self, lived: Option<Duration>) -> Duration {
        match lived {
            Some(lived) if lived >= HEALTHY => {
                self.losses = 0;
                return Duration::ZERO;
            }
            // The first loss of a young session is no pattern yet: events wait there, fetch them.
            Some(_) if self.losses == 0 => {
                self.losses = 1;
                return Duration::ZERO;
            }
            _ => self.losses = self.losses.saturating_add(1),
        }
        let doublings = if lived.is_some() { self.losses - 2 } else { self.losses - 1 };
        self.first.saturating_mul(1 << doublings.min(16)).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(waits: impl IntoIterator<Item = Duration>) -> Vec<u64> {
        waits.into_iter().map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn a_server_that_closes_before_hello_is_tried_after_1_2_4_and_at_most_60_seconds() {
        let mut pace = Pace::default();
        let waits = (0..9).map(|_| pace.wait_after(None)).collect::<Vec<_>>();
        assert_eq!(seconds(waits), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_healthy_session_is_resumed_at_once_and_forgives_what_was_before() {
        let mut pace = Pace::default();
        for _ in 0..5 {
            pace.wait_after(None);
        }
        assert_eq!(pace.wait_after(Some(HEALTHY)), Duration::ZERO);
        assert_eq!(pace.wait_after(None).as_secs(), 1);
    }

    #[test]
    fn sessions_that_die_young_again_and_again_are_resumed_ever_more_slowly() {
        let mut pace = Pace::default();
        let young = Some(Duration::from_secs(2));
        let waits = (0..5).map(|_| pace.wait_after(young)).collect::<Vec<_>>();
        assert_eq!(seconds(waits), [0, 1, 2, 4, 8]);
    }

    #[tokio::test(start_paused = true)]
    async fn identifies_keep_five_seconds_between_them_and_resumes_need_not() {
        let now = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.before_connect(true, now), Duration::ZERO);
        pace.identified(now);
        assert_eq!(pace.before_connect(true, now + Duration::from_secs(2)).as_secs(), 3);
        assert_eq!(pace.before_connect(false, now + Duration::from_secs(2)), Duration::ZERO);
    }
}
