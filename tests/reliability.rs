//! docs/reliability.md has a row for each dependency and each way to fail, and each row names tests that exist.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{collections::BTreeSet, fs, path::Path};

const DEPENDENCIES: [&str; 9] =
    ["Supabase", "Upstash", "Ash-NLP", "Gemini", "Claude", "Discord REST", "gateway", "relay", "Worker"];
const FOLDERS: [(&str, &str); 4] =
    [("bot/", "tests/bot/"), ("relay/", "tests/relay/"), ("e2e/", "tests/e2e/"), ("gateway/", "gateway-relay/tests/")];

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md")).unwrap()
}

/// The cells of the table's rows.
fn rows(page: &str) -> Vec<Vec<String>> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what |"));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Everything that is named like a test: `folder/file::function`.
fn named(text: &str) -> Vec<(String, String)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|one| one.split_once("::")).map(|(file, test)| (file.to_owned(), test.to_owned())).collect()
}

/// The names of a file's tests.
fn tests_of(file: &str) -> BTreeSet<String> {
    let (short, folder) =
        FOLDERS.into_iter().find(|(short, _)| file.starts_with(short)).unwrap_or_else(|| panic!("where is {file}?"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{folder}{}.rs", &file[short.len()..]));
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_test = |at: usize| {
        // Between `#[test]` and the function there may be other attributes and comments.
        let before = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        before.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    };
    let name = |line: &str| {
        let rest = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))?;
        Some(rest.split('(').next()?.to_owned())
    };
    lines.iter().enumerate().filter_map(|(at, line)| name(line).filter(|_| is_test(at))).collect()
}

#[test]
fn each_dependency_has_a_row_for_each_way_to_fail() {
    let rows = rows(&page());
    let told: Vec<(String, String)> = rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let wanted: Vec<(String, String)> = DEPENDENCIES
        .iter()
        .flat_map(|dependency| ["down", "slow", "wrong"].map(|how| ((*dependency).to_owned(), how.to_owned())))
        .collect();
    assert_eq!(told, wanted);
    for row in rows {
        assert_eq!(row.len(), 6, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        assert!(!named(&row[5]).is_empty(), "{} {} names no test", row[0], row[1]);
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let mut missing = vec![];
    for (file, test) in named(&page()) {
        if !tests_of(&file).contains(&test) {
            missing.push(format!("{file}::{test}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_helper_is_no_test() {
    let tests = tests_of("bot/crisis/breaks");
    assert!(tests.contains("without_upstash_there_is_one_alert") && !tests.contains("in_danger"), "{tests:?}");
}
