//! Every text that is there in two languages says the same in both, as far as a test can see: the same things are filled in, the same
//! commands are named, nothing is empty, and what is short in one is not too long for Discord in the other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Discord's limit for an embed's description; nothing we say in one piece may be longer.
const LONGEST: usize = 4_096;
/// The least that Discord takes of a label: a form's field. Source: Discord's limits of components.
const LABEL: usize = 45;

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => sources(&entry, found),
            false if entry.extension().is_some_and(|extension| extension == "rs") => found.push(entry),
            false => {}
        }
    }
}

/// One arm of a `match`: its pattern without the language, and the texts in what follows it.
#[derive(Debug)]
struct Arm {
    is_german: bool,
    /// Where the `match` it belongs to begins.
    of: usize,
    rest: String,
    texts: Vec<String>,
}

/// The texts of a piece of code: what stands between quotation marks, as it is at run time.
fn texts(code: &str) -> Vec<String> {
    let mut found = vec![];
    let mut characters = code.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '"' {
            continue;
        }
        let mut text = String::new();
        while let Some(c) = characters.next() {
            match c {
                '"' => break,
                '\\' => match characters.next() {
                    Some('n') => text.push('\n'),
                    // The line goes on in the next one, without what it is indented by.
                    Some('\n') => while characters.next_if(|c| c.is_whitespace()).is_some() {},
                    Some(other) => text.push(other),
                    None => {}
                },
                _ => text.push(c),
            }
        }
        found.push(text);
    }
    found
}

/// The arms that name exactly one language, wherever they stand, in their order.
fn arms(code: &str) -> Vec<Arm> {
    let mut found = vec![];
    for (at, _) in code.match_indices("Lang::") {
        let line_start = code[..at].rfind('\n').map_or(0, |at| at + 1);
        let Some(arrow) = code[at..].find("=>").map(|arrow| at + arrow) else { continue };
        let pattern = &code[line_start..arrow];
        let names = |lang: &str| pattern.matches(&format!("Lang::{lang}")).count();
        if pattern.contains(['{', ';']) && !pattern.contains("{ ..")
            || names("En") + names("De") != 1
            || pattern.contains("let ")
        {
            continue;
        }
        let after = &code[arrow + 2..];
        let end = end_of_arm(after);
        let rest = pattern.replace("Lang::En", "").replace("Lang::De", "");
        found.push(Arm {
            is_german: names("De") == 1,
            of: enclosing(&code[..line_start]),
            rest: rest.split_whitespace().collect::<Vec<_>>().join(" "),
            texts: texts(&after[..end]),
        });
    }
    found
}

/// The brace that is open at the end of this code. Braces in texts come in pairs.
fn enclosing(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices().rev() {
        match c {
            '}' => depth += 1,
            '{' if depth == 0 => return at,
            '{' => depth -= 1,
            _ => {}
        }
    }
    0
}

/// Up to the comma, or the brace, that closes it.
fn end_of_arm(code: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_i32, false, false);
    for (at, c) in code.char_indices() {
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => in_text = true,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' if depth == 0 => return at,
            '}' if depth == 1 && code.trim_start().starts_with('{') => return at + 1,
            '}' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len()
}

/// What a text must share with its translation: what is filled in, times, mentions, commands, placeholders of settings.
fn fixed(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (open, close) in [('{', '}'), ('`', '`')] {
        let mut parts = text.split(open);
        parts.next();
        if open == close {
            found.extend(text.split('`').skip(1).step_by(2).map(str::to_owned));
        } else {
            found.extend(parts.filter_map(|part| part.split_once(close)).map(|(inside, _)| inside.to_owned()));
        }
    }
    found.extend(
        ["<t:", "<@", "<#", "<@&", "\n", "-# "].into_iter().filter(|one| text.contains(one)).map(str::to_owned),
    );
    found
}

#[test]
fn what_is_said_in_german_fills_in_and_names_the_same_as_in_english() {
    let mut files = vec![];
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut pairs = 0;
    for file in &files {
        let code = fs::read_to_string(file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        let arms = arms(code);
        for german in arms.iter().filter(|arm| arm.is_german) {
            let name = file.display();
            assert!(german.texts.iter().all(|text| text.chars().count() <= LONGEST), "{name}: {german:?}");
            // An arm of code, not of text.
            if german.texts.iter().all(|text| text.chars().count() < 3) {
                continue;
            }
            // A German arm may also stand beside `_`, or before code.
            let english = arms.iter().find(|arm| !arm.is_german && arm.of == german.of && arm.rest == german.rest);
            let Some(english) = english.filter(|english| !english.texts.is_empty()) else { continue };
            pairs += 1;
            assert_eq!(german.texts.len(), english.texts.len(), "{name}: {german:#?} {english:#?}");
            for (german, english) in german.texts.iter().zip(&english.texts) {
                assert_eq!(german.trim().is_empty(), english.trim().is_empty(), "{name}: {german:?} for {english:?}");
                assert_eq!(fixed(german), fixed(english), "{name}: {german:?} for {english:?}");
                // What is short and no sentence is the label of a button, a field or a menu.
                let is_label = english.chars().count() <= 30 && !english.contains(['.', ':', '{', '?']);
                assert!(!is_label || german.chars().count() <= LABEL, "{name}: {german:?} is long");
            }
        }
    }
    assert!(pairs > 150, "only {pairs} texts were found in both languages");
}
