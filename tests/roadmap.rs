//! Holds the documents to the code: what docs/roadmap.md names exists, and links in README.md and docs/ lead somewhere.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The list that the project began with.
const NUMBERS: usize = 88;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A line of the roadmap.
struct Row {
    number: Option<usize>,
    capability: String,
    state: String,
    code: Vec<String>,
    tests: Vec<String>,
    missing: String,
}

fn rows() -> Vec<Row> {
    let page = read("docs/roadmap.md");
    let lines = page.lines().filter(|line| line.starts_with("| "));
    let rows = lines.filter(|line| !line.starts_with("| # |")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, capability, state, code, tests, missing] = cells[..] else { panic!("six columns: {line}") };
        Row {
            number: number.parse().ok(),
            capability: capability.to_owned(),
            state: state.to_owned(),
            code: ticked(code),
            tests: ticked(tests),
            missing: missing.to_owned(),
        }
    });
    rows.collect()
}

/// What stands between backticks.
fn ticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_capability_has_a_state_and_what_that_asks_for() {
    for row in rows() {
        let Row { capability, state, code, tests, missing, .. } = row;
        match state.as_str() {
            "there" | "partly" => assert!(!code.is_empty() && !tests.is_empty(), "{capability}: code and test?"),
            "not yet" => {}
            _ => panic!("{capability}: there, partly or not yet, not {state:?}"),
        }
        assert_eq!(state == "there", missing.is_empty(), "{capability}: what is missing is said unless it is there");
    }
}

#[test]
fn nothing_of_the_first_list_fell_through() {
    let numbers: Vec<usize> = rows().iter().filter_map(|row| row.number).collect();
    let known: BTreeSet<usize> = numbers.iter().copied().collect();
    assert_eq!(numbers.len(), known.len(), "a number stands twice");
    assert_eq!(known, (1..=NUMBERS).collect());
}

#[test]
fn every_path_and_test_of_the_roadmap_exists() {
    let mut wrong = vec![];
    for row in rows() {
        for named in row.code.iter().chain(&row.tests) {
            let (path, test) = named.split_once("::").map_or((named.as_str(), None), |(path, test)| (path, Some(test)));
            if !root().join(path).exists() {
                wrong.push(format!("{}: there is no {path}", row.capability));
            } else if test.is_some_and(|test| !has_test(&read(path), path, test)) {
                wrong.push(format!("{}: no test of that name: {named}", row.capability));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    for named in ticked(&read("docs/security.md")) {
        let Some((path, test)) = named.split_once("::") else { continue };
        assert!(root().join(path).exists() && has_test(&read(path), path, test), "there is no {named}");
    }
}

/// In Rust a function below `#[test]`, or in `proptest!`, where the attribute stands as well; elsewhere node's `test('...'`.
fn has_test(text: &str, path: &str, test: &str) -> bool {
    if !path.ends_with(".rs") {
        return text.contains(&format!("test('{test}'"));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let of_test = |line: &str| line.split_once(&format!("fn {test}(")).is_some_and(|(before, _)| before.len() <= 6);
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        of_test(line) && above.into_iter().any(|line| line.ends_with("test]") || line.starts_with("#[tokio::test("))
    })
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = markdown(&root().join("docs"));
    pages.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let (mut wrong, mut seen) = (vec![], 0);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            seen += 1;
            if let Some(why) = leads_nowhere(&page, &text, &link) {
                wrong.push(format!("{}: {link}: {why}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "{seen} links: are they still found?");
}

fn markdown(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => markdown(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// The targets of `[text](target)`, without those in code.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let prose: String = prose.split('`').step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

fn leads_nowhere(page: &Path, text: &str, link: &str) -> Option<&'static str> {
    if link.starts_with("https://") || link.starts_with("http://") {
        return None;
    }
    let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
    let target = page.parent().unwrap().join(path);
    if !target.exists() {
        return Some("there is no such file");
    }
    let heading = heading?;
    let headings = if path.is_empty() { anchors(text) } else { anchors(&fs::read_to_string(target).unwrap()) };
    (!headings.iter().any(|one| one == heading)).then_some("there is no such heading")
}

/// Headings as GitHub makes anchors of them.
fn anchors(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let headings =
        prose.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}
