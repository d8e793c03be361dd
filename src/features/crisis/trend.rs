//! Whether somebody is getting worse, from what was kept of the last days. Pure.
//!
//! Computed here beside Ash-NLP's own view, which may be another member's: its answers are cached by text alone.
//! Source of the numbers: reference/ash.md, section 1, "Escalation config" and "Trend".

use chrono::TimeDelta;

use crate::{care::Severity, edge::Time};

const WINDOW: TimeDelta = TimeDelta::hours(24);
/// So much more in one step is sudden.
const SUDDEN: f32 = 0.4;
/// Over at least [`FEW`] messages this is worse, or better, whatever the severity.
const CHANGE: f32 = 0.15;
const FEW: usize = 3;
/// What lies so close to the gravest of the window is as grave; also what a sum of scores is off by.
const NOISE: f32 = 0.05;
const ROUNDING: f32 = 0.001;

/// What makes an escalation, by how grave the last message is: a rise over so many messages, rapid within so many hours.
struct Escalation {
    rise: f32,
    messages: usize,
    rapid: TimeDelta,
}

fn escalation(severity: Severity) -> Escalation {
    let (rise, messages, hours) = match severity {
        Severity::Critical => (0.15, 2, 2),
        Severity::High => (0.20, 2, 3),
        Severity::Medium => (0.30, 3, 4),
        Severity::Low => (0.40, 4, 6),
        Severity::Safe => (0.50, 5, 8),
    };
    Escalation { rise, messages, rapid: TimeDelta::hours(hours) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Too little is known, or nothing moves.
    None,
    Improving,
    Worsening,
    /// Worsening within a few hours.
    Rapid,
    /// From hardly anything to grave in one message.
    Sudden,
}

impl Trend {
    pub fn is_escalation(self) -> bool {
        matches!(self, Self::Worsening | Self::Rapid | Self::Sudden)
    }
}

/// A number for a severity without a score: the middle of its span.
pub fn weight(severity: Severity, score: Option<f32>) -> f32 {
    score.unwrap_or(match severity {
        Severity::Safe => 0.1,
        Severity::Low => 0.4,
        Severity::Medium => 0.6,
        Severity::High => 0.77,
        Severity::Critical => 0.92,
    })
}

/// `points`: time and weight, oldest first, the message in question last; it is of `severity`. Also how many messages of the
/// last 24 hours this was read from.
pub fn trend(severity: Severity, points: &[(Time, f32)]) -> (Trend, usize) {
    let Some(((at, now), before)) = points.split_last() else { return (Trend::None, 0) };
    let recent: Vec<&(Time, f32)> = before.iter().filter(|(then, _)| *at - *then <= WINDOW && then <= at).collect();
    let count = recent.len() + 1;
    (course(severity, *at, *now, &recent), count)
}

fn course(severity: Severity, at: Time, now: f32, recent: &[&(Time, f32)]) -> Trend {
    let lowest_within = |span: TimeDelta| {
        recent.iter().filter(|(then, _)| at - *then <= span).map(|(_, weight)| *weight).min_by(f32::total_cmp)
    };
    let highest = recent.iter().map(|(_, weight)| *weight).max_by(f32::total_cmp);
    let (Some(lowest), Some(highest), Some((_, last))) = (lowest_within(WINDOW), highest, recent.last().copied())
    else {
        return Trend::None;
    };
    let is_several = recent.len() + 1 >= FEW;
    // It was graver before: whatever it rose from, this is not the way up.
    if now + NOISE < highest {
        let is_better = is_several && highest - now >= CHANGE && now <= *last;
        return if is_better { Trend::Improving } else { Trend::None };
    }
    let rule = escalation(severity);
    let risen = |from: f32, by: f32| now - from >= by - ROUNDING;
    if recent.len() + 1 >= rule.messages {
        if risen(*last, SUDDEN) {
            return Trend::Sudden;
        }
        if lowest_within(rule.rapid).is_some_and(|lowest| risen(lowest, rule.rise)) {
            return Trend::Rapid;
        }
        if risen(lowest, rule.rise) {
            return Trend::Worsening;
        }
    }
    if is_several && risen(lowest, CHANGE) { Trend::Worsening } else { Trend::None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_severity(severity: Severity, points: &[(i64, f32)]) -> Trend {
        let at = |hours: i64| Time::from_timestamp_millis(1_800_000_000_000).unwrap() + TimeDelta::hours(hours);
        trend(severity, &points.iter().map(|(hours, weight)| (at(*hours), *weight)).collect::<Vec<_>>()).0
    }

    fn of(points: &[(i64, f32)]) -> Trend {
        of_severity(Severity::High, points)
    }

    #[test]
    fn weakness_3_what_gets_worse_is_noticed() {
        assert_eq!(of(&[(0, 0.4), (10, 0.5), (20, 0.7)]), Trend::Worsening);
        assert_eq!(of(&[(0, 0.4), (1, 0.5), (2, 0.7)]), Trend::Rapid);
        assert_eq!(of(&[(0, 0.35), (1, 0.9)]), Trend::Sudden);
        assert_eq!(of(&[(0, 0.9), (1, 0.8), (2, 0.4)]), Trend::Improving);
    }

    #[test]
    fn the_graver_it_is_the_less_it_takes() {
        // Source: the table of reference/ash.md, section 1: rise, messages, hours.
        for (severity, rise, messages, hours) in [
            (Severity::Critical, 0.15, 2, 2),
            (Severity::High, 0.20, 2, 3),
            (Severity::Medium, 0.30, 3, 4),
            (Severity::Low, 0.40, 4, 6),
            (Severity::Safe, 0.50, 5, 8),
        ] {
            let path = |rise: f32, messages: usize, hours: i64| {
                let mut points = vec![(0, 0.3); messages - 1];
                // Not in one step, as far as there are steps.
                if let Some(last) = points.last_mut().filter(|_| messages > 2) {
                    last.1 = 0.31 + rise / 2.0;
                }
                points.push((hours, 0.3 + rise));
                points
            };
            assert_eq!(of_severity(severity, &path(rise, messages, hours)), Trend::Rapid, "{severity:?}");
            assert_eq!(of_severity(severity, &path(rise, messages, hours + 1)), Trend::Worsening, "{severity:?}");
            if messages > 2 {
                let fewer = of_severity(severity, &path(rise, messages - 1, hours));
                assert_ne!(fewer, Trend::Rapid, "{severity:?}: {messages} messages are needed");
            }
            let less = of_severity(severity, &path(rise - 0.02, messages, hours));
            assert_ne!(less, Trend::Rapid, "{severity:?}: a rise of {rise} is needed");
        }
    }

    #[test]
    fn the_way_down_from_something_graver_is_no_escalation() {
        assert_eq!(of(&[(0, 0.4), (1, 0.9), (2, 0.7)]), Trend::Improving);
        assert_eq!(of(&[(0, 0.9), (1, 0.4), (2, 0.6)]), Trend::None);
        assert_eq!(of(&[(0, 0.9), (1, 0.4), (2, 0.9)]), Trend::Sudden, "as grave as it ever was");
    }

    #[test]
    fn one_message_or_an_old_one_says_nothing() {
        assert_eq!(of(&[]), Trend::None);
        assert_eq!(of(&[(0, 0.9)]), Trend::None);
        assert_eq!(of(&[(0, 0.3), (48, 0.9)]), Trend::None);
        assert_eq!(of(&[(0, 0.6), (1, 0.6), (2, 0.6)]), Trend::None);
    }

    proptest! {
        #[test]
        fn no_history_makes_it_panic(points in prop::collection::vec((-100i64..100, any::<f32>()), 0..30)) {
            let _ = of(&points);
        }

        #[test]
        fn a_graver_last_message_never_looks_better(
            points in prop::collection::vec((0i64..24, 0.3f32..1.0), 1..8), last in 0.3f32..0.9, more in 0.0f32..0.1,
        ) {
            let mut points = points;
            points.sort_by_key(|(hours, _)| *hours);
            let with = |last| [points.clone(), vec![(24, last)]].concat();
            if of(&with(last)).is_escalation() {
                prop_assert!(of(&with(last + more)).is_escalation());
            }
        }
    }
}
