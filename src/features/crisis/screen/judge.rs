//! What a pattern means where it stands: by whom, denied or not, when, and how seriously.

use super::{
    Finding,
    before::{Mood, Who},
    bits::Bits,
    engine::Match,
    kind::Kind,
    lexicon::{Classes, Lexicon},
    tone::Mode,
    words::{Text, Word},
};
use crate::care::Severity::{self, Critical, High, Low, Medium, Safe};

pub struct Judgement {
    pub severity: Severity,
    pub level: Option<u8>,
    pub explicit: bool,
    pub kind: Kind,
    pub who: Who,
    /// Sincere and about oneself, so that it counts beside others.
    pub counts: bool,
    pub at: (usize, usize),
}

pub struct Judge<'t> {
    pub words: &'t [Word],
    pub class: Classes,
    modes: Vec<Mode>,
    /// The classes of the whole message.
    pub whole: Bits,
}

pub fn judge(text: &Text, found: &[Match], lexicon: &Lexicon) -> Finding {
    let mut modes = vec![Mode::default(); usize::from(text.segments)];
    let mut whole = Bits::default();
    for word in &text.words {
        whole.add(&word.known.bits);
        if let Some(mode) = modes.get_mut(usize::from(word.segment)) {
            mode.bits.add(&word.known.bits);
        }
    }
    for one in found {
        let segment = text.words.get(one.first).map_or(0, |word| usize::from(word.segment));
        let Some(mode) = modes.get_mut(segment) else { continue };
        match one.kind {
            Kind::Past => mode.past = true,
            Kind::Recent => mode.recent = true,
            Kind::Joke => mode.joke = true,
            Kind::Earnest => mode.earnest = true,
            Kind::Conditional => mode.conditional = true,
            _ => {}
        }
    }
    for at in 0..modes.len() {
        // "Lmao but seriously": what is said next may take the joke back.
        let next = modes.get(at + 1).copied().unwrap_or_default();
        if let Some(mode) = modes.get_mut(at) {
            mode.strong = mode.bits.has(lexicon.class.strong) || next.bits.has(lexicon.class.strong);
            mode.earnest |= next.bits.has(lexicon.class.sincere) || next.earnest;
            mode.dated = mode.bits.has(lexicon.class.soon) || mode.bits.has(lexicon.class.when);
        }
    }
    let judge = Judge { words: &text.words, class: lexicon.class, modes, whole };
    let mut judged: Vec<Judgement> = found.iter().filter_map(|one| judge.one(one)).collect();
    judged.sort_by_key(|one| one.at);
    judge.together(&judged)
}

impl Judge<'_> {
    pub fn word(&self, at: usize) -> Option<&Word> {
        self.words.get(at)
    }

    pub fn has(&self, at: usize, class: u16) -> bool {
        self.word(at).is_some_and(|word| word.known.bits.has(class))
    }

    pub fn any(&self, range: impl IntoIterator<Item = usize>, class: u16) -> bool {
        range.into_iter().any(|at| self.has(at, class))
    }

    fn mode(&self, one: &Match) -> Mode {
        let segment = self.word(one.first).map_or(0, |word| usize::from(word.segment));
        self.modes.get(segment).copied().unwrap_or_default()
    }

    /// "I don't want to live in Ohio", "with my parents": a place, not a life.
    fn lives_somewhere(&self, one: &Match) -> bool {
        self.has(one.last, self.class.live)
            && self.has(one.last + 1, self.class.place)
            && !self.any(one.last + 2..one.last + 5, self.class.inner)
    }

    fn one(&self, one: &Match) -> Option<Judgement> {
        let class = &self.class;
        let mode = self.mode(one);
        if self.lives_somewhere(one) {
            return None;
        }
        let mut before = self.before(one);
        // A voice in one's own head says it.
        let voice = one.kind == Kind::Kys && self.any(one.first.saturating_sub(9)..one.first, class.voice);
        if voice {
            before.who = Who::Me;
        }
        // Violence has somebody else for its subject and is about the writer nevertheless.
        let threat = one.kind == Kind::KillMe && before.who == Who::Other;
        if matches!(one.kind, Kind::KillMe | Kind::AbuseNow | Kind::Abuse) {
            before.who = Who::Me;
        }
        // "I don't see the point in living" denies the point, not the wish.
        before.negated &= !self.has(one.first, class.iff)
            && !self.has(one.first, class.reason)
            && !matches!(one.kind, Kind::AbuseNow | Kind::Rejection | Kind::Passive | Kind::LastGoodbye);
        let soft = self.softness(one, &mode);
        let quoted = self.word(one.first).is_some_and(|word| word.quoted);
        let art = mode.bits.has(class.fiction) || mode.bits.has(class.lyric);
        let talk = mode.bits.has(class.talk);
        let recovery = mode.bits.has(class.recovery);
        let soon = mode.bits.has(class.soon);
        // Nobody swallows a handful of pills while cooking.
        let accident = mode.bits.has(class.accident) && !self.any(one.range(), class.pills);
        let told_off = before.who == Who::Me && before.told;
        let remote = mode.past && !self.after_is_now(one, &mode);

        // First as if it were said by oneself, and meant.
        let (severity, level, explicit): (Severity, Option<u8>, bool) = match one.kind {
            Kind::Idiom | Kind::Past | Kind::Recent | Kind::Joke | Kind::Earnest | Kind::Conditional => return None,
            Kind::Act => match before.mood {
                _ if before.struggling => (High, Some(2), false),
                Mood::Tried if accident => (Low, None, false),
                Mood::Tried => (Critical, Some(6), true),
                Mood::Willed if mode.bits.has(class.plans) => (Critical, Some(5), true),
                Mood::Willed => (Critical, Some(4), true),
                Mood::Wanted if soon => (Critical, Some(4), true),
                Mood::Cannot => (Medium, Some(2), false),
                _ if before.past && before.mood == Mood::Bare => match before.named {
                    _ if accident => (Low, None, false),
                    true => (Critical, Some(6), true),
                    false => (High, Some(6), false),
                },
                Mood::Bare if soon && before.named && !accident => (Critical, Some(4), true),
                // Nobody does it: a remark, unless it is all that is said.
                Mood::Bare if !before.named => match self.words.len() {
                    _ if mode.earnest || soon && self.has(one.first, class.kms) => (High, Some(2), false),
                    0..=5 => (Medium, Some(2), false),
                    _ => (Low, Some(2), false),
                },
                _ => (High, Some(2), false),
            },
            Kind::SelfHarm if accident || mode.bits.has(class.game) && before.mood != Mood::Wanted => {
                (Safe, None, false)
            }
            // The noun alone, with nobody doing it.
            Kind::SelfHarm if self.has(one.first, class.selfharm) && !before.named && before.mood == Mood::Bare => {
                (Low, None, false)
            }
            Kind::SelfHarm => match before.mood {
                Mood::Cannot => (Medium, None, false),
                Mood::Bare | Mood::Tried | Mood::Willed => (High, None, true),
                _ => (High, None, false),
            },
            Kind::Relapse => (Medium, None, false),
            Kind::SelfHarmTopic => (Low, None, false),
            Kind::Near => {
                let mine = [class.i, class.me, class.my].iter().any(|who| mode.bits.has(*who));
                let others = self.whole.has(class.person) || self.whole.has(class.he);
                (
                    if mine {
                        High
                    } else if others || words_of_others(&mode, class) {
                        Low
                    } else {
                        Medium
                    },
                    Some(1),
                    false,
                )
            }
            Kind::Wish if soon && before.mood == Mood::Willed => (Critical, Some(4), true),
            Kind::Wish if !before.named && self.has(one.first, class.should) => (Low, None, false),
            Kind::Wish => (High, Some(1), false),
            Kind::Plan => (Critical, Some(5), true),
            Kind::Prep if self.any(one.range(), class.highplace) && mode.bits.has(class.scenic) => (Low, None, false),
            Kind::Access if mode.bits.has(class.game) => (Safe, None, false),
            Kind::Access => (if self.any(one.range(), class.ligature) { Medium } else { Low }, Some(3), false),
            Kind::Dysphoria if mode.bits.has(class.exams) => (Safe, None, false),
            Kind::Prep => (Critical, Some(6), true),
            Kind::Attempt if !mode.recent && !before.past && mode.past => (Medium, Some(6), false),
            Kind::Attempt => (Critical, Some(6), true),
            // "She said I won't be here tomorrow".
            Kind::GoneSoon if (quoted || before.reported) && mode.bits.has(class.say) => (Medium, Some(5), false),
            Kind::Means | Kind::GoneSoon | Kind::Goodbye => (Safe, None, false),
            Kind::LastGoodbye => (Medium, Some(6), false),
            Kind::Burden | Kind::Unsafe => (High, Some(1), false),
            Kind::Passive | Kind::Hopeless => (Medium, Some(1), false),
            Kind::Limit => (Medium, None, false),
            Kind::State => (High, Some(2), false),
            Kind::KillMe if threat && self.whole.has(class.danger) && soft == 0 => (High, None, false),
            Kind::KillMe => (Low, None, false),
            Kind::Kys if before.who == Who::Me || (self.has(one.first, class.kys) && self.mine(one)) => {
                (High, Some(2), false)
            }
            Kind::Kys => (Low, None, false),
            // A friend's: said with worry more often than not.
            Kind::Topic if mode.bits.has(class.person) && mode.bits.has(class.my) && !talk && !art => {
                (Medium, None, false)
            }
            Kind::Topic => (Low, None, false),
            Kind::AbuseNow | Kind::Abuse if self.any(one.range(), class.hit) && !self.somebody(one) => {
                (Low, None, false)
            }
            Kind::AbuseNow => (High, None, false),
            Kind::Abuse | Kind::Panic | Kind::Despair | Kind::Dysphoria | Kind::Rejection | Kind::Grief => {
                (Medium, None, false)
            }
            Kind::Sadness => (Low, None, false),
        };
        let grave = matches!(
            one.kind,
            Kind::Act
                | Kind::SelfHarm
                | Kind::Wish
                | Kind::Near
                | Kind::Plan
                | Kind::Prep
                | Kind::Attempt
                | Kind::State
                | Kind::Burden
                | Kind::Unsafe
                | Kind::Relapse
                | Kind::LastGoodbye
        );
        let lesser = !grave
            && !matches!(
                one.kind,
                Kind::Topic
                    | Kind::AbuseNow
                    | Kind::KillMe
                    | Kind::Rejection
                    | Kind::Dysphoria
                    | Kind::Grief
                    | Kind::Abuse
            );
        let mut severity = severity;
        let mut explicit = explicit;
        // Then who says it, and whether.
        if before.negated {
            // "Never wanted to die more than now".
            let more = self.any(one.first.saturating_sub(3)..one.first, class.never) && mode.bits.has(class.wanted);
            severity = severity.min(if more { Medium } else { Low });
            explicit = false;
        }
        if remote && grave {
            severity = severity.min(match one.kind {
                _ if recovery || !matches!(one.kind, Kind::Attempt | Kind::Act) => Low,
                _ if before.mood == Mood::Tried || before.past => Medium,
                _ => Low,
            });
            explicit = false;
        }
        if remote && lesser {
            severity = severity.min(Low);
        }
        if recovery && talk && grave {
            severity = severity.min(Medium);
        }
        if quoted || told_off || before.reported {
            severity = severity.min(if art { Low } else { Medium });
            explicit = false;
        }
        match before.who {
            Who::Other => {
                explicit = false;
                let now = mode.recent && !mode.past && severity == Critical;
                severity = match severity {
                    _ if art || talk && !self.close(one) => severity.min(Low),
                    _ if lesser => severity.min(Low),
                    Critical | High if now && soft == 0 && self.close(one) => High,
                    Critical | High => Medium,
                    other => other,
                };
            }
            Who::You => {
                explicit = false;
                severity = severity.min(Low);
            }
            Who::Me => {}
        }
        if before.who == Who::Me
            && (art || talk)
            && grave
            && !(before.named && before.mood != Mood::Bare)
            && !mode.earnest
        {
            severity = severity.min(if before.named && !art { Medium } else { Low });
            explicit = false;
        }
        if before.who == Who::Me && art && grave && soft == 0 && !mode.strong {
            severity = severity.min(if mode.bits.has(class.verse) {
                Low
            } else if mode.bits.has(class.lyric) {
                Medium
            } else {
                severity
            });
        }
        if (talk || art) && lesser {
            severity = severity.min(Low);
        }
        // A worry about somebody else is not lightened by what else the sentence names.
        if before.who != Who::Other || mode.joke || mode.bits.has(class.game) {
            severity = self.softened(one, severity, soft, &mode);
        }
        explicit &= severity >= High;
        let sign = matches!(one.kind, Kind::GoneSoon | Kind::Goodbye | Kind::LastGoodbye);
        let cheerful =
            sign && [class.cheer, class.game, class.laugh, class.room].iter().any(|glad| mode.bits.has(*glad));
        let counts = !cheerful
            && before.who == Who::Me
            && soft == 0
            && !before.negated
            && !remote
            && !quoted
            && !art
            && !told_off;
        Some(Judgement {
            severity,
            level,
            explicit,
            kind: one.kind,
            who: before.who,
            counts,
            at: (one.first, one.last),
        })
    }

    /// Somebody whom the writer knows: mine, or just "he"; not "people" or "a man".
    fn close(&self, one: &Match) -> bool {
        let from = one.first.saturating_sub(10);
        self.any(from..one.first, self.class.my)
            || self.any(from..=one.last, self.class.he)
            || self.any(from..one.first, self.class.me)
    }

    /// Whether a person stands near enough to have done it.
    fn somebody(&self, one: &Match) -> bool {
        let near = one.first.saturating_sub(6)..=one.last;
        [self.class.he, self.class.person, self.class.parent, self.class.rape]
            .iter()
            .any(|who| self.any(near.clone(), *who))
    }

    /// "I should kys", not "kys".
    fn mine(&self, one: &Match) -> bool {
        self.any(one.first.saturating_sub(5)..one.first, self.class.i)
    }

    /// "I used to think so and now I do": what follows the past may not be past.
    fn after_is_now(&self, one: &Match, mode: &Mode) -> bool {
        let after = one.first.saturating_sub(4)..one.last + 9;
        mode.bits.has(self.class.again) && self.any(after, self.class.again) && !mode.bits.has(self.class.recovery)
    }
}

fn words_of_others(mode: &Mode, class: &Classes) -> bool {
    [class.talk, class.fiction, class.lyric, class.game].iter().any(|topic| mode.bits.has(*topic))
}
