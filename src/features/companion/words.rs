//! A text as sentences of plain words, and patterns of words that are looked for in them. Pure.
//!
//! A pattern is words with spaces between. `a|b` is either, `CLASS` any word of a class, `pre*` what begins so, `*ed` what ends so, `#` a number,
//! `@` a mention, `?x` may be missing, `~` up to three words, `^` the begin of a clause, `$` its end, `$|a` its end or a word.
//! Commas and quotation marks between words cost nothing.

use crate::care::fold::{Seen, see};

/// More than Discord lets anybody write.
const MAX_CHARS: usize = 8_000;
/// Say nothing here, wherever they stand.
const FILLERS: &str = " just really please pls plz pwease actually honestly literally simply um uh uhm erm hmm tho though rn \
kinda sorta even maybe definitely absolutely truly ";
/// Numbers that are written out.
const NUMBERS: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
];

/// Words that stand for one another: a name in capitals and its words.
pub type Classes = &'static [(&'static str, &'static str)];

#[derive(Debug, Default)]
pub struct Sentence {
    /// In small plain letters, without apostrophes; `,` and `"` are words of their own, a mention is `@` and its digits.
    pub words: Vec<String>,
    pub is_question: bool,
    /// For each word, the classes that it belongs to.
    classes: Vec<u64>,
}

/// The sentences of a text.
pub fn read(text: &str, classes: Classes) -> Vec<Sentence> {
    let mut reader = Reader { classes, ..Reader::default() };
    let mut before = ' ';
    let mut rest = text.chars().take(MAX_CHARS).peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match see(c) {
            Seen::Letter(letter) => reader.word.push(letter as char),
            Seen::Foreign => reader.word.extend(c.to_lowercase()),
            Seen::Apostrophe | Seen::Nothing => {}
            Seen::Space | Seen::Picture(_) => reader.end_word(),
            Seen::Newline => reader.end(false),
            Seen::Mark('<') if next == '3' => {
                reader.end_word();
                rest.next();
            }
            Seen::Mark('<') if matches!(next, '@' | ':' | '#' | 'a') => {
                reader.end_word();
                let inside: String = rest.clone().take(60).take_while(|c| !matches!(c, '>' | ' ')).collect();
                rest.nth(inside.chars().count());
                reader.push(id_of(&inside));
            }
            Seen::Mark('*' | '_' | '`' | '~') => {}
            Seen::Mark('.' | ',') if before.is_ascii_digit() && next.is_ascii_digit() => reader.word.push('.'),
            Seen::Mark('.') if next.is_alphanumeric() => reader.end_word(),
            Seen::Mark('.' | '!' | ';') => reader.end(false),
            Seen::Mark('?') => reader.end(true),
            Seen::Mark('%') => {
                reader.end_word();
                reader.push("percent".to_owned());
            }
            Seen::Mark('"') => {
                reader.end_word();
                reader.push("\"".to_owned());
            }
            Seen::Mark('-') if !matches!(c, '–' | '—') && before.is_alphanumeric() && next.is_alphanumeric() => {
                reader.end_word();
            }
            // What follows is not said by itself, as after "Human:".
            Seen::Mark(':') if before.is_alphanumeric() && next.is_whitespace() => {
                reader.end_word();
                reader.push(":".to_owned());
            }
            Seen::Mark('/' | '|' | '#' | '@' | '+' | '=' | '&' | '$') => reader.end_word(),
            Seen::Mark(_) => {
                reader.end_word();
                reader.push(",".to_owned());
            }
        }
        before = c;
    }
    reader.end(false);
    reader.done
}

/// `@123` of `@123`, `@!123`; a comma for the other things in angle brackets.
fn id_of(inside: &str) -> String {
    let id = inside.strip_prefix('@').map(|id| id.strip_prefix('!').unwrap_or(id)).unwrap_or_default();
    let is_user = !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
    if is_user { format!("@{id}") } else { ",".to_owned() }
}

#[derive(Default)]
struct Reader {
    classes: Classes,
    done: Vec<Sentence>,
    now: Sentence,
    word: String,
}

impl Reader {
    /// `16yo` and `20mg` are two words; `8th` and `4k` are one.
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        match word.strip_suffix(unit) {
            _ if word.is_empty() => {}
            Some(digits) if !digits.is_empty() && !is_in(" st nd rd th k ", unit) && !unit.is_empty() => {
                self.push(digits.to_owned());
                self.push(unit.to_owned());
            }
            _ => self.push(word),
        }
    }

    fn push(&mut self, word: String) {
        if is_in(FILLERS, &word) {
            return;
        }
        let mut mask = 0;
        for (at, (_, words)) in self.classes.iter().enumerate() {
            if is_in(words, &word) {
                mask |= 1 << at;
            }
        }
        self.now.classes.push(mask);
        self.now.words.push(word);
    }

    fn end(&mut self, is_question: bool) {
        self.end_word();
        if self.now.words.iter().any(|word| !is_mark(word)) {
            let sentence = std::mem::take(&mut self.now);
            self.done.push(Sentence { is_question, ..sentence });
        }
        self.now = Sentence::default();
    }
}

/// Whether `word` is one of those in `list`, which has a space before and after each.
pub fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word) && !word.is_empty()
}

/// What ends a clause; a "but" does, because what it says is not denied by what came before.
pub fn is_mark(word: &str) -> bool {
    matches!(word, "," | "\"" | "but" | "however")
}

/// Several sentences as one, without marks.
pub fn joined(sentences: Vec<Sentence>) -> Sentence {
    let mut all = Sentence::default();
    for sentence in sentences {
        let words = sentence.words.into_iter().zip(sentence.classes).filter(|(word, _)| !is_mark(word));
        let (words, classes): (Vec<_>, Vec<_>) = words.unzip();
        all.words.extend(words);
        all.classes.extend(classes);
    }
    all
}

/// The number that a word is, up to a hundred if it is written out.
pub fn number(word: &str) -> Option<u32> {
    match word.starts_with(|c: char| c.is_ascii_digit()) {
        true => word.split('.').next()?.parse().ok(),
        false => match NUMBERS.iter().position(|one| *one == word)? {
            at @ 0..=20 => u32::try_from(at).ok(),
            at => u32::try_from((at - 18) * 10).ok(),
        },
    }
}

/// One pattern, taken apart.
pub struct Pattern<'p>(Vec<Token<'p>>);

struct Token<'p> {
    text: &'p str,
    optional: bool,
    /// The classes among its alternatives.
    classes: u64,
}

impl<'p> Pattern<'p> {
    pub fn new(text: &'p str, classes: Classes) -> Self {
        let tokens = text.split(' ').filter(|token| !token.is_empty()).map(|token| {
            let (text, optional) = token.strip_prefix('?').map_or((token, false), |rest| (rest, true));
            let named = |(name, _): &(&str, &str)| text.split('|').any(|one| one == *name);
            let bits = classes.iter().enumerate().filter(|(_, class)| named(class)).map(|(at, _)| 1_u64 << at);
            Token { text, optional, classes: bits.sum() }
        });
        Self(tokens.collect())
    }

    /// Where it ends if it begins at this word.
    pub fn ends(&self, sentence: &Sentence, at: usize) -> Option<usize> {
        ends(&self.0, sentence, at)
    }

    /// Everywhere that it stands: from, to.
    pub fn all<'s>(&'s self, sentence: &'s Sentence) -> impl Iterator<Item = (usize, usize)> + 's {
        let starts = (0..sentence.words.len()).filter(|at| !sentence.words.get(*at).is_some_and(|word| is_mark(word)));
        starts.filter_map(|at| Some((at, self.ends(sentence, at)?)))
    }
}

/// Where the tokens end if they begin at `at`.
fn ends(tokens: &[Token], sentence: &Sentence, at: usize) -> Option<usize> {
    let Some((token, rest)) = tokens.split_first() else { return Some(at) };
    let words = &sentence.words;
    match token.text {
        "^" => {
            let begins = at.checked_sub(1).and_then(|before| words.get(before)).is_none_or(|word| is_mark(word));
            return if begins { ends(rest, sentence, at) } else { None };
        }
        "~" => return (at..=at + 3).find_map(|at| ends(rest, sentence, at)),
        _ => {}
    }
    if token.text.starts_with('$') && words.get(at).is_none_or(|word| is_mark(word)) {
        return ends(rest, sentence, at);
    }
    let mut here = at;
    while words.get(here).is_some_and(|word| is_mark(word)) {
        here += 1;
    }
    let taken = words.get(here).filter(|word| token.takes(word, sentence.classes.get(here).copied()));
    let end = taken.and_then(|_| ends(rest, sentence, here + 1));
    end.or_else(|| if token.optional { ends(rest, sentence, at) } else { None })
}

impl Token<'_> {
    fn takes(&self, word: &str, classes: Option<u64>) -> bool {
        let is_one = |one: &str| match one {
            "#" => number(word).is_some(),
            "@" => word.starts_with('@'),
            _ => match one.strip_suffix('*') {
                Some(begin) => word.starts_with(begin),
                None => one == word,
            },
        };
        self.classes & classes.unwrap_or_default() != 0 || self.text.split('|').any(is_one)
    }
}

/// Whether one of `list` stands before `at`, in the same clause and at most `far` words away. "Don't worry" denies nothing.
pub fn is_after(list: &str, sentence: &Sentence, at: usize, far: usize) -> bool {
    let before = sentence.words.get(..at).unwrap_or_default();
    let clause = before.iter().rev().take_while(|word| !is_mark(word)).take(far);
    let mut follows = sentence.words.get(at).map_or("", String::as_str);
    for word in clause {
        if is_in(list, word) && !matches!(follows, "worry" | "worries" | "problem" | "mind") {
            return true;
        }
        follows = word;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: Classes = &[("PET", "cat dog")];

    fn found(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::new(pattern, CLASSES);
        read(text, CLASSES).iter().any(|sentence| pattern.all(sentence).next().is_some())
    }

    #[test]
    fn a_text_is_sentences_of_plain_words() {
        let read: Vec<String> = read("I’m ＯＫ, <@!12> said: don't! Really 2.5mg/day?\n“Hi” 😀 re-do <:x:3>", CLASSES)
            .iter()
            .map(|one| format!("{}{}", one.words.join(" "), if one.is_question { "?" } else { "" }))
            .collect();
        assert_eq!(read, ["im ok , @12 said : dont", "2.5 mg day?", "\" hi \" re do ,"]);
    }

    #[test]
    fn a_pattern_finds_what_it_describes() {
        assert!(
            found("my PET|bird ?old sleeps", "well, my dog sleeps")
                && found("my PET|bird ?old sleeps", "My bird, old, sleeps")
        );
        assert!(!found("my PET sleeps", "my cow sleeps") && !found("my PET sleeps", "my dog. sleeps"));
        assert!(found("# mg", "take twenty mg") && found("kill*", "killing") && found("a ~ b", "a x y z b"));
        assert!(!found("a ~ b", "a w x y z b") && !found("^ b", "a b") && found("^ b", "a, b") && !found("a $", "a b"));
        assert!(found("@ is", "<@5> is") && !found("@ is", "<@&5> is"));
    }

    #[test]
    fn numbers_are_read_as_digits_or_words() {
        let read: Vec<_> = ["15", "fifteen", "2.5", "twenty", "thirty", "sixty", "15k", "x"].map(number).into();
        assert_eq!(read, [Some(15), Some(15), Some(2), Some(20), Some(30), Some(60), None, None]);
    }
}
