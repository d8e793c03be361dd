//! The trained layer: what words, and words beside each other, weigh together where no rule fits.
//!
//! The weights are made by `train.rs` from the corpora; docs/crisis-screen.md tells how.

use super::{
    Finding, OTHERS,
    lexicon::Lexicon,
    table::hash,
    words::{Text, WALL, Word},
};
use crate::{
    beside,
    care::Severity::{self, Critical, High, Low, Medium, Safe},
};

/// Longer messages are weighed in pieces, so that much that is harmless does not outweigh one sentence.
const WINDOW: usize = 64;

/// Words that say how much, not what: grams reach over them.
pub const SKIPPED: [&[u8]; 18] = [
    b"just",
    b"really",
    b"so",
    b"very",
    b"fucking",
    b"fkn",
    b"fuckin",
    b"literally",
    b"actually",
    b"honestly",
    b"kinda",
    b"sorta",
    b"even",
    b"totally",
    b"tbh",
    b"the",
    b"a",
    b"an",
];

/// What a word counts as: as written, and without its ending. 0 is "nothing that weighs".
pub type Units = [u32; 2];

/// A word, a class or a rule as a number.
pub fn unit(name: &[u8]) -> u32 {
    unit_of(hash(name))
}

fn unit_of(hash: u64) -> u32 {
    ((hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32).max(1)
}

/// How the units of a gram stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    One = 1,
    Beside,
    /// One or two words between them.
    Near,
    Three,
    /// A class of the rules' word list.
    Class,
    /// What the rules found.
    Rule,
}

/// A gram in [`KEY_BITS`] bits. Of some 2,300 grams that weigh nothing, one is taken for one that does.
pub fn key(how: How, units: [u32; 3]) -> u32 {
    let mixed = units.iter().fold(SALT | how as u64, |mixed, unit| {
        let mixed = (mixed ^ u64::from(*unit)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ mixed >> 29
    });
    (mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> (64 - KEY_BITS)) as u32
}

const KEY_BITS: u32 = 26;
/// Chosen so that few grams that weigh something have the same key.
const SALT: u64 = 1 << 8;

/// The word without its ending, so that "planned" is "plan"; no more exact than it must be.
pub fn stem(word: &[u8]) -> &[u8] {
    let cut = |by: usize| word.get(..word.len().saturating_sub(by)).unwrap_or(word);
    let mut stem = match word {
        [.., b'i', b'n', b'g'] if word.len() >= 6 => cut(3),
        [.., b'e', b'd'] if word.len() >= 5 => cut(2),
        [.., b's' | b'u' | b'i', b's'] => word,
        [.., b's'] if word.len() >= 4 => cut(1),
        _ => word,
    };
    if stem.len() < word.len()
        && let [rest @ .., a, b] = stem
        && a == b
        && b"bdgmnprt".contains(b)
    {
        stem = stem.get(..rest.len() + 1).unwrap_or(stem);
    }
    match stem {
        [rest @ .., b'e'] if stem.len() >= 4 => rest,
        _ => stem,
    }
}

/// Where a gram's last word stands, and the gram.
type Each<'e> = &'e mut dyn FnMut(usize, How, [u32; 3]);

/// Calls `each` with the grams of a text. `units` says what a word counts as and whether grams reach
/// over it, `classes` what a class counts as.
pub fn grams(
    text: &Text,
    edges: [u32; 2],
    units: impl Fn(&Word) -> (Units, bool),
    classes: impl Fn(u16) -> u32,
    each: Each,
) {
    let [start, end] = edges;
    let mut chain = Chain::default();
    for (at, word) in text.words.iter().enumerate() {
        if word.before == WALL || at == 0 {
            if at > 0 {
                chain.push(at, end, each);
            }
            chain = Chain::default();
            chain.push(at, start, each);
        }
        for class in word.known.bits.iter() {
            one(at, How::Class, classes(class), each);
        }
        let (now, skipped) = units(word);
        if now[0] != now[1] {
            one(at, How::One, now[0], each);
        }
        one(at, How::One, now[1], each);
        if !skipped {
            chain.push(at, now[1], each);
        }
    }
    chain.push(text.words.len().saturating_sub(1), end, each);
}

fn one(at: usize, how: How, unit: u32, each: Each) {
    if unit != 0 {
        each(at, how, [unit, 0, 0]);
    }
}

/// The last three words.
#[derive(Default)]
struct Chain([u32; 3]);

impl Chain {
    fn push(&mut self, at: usize, now: u32, each: Each) {
        let [third, second, first] = self.0;
        if now != 0 {
            if first != 0 {
                each(at, How::Beside, [first, now, 0]);
                if second != 0 {
                    each(at, How::Three, [second, first, now]);
                }
            }
            for before in [second, third].into_iter().filter(|unit| *unit != 0) {
                each(at, How::Near, [before, now, 0]);
            }
        }
        self.0 = [second, first, now];
    }
}

/// Calls `each` with the parts of the names of what the rules found.
pub fn found(finding: &Finding, mut each: impl FnMut([&'static str; 3])) {
    let severity = finding.severity.name();
    each(["=", severity, ""]);
    if finding.explicit {
        each(["=explicit", "/", severity]);
    }
    for factor in &finding.factors {
        each(["=", factor, ""]);
        each(["=", factor, severity]);
    }
}

/// In which one unit of a score is counted.
pub const ONE: f32 = 32.;

/// What each gram weighs, by its key: `weights.tsv` without its words, which `train.rs` packs.
struct Weights {
    keys: Vec<u32>,
    /// Where the keys begin whose first 12 bits are at least this.
    starts: Vec<u16>,
    /// For HIGH and, beyond that, for CRITICAL, in parts of [`ONE`].
    weights: Vec<[i8; 2]>,
    bias: [i8; 2],
}

impl Weights {
    /// `bytes`: the weights that every line begins with; then, for all grams in the order of their keys, the low and the high
    /// byte of the distance to the key before, what they weigh for HIGH, and what for CRITICAL.
    fn read(bytes: &[u8]) -> Self {
        let (bias, columns) = bytes.split_at_checked(2).unwrap_or_default();
        let count = columns.len() / 4;
        let mut columns = columns.chunks_exact(count.max(1));
        let [low, high, first, second] = [(); 4].map(|()| columns.next().unwrap_or_default());
        let mut key = 0;
        let mut keys = Vec::with_capacity(count);
        for (low, high) in low.iter().zip(high) {
            key += u32::from(u16::from_le_bytes([*low, *high]));
            keys.push(key);
        }
        let start = |part: u32| keys.partition_point(|key| *key >> (KEY_BITS - 12) < part) as u16;
        Self {
            starts: (0..=1 << 12).map(start).collect(),
            weights: first.iter().zip(second).map(|(first, second)| [*first as i8, *second as i8]).collect(),
            bias: [0, 1].map(|at: usize| bias.get(at).copied().unwrap_or_default() as i8),
            keys,
        }
    }

    /// Where a gram stands; None if it weighs nothing.
    fn find(&self, how: How, units: [u32; 3]) -> Option<usize> {
        let key = key(how, units);
        let part = (key >> (KEY_BITS - 12)) as usize;
        let [from, to] = [part, part + 1].map(|part| self.starts.get(part).copied().map(usize::from));
        let at = self.keys.get(from?..to?)?.iter().position(|one| *one == key)?;
        Some(from? + at)
    }
}

struct Layer {
    weights: Weights,
    /// What the lexicon's words count as, by their number, and its classes.
    words: Vec<(Units, bool)>,
    classes: Vec<u32>,
    edges: [u32; 2],
}

static LAYER: std::sync::LazyLock<Layer> = std::sync::LazyLock::new(|| Layer::new(super::lexicon::lexicon()));

/// How far a message is beyond the border of each severity, in the layer's own measure; below 0 is within.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weighed {
    pub high: f32,
    pub critical: f32,
}

/// From which score on a message is what; chosen on writers whom the weights had not seen (docs/crisis-screen.md).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub critical: f32,
    pub high: f32,
    pub medium: f32,
    /// Below it, what the rules call MEDIUM was only words, unless it is [`FIRM`].
    pub harmless: f32,
}

pub const LIMITS: Limits = Limits { critical: 0., high: -0.1, medium: -0.3, harmless: -0.9 };

/// What stays MEDIUM whatever the layer says.
const FIRM: [&str; 4] = [OTHERS, "self-harm", "suicide mentioned", "thoughts of suicide"];

/// The greater of what the rules say and what the layer is sure of; the layer takes back what the rules
/// over-reached, but nothing explicit.
pub fn settle(found: &Finding, weighed: Weighed, limits: Limits) -> Severity {
    let layer = match weighed {
        Weighed { high, critical } if high >= limits.high && critical >= limits.critical => Critical,
        Weighed { high, .. } if high >= limits.high => High,
        Weighed { high, .. } if high >= limits.medium => Medium,
        _ => Safe,
    };
    let firm = FIRM.iter().any(|factor| found.factors.contains(factor));
    match found.severity {
        High | Critical if !found.explicit && weighed.high < limits.high => Medium,
        Medium if !firm && weighed.high < limits.harmless => Low,
        ruled => ruled.max(layer),
    }
}

pub fn weigh(text: &Text, finding: &Finding) -> Weighed {
    LAYER.weigh(text, finding)
}

/// What a word counts as, and whether grams reach over it.
fn units_of(word: &[u8]) -> (Units, bool) {
    // Marks that stand for hidden letters are in no gram.
    let is_plain = word.iter().all(u8::is_ascii_alphanumeric);
    let units = if is_plain { [unit(word), unit(stem(word))] } else { [0; 2] };
    (units, SKIPPED.contains(&word))
}

impl Layer {
    fn new(lexicon: &Lexicon) -> Self {
        let class = |(name, _): &(&str, &str)| unit_of(relay_wire::fnv1a(b"#".iter().copied().chain(name.bytes())));
        let word = |id| lexicon.name(id).map_or(([0; 2], false), |name| units_of(name.as_bytes()));
        Self {
            weights: Weights::read(&beside::screen_weights()),
            words: (1..=lexicon.len() as u16).map(word).collect(),
            classes: super::classes::CLASSES.iter().map(class).collect(),
            edges: [unit(b"^"), unit(b"$")],
        }
    }

    fn weigh(&self, text: &Text, finding: &Finding) -> Weighed {
        let mut hits: Vec<(usize, usize)> = vec![];
        let known = |word: &Word| match usize::from(word.known.id).checked_sub(1) {
            Some(at) => self.words.get(at).copied().unwrap_or_default(),
            None => units_of(text.written(word)),
        };
        let class = |class: u16| self.classes.get(usize::from(class)).copied().unwrap_or_default();
        grams(text, self.edges, known, class, &mut |at, how, units| {
            hits.extend(self.weights.find(how, units).map(|gram| (at, gram)));
        });
        let mut base = self.weights.bias.map(i32::from);
        found(finding, |parts| {
            let name = unit_of(relay_wire::fnv1a(parts.iter().flat_map(|part| part.bytes())));
            self.add(&mut base, self.weights.find(How::Rule, [name, 0, 0]));
        });
        // A gram counts once in a window: when it was last counted. Discord's longest message has 125 windows of one-letter words.
        let mut counted = vec![0_u8; self.weights.keys.len()];
        let mut best = [i32::MIN; 2];
        let mut from = 0;
        for window in 1..=u8::MAX {
            let mut sum = base;
            let start = (usize::from(window) - 1) * WINDOW / 2;
            let next = start + WINDOW / 2;
            let mut after = from;
            for (nth, (at, gram)) in hits.iter().enumerate().skip(from) {
                if *at >= start + WINDOW {
                    break;
                }
                if *at < next {
                    after = nth + 1;
                }
                if let Some(last) = counted.get_mut(*gram)
                    && *last != window
                {
                    *last = window;
                    self.add(&mut sum, Some(*gram));
                }
            }
            best.iter_mut().zip(sum).for_each(|(best, sum)| *best = (*best).max(sum));
            if start + WINDOW >= text.words.len() {
                break;
            }
            from = after;
        }
        let [high, critical] = best.map(|sum| sum as f32 / ONE);
        Weighed { high, critical }
    }

    fn add(&self, sum: &mut [i32; 2], gram: Option<usize>) {
        if let Some(weights) = gram.and_then(|gram| self.weights.weights.get(gram)) {
            sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i32::from(*weight));
        }
    }
}
