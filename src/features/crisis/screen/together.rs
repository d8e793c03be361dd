//! What several findings in one message mean together, and what the team is told.

use super::{
    Finding,
    before::Who,
    judge::{Judge, Judgement},
    kind::Kind,
};
use crate::care::Severity::{self, Critical, High, Medium, Safe};

impl Judge<'_> {
    /// Several findings that are light alone weigh more together; one that is heavy stays heavy.
    pub fn together(&self, judged: &[Judgement]) -> Finding {
        let has = |kind: Kind| judged.iter().any(|one| one.kind == kind && one.counts);
        let at_least = |kind: Kind, floor: Severity| {
            judged.iter().any(|one| one.kind == kind && one.counts && one.severity >= floor)
        };
        let mut finding = Finding::default();
        for one in judged {
            if one.severity > finding.severity {
                finding.severity = one.severity;
            }
            if one.severity >= Medium {
                finding.level = finding.level.max(one.level.filter(|_| one.who == Who::Me));
            }
            finding.explicit |= one.explicit;
            let factor = factor(one.kind, one.who);
            if one.severity > Safe && !finding.factors.contains(&factor) {
                finding.factors.push(factor);
            }
        }
        let active = at_least(Kind::Act, High) || at_least(Kind::State, High) || at_least(Kind::Wish, High);
        let lights = [Kind::Passive, Kind::Hopeless, Kind::Limit, Kind::LastGoodbye, Kind::Despair];
        let passive: Vec<_> = judged.iter().filter(|one| one.kind == Kind::Passive && one.counts).collect();
        let twice = passive.first().zip(passive.last()).is_some_and(|(first, last)| first.at.1 < last.at.0);
        let light = usize::from(twice) + lights.iter().filter(|kind| at_least(**kind, Medium)).count();
        let low = at_least(Kind::Burden, Medium) || active;
        // Signs that share no word.
        let mut signs = 0;
        let mut end = None;
        for one in judged.iter().filter(|one| one.kind == Kind::GoneSoon && one.counts) {
            if end.is_none_or(|end| one.at.0 > end) {
                (signs, end) = (signs + 1, Some(one.at.1));
            }
        }
        let mut raise = |severity: Severity, level: u8, factor: &'static str, explicit: bool| {
            if finding.severity < severity {
                finding.severity = severity;
            }
            finding.level = finding.level.max(Some(level));
            finding.explicit |= explicit;
            if !finding.factors.contains(&factor) {
                finding.factors.push(factor);
            }
        };
        if has(Kind::Means) && has(Kind::Passive) {
            raise(High, 3, "a method named", false);
        }
        if active && has(Kind::Means) {
            raise(High, 3, "a method named", false);
        }
        if has(Kind::GoneSoon) && (low || light >= 1) {
            raise(Critical, 5, "not being here soon", true);
        }
        if signs >= 2 {
            raise(High, 5, "several signs of leaving", true);
        }
        if has(Kind::GoneSoon) && has(Kind::Goodbye) {
            raise(High, 6, "a farewell", true);
        }
        let farewell = has(Kind::Goodbye) || has(Kind::LastGoodbye);
        let saddened = low
            || light >= 1
            || self.whole.has(self.class.low)
            || self.whole.has(self.class.tired)
            || judged.iter().any(|one| one.counts && one.severity >= Medium && one.kind != Kind::Access);
        if has(Kind::Access) && saddened {
            raise(Critical, 6, "means at hand", true);
        }
        let parting = self.whole.has(self.class.sorry) || self.whole.has(self.class.love) || has(Kind::LastGoodbye);
        if has(Kind::Goodbye) && has(Kind::GoneSoon) && parting {
            raise(Critical, 6, "a farewell", true);
        }
        if farewell && (low || light > usize::from(!has(Kind::Goodbye))) {
            raise(Critical, 6, "a farewell", true);
        } else if farewell && has(Kind::LastGoodbye) && has(Kind::Goodbye) {
            raise(High, 6, "a farewell", false);
        } else if judged.iter().filter(|one| one.kind == Kind::Goodbye && one.counts).count() >= 2
            && self.whole.has(self.class.sorry)
        {
            raise(Medium, 6, "a farewell", false);
        }
        if light >= 2 && (has(Kind::Passive) || has(Kind::LastGoodbye)) {
            raise(High, 1, "hopelessness from several sides", false);
        }
        if has(Kind::Relapse) && (has(Kind::SelfHarmTopic) || has(Kind::SelfHarm)) {
            raise(High, 0, "self-harm", true);
        }
        finding.level = finding.level.filter(|level| *level > 0);
        finding
    }
}

/// What the team reads: never the member's words.
fn factor(kind: Kind, who: Who) -> &'static str {
    match (kind, who) {
        (Kind::Act | Kind::Wish | Kind::Near | Kind::State | Kind::Plan | Kind::Prep | Kind::Attempt, Who::Other) => {
            super::OTHERS
        }
        (Kind::Act | Kind::State, _) => "thoughts of suicide",
        (Kind::SelfHarm | Kind::SelfHarmTopic, _) => "self-harm",
        (Kind::Wish | Kind::Near, _) => "a wish to be dead",
        (Kind::Plan, _) => "a plan",
        (Kind::Prep, _) => "preparation",
        (Kind::Attempt, _) => "an attempt",
        (Kind::Means | Kind::Access, _) => "means",
        (Kind::GoneSoon, _) => "not being here soon",
        (Kind::Goodbye | Kind::LastGoodbye, _) => "a farewell",
        (Kind::Passive, _) => "living not wanted",
        (Kind::Burden, _) => "feeling a burden",
        (Kind::Hopeless, _) => "hopelessness",
        (Kind::Limit, _) => "at their limit",
        (Kind::Unsafe, _) => "not safe with themselves",
        (Kind::KillMe, _) => "a figure of speech",
        (Kind::Kys, _) => "told to die",
        (Kind::Topic, _) => "suicide mentioned",
        (Kind::AbuseNow | Kind::Abuse, _) => "violence by others",
        (Kind::Panic, _) => "panic",
        (Kind::Grief, _) => "grief",
        (Kind::Despair, _) => "despair",
        (Kind::Dysphoria, _) => "dysphoria",
        (Kind::Rejection, _) => "rejection",
        (Kind::Relapse, _) => "a relapse",
        (Kind::Sadness, _) => "sadness",
        _ => "context",
    }
}
