//! A message cut into words and boundaries, with every disguise of a word taken off.

use super::lexicon::{Known, Lexicon};
use crate::care::fold::{Seen, see};

/// More than Discord lets anybody write; what comes after is not read.
const MAX_CHARS: usize = 8_000;
/// What a boundary that ends a thought costs a pattern that would cross it: no pattern can pay it.
pub const WALL: u8 = 9;

#[derive(Clone, Copy, Debug, Default)]
pub struct Word {
    pub known: Known,
    /// What stands between the word before and this one: 0 nothing, 1 a comma or a line break, [`WALL`] an end.
    pub before: u8,
    /// Sentences; a "but" begins a new one, because what it says is not softened by what came before.
    pub segment: u16,
    pub quoted: bool,
    /// Skipped by patterns at no cost.
    pub filler: bool,
    /// A short fragment before it is a thought of its own, though patterns may cross.
    apart: bool,
    single: bool,
    tight: bool,
    picture: bool,
    len: u8,
    start: u32,
}

/// The words, and the letters that they were read from.
pub struct Text {
    pub words: Vec<Word>,
    pub segments: u16,
    letters: Vec<u8>,
}

impl Text {
    /// A word as it was written, in plain letters.
    pub fn written(&self, word: &Word) -> &[u8] {
        spelling(word, &self.letters)
    }
}

struct Reader<'l> {
    lexicon: &'l Lexicon,
    letters: Vec<u8>,
    words: Vec<Word>,
    start: usize,
    before: u8,
    tight: bool,
    /// Whether the word has a mark inside that may stand for a letter.
    marked: bool,
    /// Whether a slash stands before the word, after a space: a tone tag.
    tagged: bool,
    quote_from: Option<usize>,
    line_quoted: bool,
}

pub fn read(text: &str, lexicon: &Lexicon) -> Text {
    let mut reader = Reader {
        lexicon,
        letters: Vec::with_capacity(text.len().min(MAX_CHARS)),
        words: Vec::with_capacity(text.len().min(MAX_CHARS) / 4 + 1),
        start: 0,
        before: 0,
        tight: false,
        marked: false,
        tagged: false,
        quote_from: None,
        line_quoted: false,
    };
    reader.run(text);
    let Reader { letters, mut words, .. } = reader;
    words = join_spelled(&words, &letters, lexicon);
    words = join_split(&words, &letters, lexicon);
    words = merge(&words, lexicon);
    soften_short(&mut words);
    let segments = number(&mut words, lexicon);
    Text { words, segments, letters }
}

impl Reader<'_> {
    fn run(&mut self, text: &str) {
        let mut seen =
            text.chars().take(MAX_CHARS).map(|c| (c, see(c))).filter(|(_, s)| *s != Seen::Nothing).peekable();
        let mut line_start = true;
        let mut previous = ' ';
        while let Some((c, now)) = seen.next() {
            let next = seen.peek().map(|(_, s)| *s);
            let next_is_letter = matches!(next, Some(Seen::Letter(_)));
            match now {
                Seen::Letter(letter) => self.letters.push(letter),
                Seen::Apostrophe => match self.in_word() || !next_is_letter {
                    true if self.in_word() && !next_is_letter && next != Some(Seen::Apostrophe) => {
                        self.single_quote(false)
                    }
                    true => {}
                    false => self.single_quote(true),
                },
                Seen::Foreign => self.letters.push(b'~'),
                Seen::Space => self.end_word(),
                Seen::Newline => {
                    self.end_word();
                    self.before = self.before.max(2);
                    self.line_quoted = false;
                }
                Seen::Picture(word) => {
                    let inside = self.in_word() && next_is_letter;
                    self.end_word();
                    if !word.is_empty() && !inside {
                        self.letters.extend_from_slice(word.as_bytes());
                        self.end_word();
                    } else if let Some(last) = self.words.last_mut() {
                        last.picture = true;
                    }
                    self.tight = inside;
                }
                Seen::Mark('<') if matches!(next, Some(Seen::Mark('@' | '#' | ':'))) || next_is_letter => {
                    self.end_word();
                    // A mention, a channel, an emoji of the server: only an emoji's name says anything.
                    let mut name = 0;
                    for _ in 0..64 {
                        match seen.peek() {
                            Some((_, Seen::Mark(':'))) => name += 1,
                            Some((_, Seen::Letter(letter))) if name == 1 => self.letters.push(*letter),
                            Some((_, Seen::Space | Seen::Newline)) | None => break,
                            Some((_, Seen::Mark('>'))) => {
                                seen.next();
                                break;
                            }
                            Some(_) => {}
                        }
                        seen.next();
                    }
                    self.end_word();
                }
                Seen::Mark('>') if line_start => self.line_quoted = true,
                Seen::Mark('"') => {
                    self.end_word();
                    match self.quote_from.take() {
                        Some(from) => self.quote(from),
                        None => self.quote_from = Some(self.words.len()),
                    }
                }
                Seen::Mark(':') if self.in_word() && matches!(next, Some(Seen::Mark('/'))) && self.is_scheme() => {
                    while seen.next_if(|(_, s)| !matches!(s, Seen::Space | Seen::Newline)).is_some() {}
                    self.letters.truncate(self.start);
                    self.marked = false;
                }
                // Spoiler bars and other marks of Discord are not letters.
                Seen::Mark(mark @ ('@' | '$' | '!' | '*' | '|' | '+' | '#' | '%' | '?'))
                    if next_is_letter && (self.in_word() || (matches!(mark, '@' | '$' | '*') && previous == ' ')) =>
                {
                    self.letters.push(mark as u8);
                    self.marked = true;
                }
                Seen::Mark(mark @ ('*' | '!' | '$' | '@' | '#'))
                    if self.in_word() && matches!(next, Some(Seen::Mark(m)) if m == mark && mark == '*') =>
                {
                    self.letters.push(b'*');
                    self.marked = true;
                }
                Seen::Mark('-' | '_' | '/' | '~' | '\\' | '+' | '=' | '^' | '*' | '|' | '\'') => {
                    let inside = self.in_word() && next_is_letter;
                    self.end_word();
                    self.tight = inside;
                    self.tagged = c == '/' && previous == ' ' && next_is_letter;
                    if c == '-' && previous == ' ' || c == '—' || c == '–' {
                        self.before = self.before.max(1);
                    }
                }
                Seen::Mark('.') => {
                    let inside = self.in_word() && next_is_letter;
                    let single = self.letters.len() == self.start + 1 || self.tight;
                    self.end_word();
                    self.tight = inside && single;
                    // "..." is a pause, not an end.
                    let dots = matches!(next, Some(Seen::Mark('.'))) || previous == '.' || c == '…';
                    match (self.tight, dots) {
                        (true, _) => {}
                        (false, true) => self.before = self.before.max(1),
                        (false, false) if self.before != 1 || previous != '.' => self.before = WALL,
                        (false, false) => {}
                    }
                }
                Seen::Mark('!' | '?' | ';') => {
                    self.end_word();
                    self.before = WALL;
                }
                Seen::Mark(',' | ':' | '(' | ')' | '[' | ']' | '{' | '}') => {
                    self.end_word();
                    self.before = self.before.max(1);
                }
                Seen::Mark(_) => self.end_word(),
                Seen::Nothing => {}
            }
            line_start = now == Seen::Newline || (line_start && now == Seen::Space);
            previous = match now {
                Seen::Mark(mark) => mark,
                Seen::Space | Seen::Newline => ' ',
                _ => 'a',
            };
        }
        self.end_word();
    }

    fn in_word(&self) -> bool {
        self.letters.len() > self.start
    }

    fn is_scheme(&self) -> bool {
        matches!(self.letters.get(self.start..), Some(b"http" | b"https"))
    }

    /// A single quotation mark opens before a word and closes behind one; an apostrophe does neither.
    fn single_quote(&mut self, opens: bool) {
        match (opens, self.quote_from) {
            (true, None) => self.quote_from = Some(self.words.len()),
            (false, Some(from)) => {
                self.end_word();
                self.quote(from);
                self.quote_from = None;
            }
            _ => {}
        }
    }

    /// One or two words between quotation marks are stressed, not quoted.
    fn quote(&mut self, from: usize) {
        if self.words.len() >= from + 3 {
            self.words.iter_mut().skip(from).for_each(|word| word.quoted = true);
        }
    }

    fn end_word(&mut self) {
        let end = self.letters.len();
        if end == self.start {
            return;
        }
        let lexicon = self.lexicon;
        let raw = self.letters.get(self.start..end).unwrap_or_default();
        // Either the marks are letters in disguise, or they only separate: "hi!you".
        if self.marked && lexicon.plain(raw).is_none() && lexicon.disguised(raw).is_none() {
            let raw = raw.to_vec();
            self.letters.truncate(self.start);
            self.marked = false;
            for part in raw.split(|letter| !letter.is_ascii_alphanumeric() && *letter != b'~') {
                self.letters.extend_from_slice(part);
                self.end_word();
            }
            return;
        }
        let tag = if self.tagged { lexicon.tone(raw) } else { None };
        let known = tag.or_else(|| lexicon.find(raw));
        let filler = lexicon.is_filler(raw, known);
        let len = raw.len();
        self.marked = false;
        self.tagged = false;
        self.words.push(Word {
            known: known.unwrap_or_default(),
            before: self.before,
            quoted: self.line_quoted,
            filler,
            single: len == 1 && tag.is_none(),
            tight: self.tight,
            len: len.min(255) as u8,
            start: self.start as u32,
            ..Word::default()
        });
        self.start = end;
        self.before = 0;
        self.tight = false;
    }
}

fn spelling<'a>(word: &Word, letters: &'a [u8]) -> &'a [u8] {
    let start = word.start as usize;
    letters.get(start..start + usize::from(word.len)).unwrap_or_default()
}

/// "k i l l", "d.i.e" and "s/h": single letters in a row are one word, or several without the gaps between them.
fn join_spelled(words: &[Word], letters: &[u8], lexicon: &Lexicon) -> Vec<Word> {
    let mut out = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let run = words.get(at..).unwrap_or_default().iter();
        let count = 1 + run.skip(1).take_while(|next| next.single && (next.before < 2 || next.tight)).count();
        let tight = words.iter().skip(at + 1).take(count - 1).all(|word| word.tight);
        let parts = match (word.single, count) {
            (true, 2) if !tight => vec![],
            (true, 2..=60) => {
                let joined: Vec<u8> =
                    words.iter().skip(at).take(count).flat_map(|word| spelling(word, letters)).copied().collect();
                lexicon.find(&joined).map_or_else(|| lexicon.segment(&joined), |known| vec![known])
            }
            (false, _) if word.known.id == 0 => lexicon.segment(spelling(word, letters)),
            _ => vec![],
        };
        let count = if word.single { count } else { 1 };
        match parts.is_empty() {
            true => out.extend(words.iter().skip(at).take(count)),
            false => out.extend(parts.iter().enumerate().map(|(part, known)| Word {
                known: *known,
                before: if part == 0 { word.before } else { 0 },
                single: false,
                filler: lexicon.is_filler(b"", Some(*known)),
                len: 0,
                ..*word
            })),
        }
        at += count;
    }
    out
}

/// "su icide", "ki ll": two scraps that only together are a word that matters.
fn join_split(words: &[Word], letters: &[u8], lexicon: &Lexicon) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        if let Some(last) = out.last_mut()
            && (last.known.id == 0 || word.known.id == 0)
            && last.len > 0
            && word.len > 0
            && word.before == 0
            && usize::from(last.len) + usize::from(word.len) <= 12
        {
            let joined = [spelling(last, letters), spelling(word, letters)].concat();
            if let Some(known) = lexicon.grave(&joined) {
                (last.known, last.filler, last.len) = (known, false, 0);
                continue;
            }
        }
        out.push(*word);
    }
    out
}

/// Two words that mean one: "my self", "going to", "can not".
fn merge(words: &[Word], lexicon: &Lexicon) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        if let Some(last) = out.last_mut()
            && word.before == 0
            && let Some(known) = lexicon.merged(&last.known, &word.known)
        {
            (last.known, last.filler, last.len) = (known, lexicon.is_filler(b"", Some(known)), 0);
            continue;
        }
        out.push(*word);
    }
    out
}

/// "Just. Kill. Me." and "i want to⏎die": an end around one or two words is a pause.
fn soften_short(words: &mut [Word]) {
    let ends: Vec<usize> =
        words.iter().enumerate().filter(|(at, word)| *at == 0 || word.before >= 2).map(|(at, _)| at).collect();
    for (nth, at) in ends.iter().enumerate().skip(1) {
        let left = at - ends.get(nth - 1).copied().unwrap_or_default();
        let right = ends.get(nth + 1).copied().unwrap_or(words.len()) - at;
        if let Some(word) = words.get_mut(*at) {
            word.before = if left.min(right) <= 2 { 2 } else { WALL };
            word.apart = right > 2;
        }
    }
}

fn number(words: &mut [Word], lexicon: &Lexicon) -> u16 {
    let mut segment = 0;
    for word in words {
        if word.before == WALL || word.apart || word.known.bits.has(lexicon.class.but) {
            segment += 1;
        }
        word.segment = segment;
    }
    segment + 1
}
