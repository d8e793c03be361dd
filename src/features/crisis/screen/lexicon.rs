//! The word list and the patterns, made ready once: words to classes, disguised words to plain ones.

use super::{
    bits::Bits,
    classes::CLASSES,
    kind::Kind,
    patterns::rules,
    spelling::{ALIASES, MERGES},
    table::{Table, hash},
};
use crate::sort;

/// A word of the list: its number, from 1, and its classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub id: u16,
    pub bits: Bits,
}

#[derive(Clone, Copy, Debug)]
pub enum Item {
    Class(u16),
    Word(u16),
}

#[derive(Clone, Debug)]
pub struct Pattern {
    pub kind: Kind,
    /// Where its items stand in the lexicon.
    from: u16,
    len: u16,
}

pub struct Lexicon {
    /// Sorted by spelling.
    words: Vec<(&'static str, Known)>,
    /// Where a word stands in `words`, by the hash of its spelling.
    places: Table<u16>,
    /// By number.
    names: Vec<&'static str>,
    grave: Vec<(&'static str, Known)>,
    slips: Vec<(&'static str, Known)>,
    merges: Vec<(u16, u16, Known)>,
    pub patterns: Vec<Pattern>,
    /// Of all patterns, each with whether other words than fillers may stand before it.
    items: Vec<(Item, bool)>,
    /// Patterns by the word and by the class that they begin with.
    by_word: Vec<Vec<u16>>,
    by_class: Vec<Vec<u16>>,
    pub class: Classes,
    number: Known,
}

macro_rules! classes {
    ($($field:ident $name:literal),+ $(,)?) => {
        /// The classes that the code itself asks for.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Classes { $(pub $field: u16),+ }

        impl Classes {
            fn new(numbers: &Table<u16>) -> Self {
                Self { $($field: numbers.get(hash($name.as_bytes())).unwrap_or_default()),+ }
            }
        }
    };
}

classes! {
    i "I", me "ME", my "MY", himself "HIMSELF", myself "MYSELF", yourself "YOURSELF", you "YOU", he "HE",
    person "PERSON", plural "PLURAL", neg "NEG", cant "CANT", never "NEVER", iff "IF", but "BUT", want "WANT",
    wanted "WANTED", base "BASE", think "THINK", will "WILL", plans "PLANS", attempt "TRY", should "SHOULD",
    stop "STOP", say "SAY", urge "URGE", soon "SOON", laugh "LAUGH", sincere "SINCERE", game "GAME",
    hyper "HYPER", lyric "LYRIC", fiction "FICTION", talk "TALK", recovery "RECOVERY", accident "ACCIDENT",
    exams "EXAMS", filler "FILLER", means "MEANS", past_act "PASTACT", live "LIVE", place "PLACE",
    inner "INNER", sorry "SORRY", love "LOVE", kys "KYS", parent "PARENT", tired "TIRED", kms "KMS", hit "HIT",
    rape "RAPED", pills "PILLS", reason "REASON", cheer "CHEER", danger "DANGER", ligature "LIGATURE",
    ask "ASK", mean "MEAN", slip "SLIP", verse "VERSE", again "AGAIN", voice "VOICE", sform "SFORM",
    when "WHEN", scenic "SCENIC", strong "STRONG", highplace "HIGHPLACE", selfharm "SELFHARM", room "ROOM",
    low "LOW", grave "GRAVE",
}

static LEXICON: std::sync::LazyLock<Lexicon> = std::sync::LazyLock::new(Lexicon::new);

pub fn lexicon() -> &'static Lexicon {
    &LEXICON
}

/// Splits a rule's text into patterns, each into its words.
pub fn patterns_of(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.split(',').map(|pattern| pattern.split_whitespace().collect())
}

/// Words that begin a run worth taking apart: nothing else is tried, because it costs.
const STEMS: [&[u8]; 9] = [b"die", b"kill", b"dead", b"suicid", b"myself", b"endit", b"alive", b"want", b"anymore"];

impl Lexicon {
    fn new() -> Self {
        let mut numbers = Table::new(2 * CLASSES.len());
        (0_u16..).zip(CLASSES).for_each(|(at, (class, _))| numbers.insert(hash(class.as_bytes()), at));
        let mut words: Vec<(&'static str, Known)> = vec![];
        for (number, (_, members)) in CLASSES.iter().enumerate() {
            for word in members.split_whitespace() {
                let mut bits = Bits::default();
                bits.set(number as u16);
                words.push((word, Known { id: 0, bits }));
            }
        }
        let literals = rules().flat_map(|(_, text)| patterns_of(text)).flatten();
        let parts = MERGES.iter().flat_map(|(first, second, whole)| [*first, *second, *whole]);
        words.extend(
            literals.filter(|word| !is_class(word) && *word != "~").chain(parts).map(|word| (word, Known::default())),
        );
        sort::by_key(&mut words, |(word, _)| *word);
        words.dedup_by(|(next, known), (first, kept)| {
            let same = next == first;
            if same {
                kept.bits.add(&known.bits);
            }
            same
        });
        words.iter_mut().enumerate().for_each(|(at, (_, known))| known.id = at as u16 + 1);
        let names = words.iter().map(|(word, _)| *word).collect();
        let mut more = vec![];
        for (alias, word) in ALIASES {
            let place = |word: &str| words.binary_search_by_key(&word, |(other, _)| *other);
            let Some((_, meant)) = place(word).ok().and_then(|at| words.get(at)).copied() else { continue };
            match place(alias).ok().and_then(|at| words.get_mut(at)) {
                Some((_, known)) => *known = meant,
                None => more.push((*alias, meant)),
            }
        }
        words.append(&mut more);
        sort::by_key(&mut words, |(word, _)| *word);
        let mut places = Table::new(16_384);
        (0_u16..).zip(&words).for_each(|(at, (word, _))| places.insert(hash(word.as_bytes()), at));
        let mut lexicon = Self {
            words,
            places,
            names,
            grave: vec![],
            slips: vec![],
            merges: vec![],
            patterns: vec![],
            items: vec![],
            by_word: vec![],
            by_class: vec![],
            class: Classes::new(&numbers),
            number: Known::default(),
        };
        let grave = lexicon.class.grave;
        lexicon.grave = lexicon.words.iter().filter(|(_, known)| known.bits.has(grave)).copied().collect();
        let slip = lexicon.class.slip;
        let long =
            |(word, known): &&(&'static str, Known)| word.len() >= 6 && (known.bits.has(grave) || known.bits.has(slip));
        lexicon.slips = lexicon.words.iter().filter(long).copied().collect();
        lexicon.number = lexicon.plain(b"ten").unwrap_or_default();
        lexicon.merges = MERGES
            .iter()
            .filter_map(|(first, second, whole)| {
                let id = |word: &str| lexicon.plain(word.as_bytes());
                Some((id(first)?.id, id(second)?.id, id(whole)?))
            })
            .collect();
        sort::by_key(&mut lexicon.merges, |(first, second, _)| (*first, *second));
        for (kind, text) in rules() {
            for pattern in patterns_of(text) {
                lexicon.compile(*kind, &pattern, &numbers);
            }
        }
        lexicon.by_word = vec![vec![]; lexicon.words.len() + 1];
        lexicon.by_class = vec![vec![]; CLASSES.len()];
        for (at, pattern) in lexicon.patterns.iter().enumerate() {
            let list = match lexicon.items.get(usize::from(pattern.from)) {
                Some((Item::Word(id), _)) => lexicon.by_word.get_mut(usize::from(*id)),
                Some((Item::Class(class), _)) => lexicon.by_class.get_mut(usize::from(*class)),
                None => None,
            };
            list.into_iter().for_each(|list| list.push(at as u16));
        }
        lexicon
    }

    /// The patterns that may begin with a word.
    pub fn beginning_with(&self, known: Known) -> impl Iterator<Item = (u16, &Pattern)> {
        let by_word = self.by_word.get(usize::from(known.id)).into_iter();
        let by_class = known.bits.iter().filter_map(|class| self.by_class.get(usize::from(class)));
        by_word.chain(by_class).flatten().filter_map(|at| Some((*at, self.patterns.get(usize::from(*at))?)))
    }

    pub fn items(&self, pattern: &Pattern) -> &[(Item, bool)] {
        let from = usize::from(pattern.from);
        self.items.get(from..from + usize::from(pattern.len)).unwrap_or_default()
    }

    /// Adds a pattern; one with a word that nothing knows can never match and is left out.
    fn compile(&mut self, kind: Kind, pattern: &[&'static str], classes: &Table<u16>) {
        let from = self.items.len();
        let mut wide = false;
        for word in pattern {
            if *word == "~" {
                wide = true;
                continue;
            }
            let item = match is_class(word) {
                true => classes.get(hash(word.as_bytes())).map(Item::Class),
                false => self.plain(word.as_bytes()).map(|known| Item::Word(known.id)),
            };
            let Some(item) = item else { return self.items.truncate(from) };
            self.items.push((item, wide));
            wide = false;
        }
        let len = self.items.len() - from;
        if len > 0 {
            self.patterns.push(Pattern { kind, from: from as u16, len: len as u16 });
        }
    }

    pub fn plain(&self, word: &[u8]) -> Option<Known> {
        let at = self.places.get(hash(word))?;
        self.words.get(usize::from(at)).map(|(_, known)| *known)
    }

    /// How the list spells the word with a number.
    pub fn name(&self, id: u16) -> Option<&'static str> {
        self.names.get(usize::from(id).checked_sub(1)?).copied()
    }

    pub fn grave(&self, word: &[u8]) -> Option<Known> {
        self.plain(word).filter(|known| known.bits.has(self.class.grave))
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The word that is meant: as spelled, else without leetspeak, without stretched letters, without one slip.
    pub fn find(&self, word: &[u8]) -> Option<Known> {
        self.plain(word).or_else(|| match word.iter().all(u8::is_ascii_lowercase) {
            true => self.shrunk(word).or_else(|| self.swapped(word)).or_else(|| self.slipped(word)),
            // A few are no quantity.
            false if word.iter().all(u8::is_ascii_digit) => {
                (word.len() > 1 || word > b"4".as_slice()).then_some(self.number)
            }
            false => self.disguised(word),
        })
    }

    /// `k1ll`, `su!c1de`, `s*icide`: marks and digits for letters.
    pub fn disguised(&self, word: &[u8]) -> Option<Known> {
        if word.len() > 24 || !word.iter().any(u8::is_ascii_lowercase) || !word.iter().any(|c| !c.is_ascii_lowercase())
        {
            return None;
        }
        // A one is an i or an l, and which may differ within a word.
        let ones = word.iter().filter(|c| matches!(c, b'1' | b'!' | b'|')).count().min(4);
        for choice in 0..1_u32 << ones {
            let mut nth = 0;
            let plain: Vec<u8> = word
                .iter()
                .map(|c| match c {
                    b'0' => b'o',
                    b'1' | b'!' | b'|' => {
                        nth += 1;
                        if choice >> (nth - 1) & 1 == 1 { b'l' } else { b'i' }
                    }
                    b'3' => b'e',
                    b'4' | b'@' => b'a',
                    b'5' | b'$' => b's',
                    b'7' | b'+' => b't',
                    b'8' => b'b',
                    b'9' | b'6' => b'g',
                    other => *other,
                })
                .collect();
            let found = self
                .plain(&plain)
                .or_else(|| self.shrunk(&plain))
                .or_else(|| self.censored(&plain))
                .or_else(|| self.slipped(&plain));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// `s**cide`: at most half of a grave word hidden.
    fn censored(&self, word: &[u8]) -> Option<Known> {
        let hidden = word.iter().filter(|c| !c.is_ascii_lowercase()).count();
        if hidden == 0 || hidden * 2 > word.len() || word.len() < 3 {
            return None;
        }
        let same = |known: &[u8]| {
            known.len() == word.len() && known.iter().zip(word).all(|(a, b)| a == b || !b.is_ascii_lowercase())
        };
        self.grave.iter().find(|(known, _)| same(known.as_bytes())).map(|(_, known)| *known)
    }

    /// `dieeee`, `kkiilll`: letters said longer than they are.
    fn shrunk(&self, word: &[u8]) -> Option<Known> {
        let longest = word.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or_default();
        if longest < 2 || word.len() < 3 {
            return None;
        }
        let to = |most: usize| -> Vec<u8> {
            word.chunk_by(|a, b| a == b).flat_map(|run| run.iter().take(most)).copied().collect()
        };
        let single = to(1);
        let like =
            || self.grave.iter().find(|(known, _)| once(known.as_bytes()).eq(single.iter().copied())).map(|(_, k)| *k);
        match longest {
            2 if word.len() >= 4 => self.grave(&single).or_else(like),
            2 => None,
            _ => self.plain(&to(2)).or_else(|| self.plain(&single)).or_else(like),
        }
    }

    /// `wnat`: two neighbours swapped.
    fn swapped(&self, word: &[u8]) -> Option<Known> {
        if !(4..=8).contains(&word.len()) {
            return None;
        }
        let mut plain = word.to_vec();
        for at in 0..word.len() - 1 {
            plain.swap(at, at + 1);
            if let Some(known) = self.plain(&plain).filter(|known| known.bits != Bits::default()) {
                return Some(known);
            }
            plain.swap(at, at + 1);
        }
        None
    }

    /// One letter too many, too few, wrong or swapped, in a long word that matters.
    fn slipped(&self, word: &[u8]) -> Option<Known> {
        if word.len() < 6 || word.len() > 16 {
            return None;
        }
        let near = |known: &[u8]| known.len() >= 6 && known.first() == word.first() && one_slip(known, word);
        self.slips.iter().find(|(known, _)| near(known.as_bytes())).map(|(_, known)| *known)
    }

    /// `iwanttodie` taken apart; empty unless every part is a word and one of them matters.
    pub fn segment(&self, run: &[u8]) -> Vec<Known> {
        if run.len() < 6
            || run.len() > 60
            || !STEMS.iter().any(|stem| run.windows(stem.len()).any(|part| part == *stem))
        {
            return vec![];
        }
        let run: Vec<u8> = run.iter().map(|c| if *c == b'1' { b'i' } else { *c }).collect();
        // best[n]: the fewest words for the first n letters, and the last of them.
        let mut best: Vec<Option<(u8, u8, Known)>> = vec![None; run.len() + 1];
        for end in 1..=run.len() {
            for len in 1..=end.min(13) {
                let before = match end - len {
                    0 => 0,
                    start => match best.get(start).copied().flatten() {
                        Some((count, ..)) => count,
                        None => continue,
                    },
                };
                if best.get(end).copied().flatten().is_some_and(|(count, ..)| count <= before + 1) {
                    continue;
                }
                let part = run.get(end - len..end).unwrap_or_default();
                if len == 1 && !matches!(part, b"i" | b"a" | b"u") {
                    continue;
                }
                if let (Some(known), Some(slot)) = (self.plain(part), best.get_mut(end)) {
                    *slot = Some((before + 1, len as u8, known));
                }
            }
        }
        let mut parts = vec![];
        let mut end = run.len();
        while let Some((_, len, known)) = best.get(end).copied().flatten() {
            parts.push(known);
            end -= usize::from(len);
        }
        parts.reverse();
        match end == 0 && parts.iter().any(|part| part.bits.has(self.class.grave)) {
            true => parts,
            false => vec![],
        }
    }

    pub fn merged(&self, first: &Known, second: &Known) -> Option<Known> {
        let at = self.merges.binary_search_by_key(&(first.id, second.id), |(a, b, _)| (*a, *b)).ok()?;
        self.merges.get(at).map(|(.., whole)| *whole)
    }

    /// Tone tags, as in "/j" and "/srs".
    pub fn tone(&self, word: &[u8]) -> Option<Known> {
        match word {
            b"j" | b"s" | b"hj" | b"lh" | b"jk" | b"nsrs" => self.plain(b"lol"),
            b"srs" | b"gen" | b"g" => self.plain(b"frfr"),
            _ => None,
        }
    }

    /// Adverbs are fillers whether they are in the list or not.
    pub fn is_filler(&self, word: &[u8], known: Option<Known>) -> bool {
        match known {
            Some(known) => known.bits.has(self.class.filler),
            None => word.len() > 4 && word.ends_with(b"ly"),
        }
    }
}

pub fn is_class(word: &str) -> bool {
    word.bytes().any(|c| c.is_ascii_uppercase())
}

fn once(word: &[u8]) -> impl Iterator<Item = u8> {
    word.chunk_by(|a, b| a == b).filter_map(|run| run.first().copied())
}

fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let rest = |word: &'_ [u8], skip: usize| word.len().saturating_sub(same + skip);
    let ends = |skip: [usize; 2]| {
        let (left, right) = (rest(a, skip[0]), rest(b, skip[1]));
        left == right && a.iter().rev().take(left).eq(b.iter().rev().take(right))
    };
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => {
            let swapped = a.get(same) == b.get(same + 1) && a.get(same + 1) == b.get(same) && ends([2, 2]);
            swapped || ends([1, 1])
        }
        std::cmp::Ordering::Greater => a.len() == b.len() + 1 && ends([1, 0]),
        std::cmp::Ordering::Less => b.len() == a.len() + 1 && ends([0, 1]),
    }
}
