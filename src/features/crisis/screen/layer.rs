//! The trained layer: what words, and words beside each other, weigh together where no rule fits.
//!
//! The weights are made by `train.rs` from the corpora; docs/crisis-screen.md tells how.

use super::{
    Finding, OTHERS,
    lexicon::Lexicon,
    table::{Table, hash},
    words::{Text, WALL, Word},
};
use crate::care::Severity::{self, Critical, High, Low, Medium, Safe};

/// One gram a line, with what it weighs for HIGH and, beyond that, for CRITICAL.
pub const WEIGHTS: &str = include_str!("weights.tsv");

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

/// A gram in one number: how, and up to three units of 20 bits.
pub fn gram(how: How, units: [u32; 3]) -> u64 {
    let [a, b, c] = units.map(u64::from);
    (how as u64) << 60 | a << 40 | b << 20 | c
}

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
type Each<'e> = &'e mut dyn FnMut(usize, u64);

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
        each(at, gram(how, [unit, 0, 0]));
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
                each(at, gram(How::Beside, [first, now, 0]));
                if second != 0 {
                    each(at, gram(How::Three, [second, first, now]));
                }
            }
            for before in [second, third].into_iter().filter(|unit| *unit != 0) {
                each(at, gram(How::Near, [before, now, 0]));
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

/// For HIGH and for CRITICAL, in parts of [`ONE`].
type Weights = [i16; 2];

pub const ONE: f32 = 64.;

struct Layer {
    /// Units by the hash of their spelling.
    units: Table<u32>,
    /// Places in `weights`.
    grams: Table<u32>,
    weights: Vec<Weights>,
    bias: Weights,
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

pub const LIMITS: Limits = Limits { critical: 0., high: 0.2, medium: -0.1, harmless: -0.9 };

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

impl Layer {
    fn new(lexicon: &Lexicon) -> Self {
        let mut layer = Self {
            units: Table::new(8_192),
            grams: Table::new(16_384),
            weights: vec![],
            bias: [0; 2],
            words: vec![],
            classes: vec![],
            edges: [0; 2],
        };
        for line in WEIGHTS.lines() {
            let Some((name, weights)) = line.split_once('\t') else { continue };
            let mut numbers = weights.split(' ').map(|number| number.parse().unwrap_or_default());
            let weights = [(); 2].map(|()| numbers.next().unwrap_or_default());
            match name {
                "*" => layer.bias = weights,
                "corpora" => {}
                _ => layer.learn(name, weights),
            }
        }
        let unit = |name: &str| layer.units.get(hash(name.as_bytes())).unwrap_or_default();
        layer.edges = [unit("^"), unit("$")];
        layer.classes = super::classes::CLASSES.iter().map(|(name, _)| layer.class(name)).collect();
        layer.words = (1..=lexicon.len() as u16)
            .map(|id| lexicon.name(id).map_or(([0; 2], false), |name| layer.units_of(name.as_bytes())))
            .collect();
        layer
    }

    fn learn(&mut self, name: &str, weights: Weights) {
        let gram = self.parse(name);
        self.grams.insert(gram, self.weights.len() as u32);
        self.weights.push(weights);
    }

    /// The number of a unit, new or known.
    fn unit(&mut self, name: &str) -> u32 {
        let next = self.units.len() as u32 + 1;
        self.units.or_insert(hash(name.as_bytes()), next)
    }

    /// A class is written `#CLASS`, and so is its unit.
    fn class(&self, name: &str) -> u32 {
        self.units.get(hash([b"#", name.as_bytes()].concat().as_slice())).unwrap_or_default()
    }

    fn parse(&mut self, name: &str) -> u64 {
        let mut units = [0; 3];
        let how = match name.as_bytes() {
            [b'=', ..] => How::Rule,
            [b'#', ..] => How::Class,
            _ => match name.split(' ').count() {
                1 => How::One,
                2 => How::Beside,
                _ if name.contains(" ~ ") => How::Near,
                _ => How::Three,
            },
        };
        match how {
            How::Rule | How::Class => units[0] = self.unit(name),
            _ => {
                let words = name.split(' ').filter(|word| *word != "~");
                units.iter_mut().zip(words).for_each(|(unit, word)| *unit = self.unit(word));
            }
        }
        gram(how, units)
    }

    fn units_of(&self, word: &[u8]) -> (Units, bool) {
        let (whole, short) = (hash(word), hash(stem(word)));
        ([whole, short].map(|one| self.units.get(one).unwrap_or_default()), SKIPPED.contains(&word))
    }

    fn weigh(&self, text: &Text, finding: &Finding) -> Weighed {
        let mut hits: Vec<(u32, u32)> = vec![];
        let known = |word: &Word| match usize::from(word.known.id).checked_sub(1) {
            Some(at) => self.words.get(at).copied().unwrap_or_default(),
            None => self.units_of(text.written(word)),
        };
        let class = |class: u16| self.classes.get(usize::from(class)).copied().unwrap_or_default();
        grams(text, self.edges, known, class, &mut |at, gram| {
            if let Some(slot) = self.grams.get(gram) {
                hits.push((at as u32, slot));
            }
        });
        let mut base = self.bias.map(i32::from);
        found(finding, |parts| {
            let unit = self
                .units
                .get(parts.iter().fold(super::table::SEED, |seed, part| super::table::hash_on(seed, part.as_bytes())));
            let slot = unit.and_then(|unit| self.grams.get(gram(How::Rule, [unit, 0, 0])));
            self.add(&mut base, slot);
        });
        // A gram counts once in a window: when it was last counted.
        let mut counted = vec![0_u32; self.weights.len()];
        let mut best = [i32::MIN; 2];
        let mut from = 0;
        for window in 1.. {
            let mut sum = base;
            let start = (window as usize - 1) * WINDOW / 2;
            let next = start + WINDOW / 2;
            let mut after = from;
            for (nth, (at, slot)) in hits.iter().enumerate().skip(from) {
                if *at as usize >= start + WINDOW {
                    break;
                }
                if (*at as usize) < next {
                    after = nth + 1;
                }
                if let Some(last) = counted.get_mut(*slot as usize)
                    && *last != window
                {
                    *last = window;
                    self.add(&mut sum, Some(*slot));
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

    fn add(&self, sum: &mut [i32; 2], slot: Option<u32>) {
        if let Some(weights) = slot.and_then(|slot| self.weights.get(slot as usize)) {
            sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i32::from(*weight));
        }
    }
}
