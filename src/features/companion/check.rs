//! Whether an answer of the model may be sent, and how. Pure; English alone, so that what is not English is stopped.

use super::{
    persona::PERSONA,
    stops::{CLASSES, DENIED, RULES, Rule},
    words::{Pattern, Sentence, is_after, is_in, is_mark, read},
};
use crate::care::resources;

/// Why an answer is not sent. The caller sends a fixed text instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// How somebody could harm themselves: means, amounts, places, hiding; eating less and the like.
    MethodDetail,
    /// That harm would be good, right or deserved.
    Encouragement,
    /// A person, a life, something lived through; a part that was played.
    ClaimedHumanity,
    /// That somebody comes, that all will be well, that Ash stays or did what it cannot do.
    FalsePromise,
    Secrecy,
    Diagnosis,
    /// Medical or legal.
    Advice,
    /// Contempt, playing down, preaching.
    Unkind,
    Dependence,
    /// Of the instructions, the frame, or what the system found.
    Leak,
    /// A phone number that is not on the list.
    Number,
    /// Not English, or disguised: nothing could be looked for in it.
    Unreadable,
    Empty,
}

impl Stop {
    pub fn name(self) -> &'static str {
        match self {
            Self::MethodDetail => "method_detail",
            Self::Encouragement => "encouragement",
            Self::ClaimedHumanity => "claimed_humanity",
            Self::FalsePromise => "false_promise",
            Self::Secrecy => "secrecy",
            Self::Diagnosis => "diagnosis",
            Self::Advice => "advice",
            Self::Unkind => "unkind",
            Self::Dependence => "dependence",
            Self::Leak => "leak",
            Self::Number => "number",
            Self::Unreadable => "unreadable",
            Self::Empty => "empty",
        }
    }
}

/// How far before a phrase a "not" is looked for.
const BEFORE: usize = 8;
/// So many words of the instructions in a row are no coincidence.
const RUN: usize = 10;
/// The frame of what members write.
const FRAME: &[&str] = &["<member", "</member"];
/// English is full of these.
const COMMON: &str = " the to and you that it of for with are this your have what can its im if my not there from about when how is \
thats youre who would could be i been youve they he she very some any because feel feels sounds like more want know ";
const LAST_LATIN: char = '\u{24f}';
const MAX_CHARACTERS: usize = 1_200;
/// Begin a stage direction.
const STAGE: &str = " hugs hug smiles nods sits pats holds sighs listens hands offers gently softly takes reaches leans waves \
whispers pauses wraps squeezes looks warmly quietly ";
const ENDINGS: &str = " com org net io gg me app link ly xyz co uk us ca de au tv info dev chat ";

/// The answer as it may be sent, or why it may not be.
pub fn check(reply: &str, is_minor: bool) -> Result<String, Stop> {
    let sentences = read(reply, CLASSES);
    if FRAME.iter().any(|tag| reply.to_lowercase().contains(tag)) || repeats(&sentences, PERSONA) {
        return Err(Stop::Leak);
    }
    for rule in RULES.iter().filter(|rule| is_minor || !rule.minors) {
        if rule.patterns.lines().any(|pattern| is_said(pattern, rule, &sentences)) {
            return Err(rule.stop);
        }
    }
    if names_unlisted_number(reply) {
        return Err(Stop::Number);
    }
    let sent = shortened(&cleaned(reply));
    match sent.chars().any(char::is_alphanumeric) {
        false => Err(Stop::Empty),
        true if is_unreadable(&sent) => Err(Stop::Unreadable),
        true => Ok(sent),
    }
}

fn is_said(pattern: &str, rule: &Rule, sentences: &[Sentence]) -> bool {
    let leaps = pattern.contains('~');
    let compiled = Pattern::new(pattern, CLASSES);
    sentences.iter().filter(|sentence| !(rule.may_ask && sentence.is_question)).any(|sentence| {
        let is_harmless = |at: usize, end: usize| {
            let inside = sentence.words.get(at..end).unwrap_or_default();
            is_after(rule.unless_after, sentence, at, BEFORE) || leaps && inside.iter().any(|word| is_in(DENIED, word))
        };
        let is_excused = || sentence.words.iter().any(|word| is_in(rule.unless_with, word));
        compiled.all(sentence).any(|(at, end)| !is_harmless(at, end)) && !is_excused()
    })
}

/// Whether a run of words stands in `secret` as well.
fn repeats(sentences: &[Sentence], secret: &str) -> bool {
    let words = |sentences: &[Sentence]| -> Vec<String> {
        sentences.iter().flat_map(|one| &one.words).filter(|word| !is_mark(word)).cloned().collect()
    };
    let said = words(sentences);
    if said.len() < RUN {
        return false;
    }
    let secret = words(&read(secret, &[])).join(" ");
    said.windows(RUN).any(|run| secret.contains(&run.join(" ")))
}

/// In a language, script or disguise that is not read here.
fn is_unreadable(reply: &str) -> bool {
    let sentences = read(reply, &[]);
    let letters = reply.chars().filter(|c| c.is_alphabetic()).count();
    let foreign = reply.chars().filter(|c| c.is_alphabetic() && *c > LAST_LATIN).count();
    let words = || sentences.iter().flat_map(|one| &one.words).filter(|word| !is_mark(word));
    let common = words().filter(|word| is_in(COMMON, word)).count();
    foreign * 3 > letters || words().count() >= 10 && common * 12 < words().count()
}

/// Six digits or more, or five in a row, that are no number of the list.
fn names_unlisted_number(reply: &str) -> bool {
    let mut runs: Vec<(String, usize)> = vec![(String::new(), 0)];
    let mut in_a_row = 0;
    for c in reply.chars() {
        let Some((digits, longest)) = runs.last_mut() else { break };
        match c {
            '0'..='9' => {
                digits.push(c);
                in_a_row += 1;
                *longest = in_a_row.max(*longest);
            }
            ' ' | '-' | '(' | ')' | '+' | '.' | '\u{a0}' | '–' => in_a_row = 0,
            _ => {
                in_a_row = 0;
                if !digits.is_empty() {
                    runs.push((String::new(), 0));
                }
            }
        }
    }
    runs.iter().any(|(digits, longest)| (digits.len() >= 6 || *longest >= 5) && !resources::has_number(digits))
}

/// Without pings, links to anywhere, stage directions and the name before it.
fn cleaned(reply: &str) -> String {
    let reply = reply.trim();
    let reply = ["Ash (AI):", "**Ash (AI):**", "Ash:", "**Ash:**"]
        .iter()
        .find_map(|name| reply.strip_prefix(name))
        .unwrap_or(reply);
    let reply = without_stage(&unmasked(reply), '*');
    let reply = without_stage(&reply, '_');
    let mut out = String::with_capacity(reply.len());
    for token in unmentioned(&reply).split_inclusive(char::is_whitespace) {
        match host_of(token) {
            Some(host) if !resources::has_host(&host) => out.extend(token.chars().filter(|c| c.is_whitespace())),
            _ => out.push_str(token),
        }
    }
    let lines: Vec<String> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.join("\n").trim().to_owned()
}

/// `[text](address)` as the text and, if it is on the list, the address.
fn unmasked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let (address, after) = after.split_once(')').unwrap_or((after, ""));
        match before.rfind('[') {
            Some(at) => {
                out.push_str(before.get(..at).unwrap_or_default());
                out.push_str(before.get(at + 1..).unwrap_or_default());
            }
            None => out.push_str(before),
        }
        out.push(' ');
        out.push_str(address);
        rest = after;
    }
    (out + rest).replace("](", " ")
}

/// Nobody is called: `<@1>` and its like are gone, `@everyone` is a word.
fn unmentioned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = rest.clone().next().unwrap_or(' ');
        match c {
            '<' if matches!(next, '@' | '#' | '/' | ':' | 'a' | 't') && rest.clone().take(60).any(|c| c == '>') => {
                while rest.next().is_some_and(|c| c != '>') {}
            }
            '@' | '＠' => {}
            _ => out.push(c),
        }
    }
    out
}

/// The host if it is an address; empty if it is one of another kind.
fn host_of(token: &str) -> Option<String> {
    let token = token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let rest = match token.split_once("://") {
        Some(("http" | "https", rest)) => rest,
        Some(_) => return Some(String::new()),
        None => &token,
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let (name, ending) = host.rsplit_once('.').unwrap_or_default();
    let is_address = rest.len() < token.len() || !name.is_empty() && is_in(ENDINGS, ending);
    is_address.then(|| host.to_owned())
}

fn without_stage(text: &str, mark: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        out.push_str(before);
        rest = after;
        match after.split_once(mark) {
            Some((inside, after)) if is_in(STAGE, &inside.split(' ').next().unwrap_or_default().to_lowercase()) => {
                rest = after
            }
            _ => out.push(mark),
        }
    }
    out + rest
}

/// At most [`MAX_CHARACTERS`], to the end of a sentence if there is one in the last half.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_CHARACTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_CHARACTERS - 1).collect();
    let end = kept.rfind(['.', '!', '?']).filter(|at| *at > kept.len() / 2);
    match end {
        Some(at) => kept.get(..=at).unwrap_or_default().to_owned(),
        None => kept.rsplit_once(char::is_whitespace).map_or(kept.as_str(), |(before, _)| before).to_owned() + "…",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_harms_is_stopped_and_what_does_not_is_sent() {
        let table = include_str!("../../../tests/data/companion/replies.tsv");
        let (mut wrong, mut harmful, mut missed, mut harmless) = (vec![], 0, 0, 0);
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [verdict, kind, reply] = columns[..] else { panic!("{line}") };
            let found = check(reply, kind == "minor").map_or_else(Stop::name, |_| "ok");
            match verdict {
                "ok" => harmless += 1,
                _ => harmful += 1,
            }
            missed += usize::from(verdict == "missed");
            if found != if verdict == "missed" { "ok" } else { verdict } {
                wrong.push(format!("{line}\n    was {found}"));
            }
        }
        println!("harmful {harmful}, missed {missed}; harmless {harmless}; otherwise than written {}", wrong.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(harmful >= 60 && harmless >= 60 && missed * 20 < harmful, "what is missed stays little");
    }

    #[test]
    fn what_is_sent_pings_nobody_and_links_nowhere() {
        let sent = |reply: &str| check(reply, false).unwrap();
        assert_eq!(sent("Ash (AI): @everyone hi <@5> and <@&6>, I hear you. "), "everyone hi and , I hear you.");
        assert_eq!(sent("Look [here](https://evil.example/x) or at evil.com/a, okay?"), "Look here or at okay?");
        let listed = "[Find A Helpline](https://findahelpline.com) has lines everywhere.";
        assert_eq!(sent(listed), "Find A Helpline https://findahelpline.com has lines everywhere.");
        assert_eq!(sent("*hugs you* That is a lot. *Really* a lot."), "That is a lot. *Really* a lot.");
        assert_eq!(sent("www.evil.org javascript://x discord.gg/abc That hurts.Why now?"), "That hurts.Why now?");
    }

    #[test]
    fn a_long_answer_ends_with_a_sentence() {
        let sent = check(&"I hear you. ".repeat(200), false).unwrap();
        assert!(sent.ends_with("you.") && sent.chars().count() <= 1_200 && sent.len() > 1_100);
        assert!(check(&"what you ".repeat(400), false).unwrap().ends_with("you…"));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_safe_to_send(text in "\\PC*", pieces in proptest::collection::vec(
            "\\[a|\\]\\(|\\)|<@1>|<|>|@everyone|@|https://a.b/|www.|\\*|_|hugs |you |\n|\\. ", 0..30,
        )) {
            for text in [text.clone(), pieces.concat(), format!("{} {text}", pieces.concat())] {
                if let Ok(sent) = check(&text, true) {
                    prop_assert!(!sent.contains("@everyone") && !sent.contains("<@") && !sent.contains("]("), "{}", sent);
                    prop_assert!(!sent.contains("https://a.b") && sent.chars().count() <= MAX_CHARACTERS);
                    prop_assert!(sent.trim() == sent && !sent.is_empty());
                }
            }
        }
    }
}
