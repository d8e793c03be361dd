//! How long to wait before trying again, and when to leave a Worker that is down alone. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// First wait after a failure; doubles with each attempt.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);
/// What the Worker refuses outright is offered again this seldom: someone has to mend something first.
pub const SLOW: Duration = Duration::from_secs(60);

/// Failed POSTs in a row that open the circuit.
const OPENS_AT: u32 = 3;
/// Longest time between two probes: an alert may be waiting.
const LONGEST_PROBE: Duration = Duration::from_secs(5);

/// Wait before attempt `attempt + 1`, without jitter.
pub fn backoff(attempt: u32) -> Duration {
    FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST)
}

/// Up to a quarter more, so that many that failed together do not come back together.
pub fn jitter(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + rand::random::<f64>() / 4.0)
}

/// Whether POSTs go out. Open means: one probe at a time, the next after a wait.
#[derive(Debug, Default)]
pub struct Circuit {
    failures: u32,
    open_until: Option<Instant>,
    probing: bool,
    recoveries: u64,
}

/// May a POST go out?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// One POST, as small as can be, to see whether the Worker is back.
    Probe,
    /// Not before then; None: a probe is under way.
    Wait(Option<Instant>),
}

impl Circuit {
    pub fn gate(&self, now: Instant) -> Gate {
        match self.open_until {
            None => Gate::Open,
            Some(_) if self.probing => Gate::Wait(None),
            Some(until) if now < until => Gate::Wait(Some(until)),
            Some(_) => Gate::Probe,
        }
    }

    /// Call before the POST for which [`Circuit::gate`] answered [`Gate::Probe`].
    pub fn probe(&mut self) {
        self.probing = true;
    }

    /// The Worker answered. True if it was thought down.
    pub fn succeeded(&mut self) -> bool {
        let was_open = self.open_until.is_some();
        *self = Self { recoveries: self.recoveries + u64::from(was_open), ..Self::default() };
        was_open
    }

    /// A POST failed; `wait` is what the Worker asked for, if it did. True if that opened the circuit.
    pub fn failed(&mut self, now: Instant, wait: Option<Duration>) -> bool {
        let was_open = self.open_until.is_some();
        if was_open && !self.probing {
            // Sent before the circuit opened; it says nothing new.
            return false;
        }
        self.failures += 1;
        self.probing = false;
        if self.failures >= OPENS_AT || wait.is_some() {
            let wait = wait
                .unwrap_or_else(|| jitter(backoff((self.failures + 1).saturating_sub(OPENS_AT)).min(LONGEST_PROBE)));
            self.open_until = Some(now + wait);
        }
        !was_open && self.open_until.is_some()
    }

    /// How often it was thought down, and was back.
    pub fn recoveries(&self) -> u64 {
        self.recoveries
    }

    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let waits: Vec<_> = (1..=9).map(|attempt| backoff(attempt).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(backoff(u32::MAX), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn after_three_failures_one_probe_goes_out_at_a_time() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        assert!(!circuit.failed(now, None));
        assert!(!circuit.failed(now, None));
        assert_eq!(circuit.gate(now), Gate::Open);
        assert!(circuit.failed(now, None));
        assert!(matches!(circuit.gate(now), Gate::Wait(Some(_))));

        let later = now + SECOND;
        assert_eq!(circuit.gate(later), Gate::Probe);
        circuit.probe();
        assert_eq!(circuit.gate(later), Gate::Wait(None));
        assert!(!circuit.failed(later, None), "it was open already");
        assert!(matches!(circuit.gate(later), Gate::Wait(Some(_))));

        circuit.probe();
        assert!(circuit.succeeded());
        assert_eq!(circuit.gate(later), Gate::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_names_a_time_is_left_alone_until_then_at_once() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        assert!(circuit.failed(now, Some(7 * SECOND)));
        assert_eq!(circuit.gate(now + 6 * SECOND), Gate::Wait(Some(now + 7 * SECOND)));
    }

    #[tokio::test(start_paused = true)]
    async fn posts_that_were_under_way_when_it_opened_do_not_lengthen_the_wait() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..50 {
            circuit.failed(now, None);
        }
        assert_eq!(circuit.gate(now + SECOND), Gate::Probe);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_comes_at_least_every_few_seconds_unless_the_worker_asked_for_more() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..100 {
            circuit.failed(now, None);
            circuit.probe();
        }
        circuit.failed(now, None);
        assert_eq!(circuit.gate(now + 7 * SECOND), Gate::Probe);
        circuit.probe();
        circuit.failed(now, Some(20 * SECOND));
        assert!(matches!(circuit.gate(now + 19 * SECOND), Gate::Wait(_)));
        assert_eq!(circuit.gate(now + 20 * SECOND), Gate::Probe);
    }
}
