//! How seriously something is said: jokes, games, hyperbole, and what takes them back.

use super::{bits::Bits, engine::Match, judge::Judge, kind::Kind};
use crate::care::Severity::{self, Critical, High, Low, Medium, Safe};

/// What a sentence has that makes its words lighter or heavier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    pub bits: Bits,
    pub past: bool,
    pub recent: bool,
    pub joke: bool,
    pub earnest: bool,
    pub conditional: bool,
    /// "Not joking", "genuinely": outweighs a laugh.
    pub strong: bool,
    /// Something is said about when.
    pub dated: bool,
}

impl Judge<'_> {
    /// The classes of the words around a match, within its sentence: a long message is not about one thing.
    pub fn near(&self, one: &Match) -> Bits {
        let segment = self.word(one.first).map_or(0, |word| word.segment);
        let mut bits = Bits::default();
        let around =
            self.words.iter().enumerate().skip(one.first.saturating_sub(9)).take_while(|(at, _)| *at <= one.last + 9);
        around.filter(|(_, word)| word.segment == segment).for_each(|(_, word)| bits.add(&word.known.bits));
        bits
    }

    /// Zero if meant; one for each reason to think that it is not.
    pub fn softness(&self, one: &Match, mode: &Mode) -> u8 {
        let class = &self.class;
        let weak = matches!(one.kind, Kind::KillMe | Kind::Topic);
        let near = self.near(one);
        let bits = if weak { &self.whole } else { &near };
        let joke = mode.joke || near.has(class.laugh);
        let game = bits.has(class.game);
        // "After work" says when, not why.
        let violence =
            matches!(one.kind, Kind::AbuseNow | Kind::Abuse | Kind::SelfHarm | Kind::Grief | Kind::Rejection);
        let hyper = (bits.has(class.hyper) || mode.conditional) && !violence && !(one.kind == Kind::Act && mode.dated);
        let soft = u8::from(joke)
            + u8::from(game) * if one.kind == Kind::Act && !near.has(class.want) { 2 } else { 1 }
            + u8::from(hyper)
            + u8::from(hyper && mode.bits.has(class.iff) && !mode.bits.has(class.when));
        match (mode.strong, mode.earnest) {
            (true, _) => soft.saturating_sub(2),
            (_, true) if !joke => soft.saturating_sub(2),
            (_, true) => soft.saturating_sub(1),
            _ => soft,
        }
    }

    pub fn softened(&self, one: &Match, severity: Severity, soft: u8, mode: &Mode) -> Severity {
        if soft == 0 {
            return severity;
        }
        let game = mode.bits.has(self.class.game);
        let firm = !game && (mode.bits.has(self.class.soon) || mode.bits.has(self.class.means));
        match (one.kind, severity) {
            (Kind::Plan | Kind::Prep | Kind::Attempt, Critical) => match soft {
                1 if firm || !(game || mode.bits.has(self.class.hyper)) => High,
                1 => Medium,
                _ => Low,
            },
            (Kind::Act | Kind::Wish, Critical | High) if firm && soft < 3 => Medium,
            (Kind::Act, Critical | High) => {
                if soft == 1 {
                    Medium
                } else {
                    Low
                }
            }
            (_, Critical | High) => {
                if soft == 1 && !game {
                    Medium
                } else {
                    Low
                }
            }
            (Kind::Grief | Kind::Rejection | Kind::Dysphoria, Medium) => Medium,
            (_, Medium) => Low,
            (Kind::Sadness | Kind::KillMe | Kind::Topic, Low) if soft > 1 => Safe,
            (_, other) => other,
        }
    }
}
