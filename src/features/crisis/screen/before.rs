//! What stands before a match, read backwards to its subject: who, whether, in which mood.

use super::{engine::Match, judge::Judge, kind::Kind, words::WALL};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Me,
    You,
    Other,
}

/// How an act stands in its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Bare,
    Wanted,
    Willed,
    Tried,
    /// "If I killed myself": a thought, not a step.
    If,
    Cannot,
}

/// The words before a match, read backwards to the subject.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    pub who: Who,
    /// Whether a subject was found at all.
    pub named: bool,
    pub negated: bool,
    pub mood: Mood,
    /// "He said I want to die": somebody else's words.
    pub reported: bool,
    /// "They told me to".
    pub told: bool,
    pub struggling: bool,
    pub past: bool,
}

impl Judge<'_> {
    /// Reads from the match back to its subject and, past "I", to what the whole clause hangs on.
    pub fn before(&self, one: &Match) -> Before {
        let class = &self.class;
        let mut before = Before {
            who: Who::Me,
            named: false,
            negated: false,
            mood: Mood::Bare,
            reported: false,
            told: false,
            struggling: false,
            past: self.any(one.range(), class.past_act),
        };
        let by_others =
            matches!(one.kind, Kind::KillMe | Kind::AbuseNow | Kind::Abuse) && !self.has(one.first, class.i);
        let inside_me =
            !by_others && [class.i, class.me, class.my, class.myself].iter().any(|who| self.any(one.range(), *who));
        // "A part of me wants to".
        let part_of_me = self.any(one.first.saturating_sub(4)..one.first, class.me);
        if self.any(one.range(), class.himself) || self.has(one.first, class.sform) && !inside_me && !part_of_me {
            (before.who, before.named) = (Who::Other, true);
        } else if self.any(one.range(), class.yourself) {
            (before.who, before.named) = (Who::You, true);
        } else if inside_me {
            before.named = true;
        }
        before.mood = match () {
            () if self.any(one.range(), class.attempt) => Mood::Tried,
            () if self.any(one.range(), class.will) => Mood::Willed,
            () if self.any(one.range(), class.want) => Mood::Wanted,
            () => Mood::Bare,
        };
        let starts_with_me = self.has(one.first, class.i);
        let mode_wanted = self.any(one.range(), class.wanted);
        let mut at = one.first;
        let mut seen_i = starts_with_me;
        let mut steps = 0;
        while let (Some(word), Some(previous)) = (self.word(at), at.checked_sub(1)) {
            let Some(now) = self.word(previous) else { break };
            if word.before == WALL || steps >= 9 || word.known.bits.has(class.but) {
                break;
            }
            (at, steps) = (previous, steps + 1);
            let is = |which: u16| now.known.bits.has(which);
            if seen_i {
                // "I don't think I", "he says I": nothing else before the subject matters.
                if is(class.iff) && self.any(at.saturating_sub(3)..at, class.ask) {
                    // "She asked if I": the question is another's.
                    before.negated = true;
                    break;
                }
                if is(class.iff) {
                    before.mood = Mood::If;
                    break;
                }
                if (is(class.think) || is(class.mean))
                    && self.any(at.saturating_sub(2)..at, class.neg)
                    && !self.any(at.saturating_sub(2)..at, class.stop)
                {
                    before.negated = true;
                    break;
                }
                if is(class.say) {
                    let by_me = self.any(at.saturating_sub(2)..at, class.i);
                    before.reported = !by_me
                        && (self.any(at.saturating_sub(3)..at, class.he)
                            || self.any(at.saturating_sub(4)..at, class.person));
                    break;
                }
                if now.filler && mode_wanted && self.any(at.saturating_sub(5)..at, class.never) {
                    // "Never have I wanted".
                    before.negated = true;
                    break;
                }
                if now.filler || is(class.me) || is(class.he) {
                    continue;
                }
                break;
            }
            if is(class.neg) {
                let struggles = self.any(at.saturating_sub(1)..at, class.attempt)
                    || self.any(at + 1..(at + 4).min(one.first), class.stop);
                match () {
                    () if struggles => before.struggling = true,
                    () if is(class.cant) && before.mood == Mood::Bare => before.mood = Mood::Cannot,
                    () => before.negated = true,
                }
            }
            if is(class.stop) && self.any(at.saturating_sub(2)..at, class.neg) {
                before.struggling = true;
            }
            if before.mood == Mood::Bare || (before.mood == Mood::Wanted && is(class.attempt) && !before.named) {
                before.mood = match () {
                    () if is(class.attempt) => Mood::Tried,
                    () if is(class.want) || is(class.think) || is(class.urge) => Mood::Wanted,
                    () if is(class.will) => Mood::Willed,
                    () if is(class.should) => Mood::Wanted,
                    () if is(class.iff) => Mood::If,
                    () => before.mood,
                };
            }
            if is(class.i) || (is(class.me) && before.who == Who::Me) {
                if is(class.me) && self.any(at.saturating_sub(4)..at, class.say) {
                    // What one's own head says is no one else's word.
                    before.told = !self.any(at.saturating_sub(7)..at, class.voice);
                    before.mood = Mood::Wanted;
                }
                if !before.named {
                    (before.who, before.named) = (Who::Me, true);
                }
                seen_i = is(class.i);
                steps = 5;
                if !seen_i {
                    break;
                }
                continue;
            }
            if before.named && before.who == Who::Me {
                continue;
            }
            if is(class.you) && !before.named {
                (before.who, before.named) = (Who::You, true);
                break;
            }
            if (is(class.he) || is(class.person)) && !before.named {
                // "After what dad did want to die": a single person would "want" with an s.
                let disagrees = !is(class.he) && !is(class.plural) && self.has(one.first, class.base);
                if !disagrees {
                    (before.who, before.named) = (Who::Other, true);
                    before.reported |= self.any(at.saturating_sub(3)..at, class.say);
                    break;
                }
            }
        }
        before
    }
}
