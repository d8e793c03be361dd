//! Whether somebody is getting worse, from what was kept of the last days. Pure.
//!
//! Computed here beside Ash-NLP's own view, which may be another member's: its answers are cached by text alone.
//! Source of the numbers: reference/ash.md, section 1, "Escalation config" and "Trend".

use chrono::TimeDelta;

use crate::{care::Severity, edge::Time};

const RAPID: TimeDelta = TimeDelta::hours(4);
const WINDOW: TimeDelta = TimeDelta::hours(24);
/// So much more in one step is sudden.
const SUDDEN: f32 = 0.4;
const RISE: f32 = 0.15;

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

    /// As in `crisis_alerts` and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Improving => "improving",
            Self::Worsening => "worsening",
            Self::Rapid => "rapid",
            Self::Sudden => "sudden",
        }
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

/// `points`: time and weight, oldest first, the message in question last.
pub fn trend(points: &[(Time, f32)]) -> Trend {
    let Some(((at, now), before)) = points.split_last() else { return Trend::None };
    let recent: Vec<&(Time, f32)> = before.iter().filter(|(then, _)| *at - *then <= WINDOW && then <= at).collect();
    let (Some((_, last)), Some((_, lowest))) =
        (recent.last().copied(), recent.iter().min_by(|a, b| a.1.total_cmp(&b.1)).copied())
    else {
        return Trend::None;
    };
    if now - last >= SUDDEN {
        return Trend::Sudden;
    }
    let rise_within = |span: TimeDelta| {
        let lowest = recent.iter().filter(|(then, _)| *at - *then <= span).map(|(_, w)| *w).min_by(f32::total_cmp);
        lowest.is_some_and(|lowest| now - lowest >= RISE)
    };
    if recent.len() >= 2 && rise_within(RAPID) {
        Trend::Rapid
    } else if recent.len() >= 2 && now - lowest >= RISE {
        Trend::Worsening
    } else if recent.len() >= 2 && last - now >= RISE {
        Trend::Improving
    } else {
        Trend::None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(points: &[(i64, f32)]) -> Trend {
        let at = |hours: i64| Time::from_timestamp_millis(1_800_000_000_000).unwrap() + TimeDelta::hours(hours);
        trend(&points.iter().map(|(hours, weight)| (at(*hours), *weight)).collect::<Vec<_>>())
    }

    #[test]
    fn weakness_3_what_gets_worse_is_noticed() {
        assert_eq!(of(&[(0, 0.4), (10, 0.5), (20, 0.7)]), Trend::Worsening);
        assert_eq!(of(&[(0, 0.4), (1, 0.5), (2, 0.7)]), Trend::Rapid);
        assert_eq!(of(&[(0, 0.35), (1, 0.9)]), Trend::Sudden);
        assert_eq!(of(&[(0, 0.9), (1, 0.8), (2, 0.4)]), Trend::Improving);
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
    }
}
