//! The screen against its own corpus, and what must hold for any text.

use std::{
    collections::{BTreeMap, HashSet},
    time::Instant,
};

use proptest::prelude::*;

use super::{
    classes::CLASSES,
    lexicon::{is_class, patterns_of},
    patterns::rules,
    screen,
    spelling::{ALIASES, MERGES},
};
use crate::care::Severity::{self, *};

const OWN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/screen/own.tsv"));
/// Written by somebody who had not read the rules. Never tune by it: see the README beside it.
pub const HELD_OUT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/screen/heldout.tsv"));

pub fn lines(corpus: &'static str) -> Vec<(Severity, &'static str, &'static str)> {
    let label = |name: &str| Severity::ALL.into_iter().find(|one| one.name() == name.to_uppercase()).unwrap();
    corpus
        .lines()
        .map(|line| {
            let parts: Vec<&str> = line.splitn(3, '\t').collect();
            (label(parts[0]), parts[1], parts[2])
        })
        .collect()
}

/// How many of `of` are `hit`, as a share and in words.
fn share(of: &[&(Severity, &str, &str)], hit: impl Fn(Severity) -> bool) -> f64 {
    of.iter().filter(|(.., text)| hit(screen(text).severity)).count() as f64 / of.len().max(1) as f64
}

/// Prints what the screen makes of a corpus, by label and by kind.
fn graded(corpus: &[(Severity, &str, &str)]) {
    let mut table = [[0_usize; 5]; 5];
    let mut kinds: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (label, kind, text) in corpus {
        let got = screen(text).severity;
        table[*label as usize][got as usize] += 1;
        let counts = kinds.entry(kind).or_default();
        counts[0] += 1;
        counts[1] += usize::from(*label >= High && got < High);
        counts[2] += usize::from(*label < High && got >= High);
        counts[3] += usize::from(*label == got);
    }
    println!("{:10} SAFE LOW MEDIUM HIGH CRITICAL", "label");
    for (severity, row) in Severity::ALL.into_iter().zip(table) {
        println!("{:10} {row:?}", severity.name());
    }
    println!("{:16} lines, high missed, high too much, exact", "kind");
    kinds.iter().for_each(|(kind, counts)| println!("{kind:16} {counts:?}"));
    for severity in [Medium, High, Critical] {
        let right =
            table[severity as usize..].iter().map(|row| row[severity as usize..].iter().sum::<usize>()).sum::<usize>();
        let all = table.iter().map(|row| row[severity as usize..].iter().sum::<usize>()).sum::<usize>();
        let wanted = table[severity as usize..].iter().flatten().sum::<usize>();
        println!(
            "{} or more: precision {:.3}, recall {:.3}",
            severity.name(),
            right as f64 / all as f64,
            right as f64 / wanted as f64
        );
    }
}

#[test]
fn what_it_has_never_seen_is_measured() {
    let corpus = lines(HELD_OUT);
    graded(&corpus);
    let grave: Vec<_> = corpus.iter().filter(|(label, ..)| *label >= High).collect();
    let safe: Vec<_> = corpus.iter().filter(|(label, ..)| *label == Safe).collect();
    // What was reached, with a small margin (docs/crisis-screen.md has the figures and the goal).
    assert!(share(&grave, |severity| severity >= High) >= 0.92);
    assert!(share(&grave, |severity| severity >= Medium) >= 0.94);
    assert!(share(&safe, |severity| severity >= High) <= 0.06);
    let ordinary: Vec<_> = safe.iter().copied().filter(|(_, kind, _)| *kind == "ordinary").collect();
    assert!(share(&ordinary, |severity| severity >= High) <= 0.01);
}

#[test]
fn the_corpus_is_graded_as_labelled() {
    let corpus = lines(OWN);
    graded(&corpus);
    let of = |pick: &dyn Fn(Severity, &str) -> bool| {
        corpus.iter().filter(|(label, kind, _)| pick(*label, kind)).collect::<Vec<_>>()
    };
    let grave = of(&|label, _| label >= High);
    let safe = of(&|label, _| label == Safe);
    assert!(corpus.len() >= 800 && safe.len() >= 300, "{} lines, {} safe", corpus.len(), safe.len());
    assert!(share(&grave, |severity| severity >= High) >= 0.97, "grave lines missed");
    assert!(share(&safe, |severity| severity >= High) <= 0.015, "false alarms on safe lines");
    let others = of(&|label, kind| kind == "third_person" && label >= Medium);
    for (_, _, text) in &others {
        assert!(screen(text).severity >= Medium, "somebody else's danger: {text}");
    }
    let denied = of(&|label, kind| kind == "negation" && label <= Low);
    assert!(
        share(&denied, |severity| severity >= High) <= 0.35,
        "denied: {}",
        share(&denied, |severity| severity >= High)
    );
}

#[test]
fn no_rule_is_longer_than_four_words() {
    for pattern in rules().flat_map(|(_, text)| patterns_of(text)) {
        let words = pattern.iter().filter(|word| **word != "~").count();
        assert!((1..=4).contains(&words), "{pattern:?}");
    }
}

#[test]
fn rules_name_only_classes_that_exist_and_words_are_plain() {
    let classes: HashSet<&str> = CLASSES.iter().map(|(name, _)| *name).collect();
    assert!(classes.len() == CLASSES.len() && CLASSES.len() <= 192, "a name twice, or more classes than bits");
    for word in rules().flat_map(|(_, text)| patterns_of(text)).flatten().filter(|word| is_class(word)) {
        assert!(classes.contains(word), "no class {word}");
    }
    let lists = CLASSES.iter().flat_map(|(_, words)| words.split_whitespace());
    let parts = MERGES.iter().flat_map(|(a, b, c)| [*a, *b, *c]).chain(ALIASES.iter().flat_map(|(a, b)| [*a, *b]));
    for word in lists.chain(parts) {
        assert!(word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{word:?} cannot be met in a text");
    }
}

#[test]
fn only_first_person_acts_plans_and_intents_are_explicit() {
    for text in ["i'm going to kill myself tonight", "i took all my pills", "i have a loaded gun and i want to die"] {
        assert!(screen(text).explicit, "{text}");
    }
    for text in ["i want to die", "my friend is going to kill herself", "i won't kill myself", "what's the point"] {
        assert!(!screen(text).explicit, "{text}");
    }
}

#[test]
fn an_alert_never_repeats_the_text() {
    for (_, _, text) in lines(OWN) {
        for factor in screen(text).factors {
            assert!(factor.len() < 40 && !factor.contains("myself"), "{factor}");
        }
    }
}

fn wide(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c })
        .collect()
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,400}", bytes in proptest::collection::vec(any::<char>(), 0..300)) {
        screen(&text);
        screen(&bytes.into_iter().collect::<String>());
    }

    #[test]
    fn words_in_any_order_do_not_make_it_panic(
        picks in proptest::collection::vec((0_usize..5000, 0_usize..8), 0..60)
    ) {
        let words: Vec<&str> = CLASSES.iter().flat_map(|(_, words)| words.split_whitespace()).collect();
        let marks = [" ", " ", " ", ". ", "\n", ", \"", "*", "..."];
        screen(&picks.iter().map(|(at, mark)| format!("{}{}", words[at % words.len()], marks[*mark])).collect::<String>());
    }
}

#[test]
fn what_cannot_be_seen_changes_nothing() {
    for (at, (_, _, text)) in lines(OWN).into_iter().enumerate() {
        let hidden = ['\u{200B}', '\u{AD}', '\u{2060}', '\u{FE0F}', '\u{301}'][at % 5];
        let mut changed: Vec<char> = text.chars().collect();
        changed.insert(at * 7 % (changed.len() + 1), hidden);
        assert_eq!(screen(text), screen(&changed.iter().collect::<String>()), "{text}");
    }
}

#[test]
fn case_and_width_change_nothing() {
    for (_, _, text) in lines(OWN) {
        assert_eq!(screen(text), screen(&wide(text)), "{text}");
        assert_eq!(screen(text), screen(&text.to_ascii_uppercase()), "{text}");
    }
}

#[test]
fn a_neutral_sentence_hardly_ever_lowers_a_critical() {
    let neutral = [
        "the weather is nice today",
        "i had pasta for dinner and it was good",
        "my sister called me this morning about the garden",
        "we played a game with my cousins",
        "anyway how was your day",
    ];
    let (mut all, mut lowered, mut lost) = (0, 0, vec![]);
    for (_, _, text) in lines(OWN).into_iter().filter(|(.., text)| screen(text).severity == Critical) {
        for more in neutral.iter().flat_map(|one| [". ", "\n"].map(|gap| format!("{text}{gap}{one}"))) {
            all += 1;
            let severity = screen(&more).severity;
            lowered += usize::from(severity < Critical);
            if severity < High {
                lost.push(more);
            }
        }
    }
    assert!(all >= 1_000 && lowered * 25 <= all, "{lowered} of {all}");
    assert!(lost.len() * 75 <= all, "{} of {all}: {lost:?}", lost.len());
}

/// A measurement by hand: it asserts nothing, because a time depends on the machine, and so no check runs it.
///
/// `cargo test --profile native --lib screen -- --ignored --nocapture`
#[test]
#[ignore = "a measurement by hand: it prints times and asserts nothing"]
#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn times() {
    let corpus = lines(OWN);
    let start = Instant::now();
    super::lexicon::lexicon();
    println!("word list and patterns made ready: {:?}", start.elapsed());
    let start = Instant::now();
    screen("the lists are made ready once");
    println!("the rest of the first message: {:?}", start.elapsed());
    let start = Instant::now();
    let findings: usize = (0..20).flat_map(|_| &corpus).map(|(.., text)| screen(text).factors.len()).sum();
    println!(
        "{:?} for each of {} messages ({findings} factors)",
        start.elapsed() / (20 * corpus.len() as u32),
        corpus.len()
    );
    let long: String =
        corpus.iter().map(|(.., text)| format!("{text} ")).collect::<String>().chars().take(4_000).collect();
    let start = Instant::now();
    (0..100).for_each(|_| drop(screen(&long)));
    println!("{:?} for 4,000 characters", start.elapsed() / 100);
}
