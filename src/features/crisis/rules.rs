//! How grave a message is, from what both detectors say of it and what the guild chose for the channel. Pure.

use super::screen::Finding;
use crate::care::Severity;

/// What Ash-NLP said of a message, as far as anything follows from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    pub severity: Severity,
    /// `consensus.crisis_score`, 0 to 1: the only number that fits `severity`. Source: reference/ash.md, section 1.
    pub score: Option<f32>,
    pub confidence: Option<f32>,
    pub factors: Vec<String>,
    /// Some of its models were missing.
    pub is_degraded: bool,
    pub trend: Option<&'static str>,
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detector {
    Nlp,
    Screen,
    Both,
    /// A person: who asks for help, is worried about somebody, or begins a drill.
    Member,
}

impl Detector {
    /// As in `crisis_alerts.detector`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nlp => "nlp",
            Self::Screen => "screen",
            Self::Both => "both",
            Self::Member => "member",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub severity: Severity,
    pub detector: Detector,
}

/// How readily a channel raises an alert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// 0.3 to 1.5; 1 changes nothing, less lowers what was found, more raises it.
    pub factor: f32,
    /// The scores from which on something is LOW, MEDIUM, HIGH, CRITICAL.
    pub thresholds: [f32; 4],
}

/// Source: Ash-NLP's own, reference/ash.md, section 1.
pub const THRESHOLDS: [f32; 4] = [0.30, 0.50, 0.70, 0.85];

impl Default for Sensitivity {
    fn default() -> Self {
        Self { factor: 1.0, thresholds: THRESHOLDS }
    }
}

impl Sensitivity {
    /// What a finding is in this channel. Without a score it is in the middle of its severity. A factor of at most 1 never
    /// raises, one of at least 1 never lowers, and CRITICAL never falls below an alert.
    pub fn apply(&self, severity: Severity, score: Option<f32>) -> Severity {
        if *self == Self::default() || severity == Severity::Safe {
            return severity;
        }
        // A score that contradicts the severity is worth nothing: it is moved into the severity's own span.
        let (from, to) = span(severity);
        let score = score.filter(|score| score.is_finite()).map_or((from + to) / 2.0, |score| score.clamp(from, to));
        let reached = self.thresholds.iter().filter(|threshold| score * self.factor >= **threshold).count();
        let moved = Severity::of_rank(reached as u8).unwrap_or(severity);
        let moved = match self.factor {
            factor if factor < 1.0 => moved.min(severity),
            factor if factor > 1.0 => moved.max(severity),
            _ => moved,
        };
        if severity == Severity::Critical { moved.max(Severity::Medium) } else { moved }
    }
}

/// The scores that a severity stands for.
fn span(severity: Severity) -> (f32, f32) {
    let [low, medium, high, critical] = THRESHOLDS;
    match severity {
        Severity::Safe => (0.0, low - 0.001),
        Severity::Low => (low, medium - 0.001),
        Severity::Medium => (medium, high - 0.001),
        Severity::High => (high, critical - 0.001),
        Severity::Critical => (critical, 1.0),
    }
}

/// `verdict` is None while Ash-NLP does not answer, or where it is not used: then the screen alone decides. Source: DESIGN, section 6.
pub fn decide(verdict: Option<&Verdict>, screen: &Finding, channel: &Sensitivity) -> Decision {
    // What somebody says of a plan or an act of their own is not weighed down by a channel.
    let screened = match screen.explicit {
        true => screen.severity.max(channel.apply(screen.severity, None)),
        false => channel.apply(screen.severity, None),
    };
    let Some(verdict) = verdict else {
        return Decision { severity: screened, detector: Detector::Screen };
    };
    let judged = channel.apply(verdict.severity, verdict.score);
    let is_overruled = verdict.severity == Severity::Safe && !verdict.is_degraded && !screen.explicit;
    let screened = if is_overruled { screened.min(Severity::Medium) } else { screened };
    let detector = match judged.cmp(&screened) {
        std::cmp::Ordering::Greater => Detector::Nlp,
        std::cmp::Ordering::Equal => Detector::Both,
        std::cmp::Ordering::Less => Detector::Screen,
    };
    Decision { severity: judged.max(screened), detector }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(severity: Severity, explicit: bool) -> Finding {
        Finding { severity, explicit, ..Finding::default() }
    }

    fn said(severity: Severity) -> Verdict {
        Verdict { severity, ..Verdict::default() }
    }

    #[test]
    fn while_ash_nlp_says_safe_only_a_plan_or_an_act_of_ones_own_raises_above_medium() {
        let decide = |explicit| {
            decide(Some(&said(Severity::Safe)), &found(Severity::Critical, explicit), &Sensitivity::default()).severity
        };
        assert_eq!(decide(false), Severity::Medium);
        assert_eq!(decide(true), Severity::Critical);
    }

    #[test]
    fn weakness_1_without_ash_nlp_the_screen_decides_and_nothing_is_silently_safe() {
        let decision = decide(None, &found(Severity::High, false), &Sensitivity::default());
        assert_eq!(decision, Decision { severity: Severity::High, detector: Detector::Screen });
    }

    #[test]
    fn weakness_4_a_score_that_contradicts_the_severity_moves_nothing() {
        let sincere = Verdict { score: Some(0.97), ..said(Severity::Safe) };
        let quiet_channel = Sensitivity { factor: 0.6, ..Sensitivity::default() };
        assert_eq!(decide(Some(&sincere), &Finding::default(), &quiet_channel).severity, Severity::Safe);
    }

    fn severities() -> impl Strategy<Value = Severity> {
        prop::sample::select(Severity::ALL.to_vec())
    }

    fn channels() -> impl Strategy<Value = Sensitivity> {
        (0.3f32..=1.5).prop_map(|factor| Sensitivity { factor, ..Sensitivity::default() })
    }

    proptest! {
        #[test]
        fn a_more_sensitive_channel_never_says_less(
            severity in severities(), score in prop::option::of(any::<f32>()), a in channels(), b in channels(),
        ) {
            let (less, more) = if a.factor <= b.factor { (a, b) } else { (b, a) };
            prop_assert!(less.apply(severity, score) <= more.apply(severity, score));
        }

        #[test]
        fn a_quiet_channel_never_raises_and_never_silences_critical(severity in severities(), score in any::<f32>(), channel in channels()) {
            let applied = channel.apply(severity, Some(score));
            if channel.factor <= 1.0 { prop_assert!(applied <= severity); } else { prop_assert!(applied >= severity); }
            if severity == Severity::Critical { prop_assert!(applied >= Severity::Medium); }
        }

        #[test]
        fn the_screen_never_lowers_what_ash_nlp_says(verdict in severities(), screened in severities(), explicit in any::<bool>()) {
            let decision = decide(Some(&said(verdict)), &found(screened, explicit), &Sensitivity::default());
            prop_assert!(decision.severity >= verdict);
        }
    }
}
