//! What the team's judgement says about the scores from which something is MEDIUM, HIGH or CRITICAL. Pure; it proposes only.
//!
//! The rule, of the alerts that Ash-NLP found and somebody judged, for each threshold by itself:
//! - With fewer than [`MIN_JUDGED`] of them nothing is proposed.
//! - *Lower*, if at least [`MIN_GRAVER`] of the severity below were called more severe: to the lowest score among those, if at
//!   least half of what would move up were called so.
//! - Else *raise*, if at least [`MIN_FALSE`] were false alarms: to just below the lowest score of a real one, so that none of
//!   these would have been less; only if that spares at least half of the false alarms.
//! - No step goes beyond the middle between this threshold and the next, and none is smaller than [`MIN_STEP`].

use serde_json::Value;

use crate::care::Severity;

const MIN_JUDGED: usize = 20;
const MIN_FALSE: usize = 10;
const MIN_GRAVER: usize = 5;
/// In hundredths, as all thresholds here.
const MIN_STEP: i32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    FalseAlarm,
    MoreSevere,
    Confirmed,
}

/// An alert that the team judged, without who and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub detector: String,
    /// As it was found.
    pub severity: Severity,
    pub score: Option<f32>,
    pub verdict: Verdict,
    /// `2026-11-22`, in UTC.
    pub day: String,
}

impl Judged {
    /// A row of the SQL function `crisis_judged`.
    pub fn read(row: &Value) -> Option<Self> {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        Some(Self {
            detector: text("detector")?.to_owned(),
            severity: Severity::read(text("severity")?)?,
            score: row.get("score").and_then(Value::as_f64).map(|score| score as f32),
            verdict: match text("verdict")? {
                "false_alarm" => Verdict::FalseAlarm,
                "more_severe" => Verdict::MoreSevere,
                _ => Verdict::Confirmed,
            },
            day: text("day")?.to_owned(),
        })
    }

    /// The score in hundredths, of what was found by its score.
    fn hundredths(&self) -> Option<i32> {
        let score = self.score.filter(|score| matches!(self.detector.as_str(), "nlp" | "both") && score.is_finite())?;
        Some((score * 100.0).floor() as i32)
    }
}

/// Thresholds are in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// So many were judged.
    TooFew(usize),
    Stay,
    /// `spared` of `false_alarms` would have been less.
    Raise {
        to: i32,
        spared: usize,
        false_alarms: usize,
    },
    /// `graver` of the `moved` that would have been more were called more severe.
    Lower {
        to: i32,
        graver: usize,
        moved: usize,
    },
}

/// For MEDIUM, HIGH and CRITICAL; `thresholds` are those of LOW to CRITICAL.
pub fn propose(judged: &[Judged], thresholds: [f32; 4]) -> Vec<(Severity, i32, Proposal)> {
    let [low, medium, high, critical] = thresholds.map(|threshold| (threshold * 100.0).round() as i32);
    [
        (Severity::Medium, low, medium, high),
        (Severity::High, medium, high, critical),
        (Severity::Critical, high, critical, 100),
    ]
    .map(|(severity, below, now, above)| (severity, now, propose_one(judged, severity, [below, now, above])))
    .to_vec()
}

fn propose_one(judged: &[Judged], severity: Severity, [below, now, above]: [i32; 3]) -> Proposal {
    let of = |severity: Option<Severity>| -> Vec<(i32, Verdict)> {
        let these = judged.iter().filter(|one| Some(one.severity) == severity);
        these.filter_map(|one| Some((one.hundredths()?, one.verdict))).collect()
    };
    let ours = of(Some(severity));
    let lesser = of(Severity::of_rank(severity.rank() - 1));
    lower(&lesser, below, now).or_else(|| raise(&ours, now, above)).unwrap_or(match ours.len() {
        few if few < MIN_JUDGED => Proposal::TooFew(few),
        _ => Proposal::Stay,
    })
}

fn lower(lesser: &[(i32, Verdict)], below: i32, now: i32) -> Option<Proposal> {
    let called = lesser.iter().filter(|(_, verdict)| *verdict == Verdict::MoreSevere);
    if lesser.len() < MIN_JUDGED || called.clone().count() < MIN_GRAVER {
        return None;
    }
    let to = called.map(|(score, _)| *score).min()?.max((below + now + 1) / 2);
    let moved: Vec<_> = lesser.iter().filter(|(score, _)| *score >= to).collect();
    let graver = moved.iter().filter(|(_, verdict)| *verdict == Verdict::MoreSevere).count();
    (now - to >= MIN_STEP && graver > 0 && graver * 2 >= moved.len()).then_some(Proposal::Lower {
        to,
        graver,
        moved: moved.len(),
    })
}

fn raise(ours: &[(i32, Verdict)], now: i32, above: i32) -> Option<Proposal> {
    let is_false = |verdict: &Verdict| *verdict == Verdict::FalseAlarm;
    let false_alarms = ours.iter().filter(|(_, verdict)| is_false(verdict)).count();
    if ours.len() < MIN_JUDGED || false_alarms < MIN_FALSE {
        return None;
    }
    let lowest_real = ours.iter().filter(|(_, verdict)| !is_false(verdict)).map(|(score, _)| *score).min();
    let to = lowest_real.unwrap_or(above).min((now + above) / 2 - 1);
    let spared = ours.iter().filter(|(score, verdict)| is_false(verdict) && *score < to).count();
    (to - now >= MIN_STEP && spared * 2 >= false_alarms).then_some(Proposal::Raise { to, spared, false_alarms })
}

/// What may leave the team's hands: no text, no ids.
pub fn csv(judged: &[Judged]) -> String {
    let mut lines = "detector,severity,score,verdict,day\n".to_owned();
    for one in judged {
        let verdict = match one.verdict {
            Verdict::FalseAlarm => "false_alarm",
            Verdict::MoreSevere => "more_severe",
            Verdict::Confirmed => "confirmed",
        };
        let score = one.score.map(|score| format!("{score:.3}")).unwrap_or_default();
        lines.push_str(&[&one.detector, one.severity.name(), &score, verdict, &one.day].join(","));
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::rules::THRESHOLDS, *};

    fn judged(severity: Severity, score: f32, verdict: Verdict, count: usize) -> Vec<Judged> {
        let one = Judged { detector: "nlp".into(), severity, score: Some(score), verdict, day: "2026-11-22".into() };
        vec![one; count]
    }

    fn of(judged: &[Judged], severity: Severity) -> Proposal {
        propose(judged, THRESHOLDS).into_iter().find(|(one, ..)| *one == severity).unwrap().2
    }

    #[test]
    fn little_was_judged_nothing_is_proposed() {
        assert_eq!(of(&judged(Severity::High, 0.71, Verdict::FalseAlarm, 19), Severity::High), Proposal::TooFew(19));
        assert_eq!(of(&[], Severity::Critical), Proposal::TooFew(0));
    }

    #[test]
    fn false_alarms_below_every_real_one_raise_the_threshold_to_the_lowest_real_one() {
        let rows = [
            judged(Severity::High, 0.71, Verdict::FalseAlarm, 12),
            judged(Severity::High, 0.80, Verdict::FalseAlarm, 3),
            judged(Severity::High, 0.745, Verdict::Confirmed, 8),
        ]
        .concat();
        assert_eq!(of(&rows, Severity::High), Proposal::Raise { to: 74, spared: 12, false_alarms: 15 });
        // One real one at the very threshold forbids it.
        let rows = [rows, judged(Severity::High, 0.70, Verdict::Confirmed, 1)].concat();
        assert_eq!(of(&rows, Severity::High), Proposal::Stay);
    }

    #[test]
    fn what_people_called_graver_lowers_the_next_threshold() {
        let rows = [
            judged(Severity::Medium, 0.66, Verdict::MoreSevere, 6),
            judged(Severity::Medium, 0.68, Verdict::Confirmed, 4),
            judged(Severity::Medium, 0.55, Verdict::Confirmed, 15),
        ]
        .concat();
        assert_eq!(of(&rows, Severity::High), Proposal::Lower { to: 66, graver: 6, moved: 10 });
        let rows = [rows, judged(Severity::Medium, 0.67, Verdict::FalseAlarm, 5)].concat();
        assert_eq!(of(&rows, Severity::High), Proposal::TooFew(0), "most of what would move up was not called graver");
    }

    #[test]
    fn what_the_screen_found_has_no_score_to_tune() {
        let mut rows = judged(Severity::High, 0.71, Verdict::FalseAlarm, 30);
        rows.iter_mut().for_each(|one| one.detector = "screen".into());
        assert_eq!(of(&rows, Severity::High), Proposal::TooFew(0));
    }

    #[test]
    fn the_export_has_a_line_for_each_and_nothing_personal() {
        let mut rows = judged(Severity::High, 0.7125, Verdict::FalseAlarm, 1);
        rows.extend(judged(Severity::Medium, 0.6, Verdict::Confirmed, 1));
        rows[1].score = None;
        let expected = "detector,severity,score,verdict,day\nnlp,HIGH,0.712,false_alarm,2026-11-22\nnlp,MEDIUM,,confirmed,2026-11-22\n";
        assert_eq!(csv(&rows), expected);
    }

    fn any_judged() -> impl Strategy<Value = Judged> {
        let severity = prop::sample::select(vec![Severity::Medium, Severity::High, Severity::Critical]);
        let verdict = prop::sample::select(vec![Verdict::FalseAlarm, Verdict::MoreSevere, Verdict::Confirmed]);
        (severity, 0.0f32..1.0, verdict).prop_map(|(severity, within, verdict)| {
            let (from, to) = match severity {
                Severity::Medium => (0.5, 0.7),
                Severity::High => (0.7, 0.85),
                _ => (0.85, 1.0),
            };
            judged(severity, from + within * (to - from), verdict, 1).remove(0)
        })
    }

    proptest! {
        #[test]
        fn no_real_one_is_lost_and_the_order_stays(rows in prop::collection::vec(any_judged(), 0..200)) {
            let proposed = propose(&rows, THRESHOLDS);
            let mut after = vec![30];
            for (severity, now, proposal) in proposed {
                after.push(match proposal {
                    Proposal::Raise { to, .. } => {
                        let lost = rows.iter().filter(|one| one.severity == severity && one.verdict != Verdict::FalseAlarm)
                            .any(|one| one.score.unwrap() * 100.0 < to as f32);
                        prop_assert!(!lost, "{severity:?} raised to {to}");
                        prop_assert!(to > now);
                        to
                    }
                    Proposal::Lower { to, .. } => { prop_assert!(to < now); to }
                    _ => now,
                });
            }
            prop_assert!(after.windows(2).all(|pair| pair[0] < pair[1]), "{after:?}");
        }
    }
}
