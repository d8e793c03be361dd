//! Finds every pattern in a text, in one pass over those whose words all occur.

use super::{
    bits::Bits,
    kind::Kind,
    lexicon::{Item, Lexicon},
    words::{Text, WALL, Word},
};

/// How many words that are no fillers `~` may leap over.
const LEAP: u8 = 3;

/// Words `first..=last` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    pub kind: Kind,
    pub first: usize,
    pub last: usize,
}

impl Match {
    pub fn range(&self) -> std::ops::RangeInclusive<usize> {
        self.first..=self.last
    }
}

/// Which words and classes occur, to pass over patterns that cannot match.
struct Present {
    classes: Bits,
    words: Vec<u64>,
}

impl Present {
    fn of(words: &[Word], lexicon: &Lexicon) -> Self {
        let mut present = Self { classes: Bits::default(), words: vec![0; lexicon.len() / 64 + 1] };
        for word in words {
            present.classes.add(&word.known.bits);
            if let Some(part) = present.words.get_mut(usize::from(word.known.id / 64)) {
                *part |= 1 << (word.known.id % 64);
            }
        }
        present
    }

    fn has(&self, item: Item) -> bool {
        match item {
            Item::Class(class) => self.classes.has(class),
            Item::Word(id) => self.words.get(usize::from(id / 64)).is_some_and(|part| part >> (id % 64) & 1 == 1),
        }
    }
}

/// Nothing that ends within an idiom is read beside it.
pub fn matches(text: &Text, lexicon: &Lexicon) -> Vec<Match> {
    let present = Present::of(&text.words, lexicon);
    // A pattern that a long text begins again and again is looked over once: whether all its words occur.
    let mut occurs: Vec<Option<bool>> = vec![None; lexicon.patterns.len()];
    let mut in_idiom = vec![false; text.words.len()];
    let mut found: Vec<Match> = vec![];
    for (first, word) in text.words.iter().enumerate() {
        for (at, pattern) in lexicon.beginning_with(word.known) {
            let items = lexicon.items(pattern);
            let Some(occurs) = occurs.get_mut(usize::from(at)) else { continue };
            if !*occurs.get_or_insert_with(|| items.iter().all(|(item, _)| present.has(*item))) {
                continue;
            }
            let Some(last) = rest(items.get(1..).unwrap_or_default(), &text.words, first) else { continue };
            match pattern.kind {
                Kind::Idiom => in_idiom.iter_mut().take(last + 1).skip(first).for_each(|one| *one = true),
                kind => found.push(Match { kind, first, last }),
            }
        }
    }
    found.retain(|one| !in_idiom.get(one.last).copied().unwrap_or_default());
    found
}

fn rest(items: &[(Item, bool)], words: &[Word], last: usize) -> Option<usize> {
    let Some((item, wide)) = items.first() else { return Some(last) };
    let allowed = if *wide { LEAP + 1 } else { 1 };
    let mut cost = 0;
    for (at, word) in words.iter().enumerate().skip(last + 1) {
        cost += word.before.min(WALL) / if word.before == WALL { 1 } else { 2 };
        if cost > allowed {
            return None;
        }
        if is(word, *item)
            && let Some(end) = rest(items.get(1..)?, words, at)
        {
            return Some(end);
        }
        cost += if word.filler { 0 } else { if *wide { 1 } else { 2 } };
        if cost > allowed {
            return None;
        }
    }
    None
}

fn is(word: &Word, item: Item) -> bool {
    match item {
        Item::Class(class) => word.known.bits.has(class),
        Item::Word(id) => word.known.id == id,
    }
}
