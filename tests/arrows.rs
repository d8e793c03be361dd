//! Holds the shape of DESIGN section 2: who may import whom, where the runtime appears, what is pure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// From left to right: a module may use what stands to its right, and its own rank only inside its own folder.
const RANKS: &[&[&str]] = &[
    &["lib"],
    &["app"],
    &["routes"],
    &["features"],
    &["batch", "orders"],
    &["ai", "care"],
    &["jobs", "lease", "retry", "reply", "relay_filter", "person", "jwt", "limits"],
    &["settings", "context"],
    &["discord"],
    &["clients"],
    &["config"],
    &["beside", "subtle"],
    &["seal", "metrics"],
    &["error", "lang", "edge", "sort"],
];

/// `routes` answer with an `Outcome`, which the app defines; `context` holds the copies of `settings` and `relay_filter`, which
/// are filled through it.
const ALLOWED: &[(&str, &str)] = &[
    ("routes", "app"),
    ("settings", "context"),
    ("context", "settings"),
    ("context", "relay_filter"),
    ("context", "limits"),
];

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => found.extend(sources(&entry)),
            false if entry.extension().is_some_and(|extension| extension == "rs") => found.push(entry),
            false => {}
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file without its comments and without its tests at the end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first segment of the path below src/: `features/ping/mod.rs` -> `features`, `app.rs` -> `app`.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix(src()).unwrap();
    below.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn rank(module: &str) -> usize {
    RANKS.iter().position(|rank| rank.contains(&module)).unwrap_or_else(|| panic!("give src/{module} a place in RANKS"))
}

/// Every `crate::name` that a file mentions, also inside `use crate::{a, b::c}`.
fn imports(code: &str) -> Vec<String> {
    let mut names = vec![];
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.push(first_word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    if start && depth == 0 && c.is_alphabetic() {
                        names.push(first_word(&group[at..]));
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_point_to_the_right_only() {
    for path in sources(&src()) {
        let from = module_of(&path);
        if from == "lib" || from == "bin" {
            continue;
        }
        for to in imports(&code(&path)).iter().filter(|to| **to != from && to.chars().all(|c| !c.is_uppercase())) {
            if to == "command" || ALLOWED.contains(&(from.as_str(), to.as_str())) {
                continue; // `command!` is a macro at the crate's root.
            }
            assert!(rank(&from) < rank(to), "{}: src/{from} may not import src/{to}", path.display());
        }
    }
}

#[test]
fn features_do_not_import_each_other() {
    let features = src().join("features");
    let names: Vec<String> = fs::read_dir(&features)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    for path in sources(&features) {
        let own = path
            .strip_prefix(&features)
            .unwrap()
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let code = code(&path);
        for other in names.iter().filter(|name| **name != own && own != "mod.rs") {
            assert!(!code.contains(&format!("features::{other}")), "{} imports the feature {other}", path.display());
        }
    }
}

#[test]
fn the_runtime_appears_at_the_edge_alone() {
    for path in sources(&src())
        .iter()
        .filter(|path| !["lib.rs", "beside.rs", "subtle.rs"].iter().any(|name| path.ends_with(name)))
    {
        assert!(!code(path).contains("worker::"), "{} names the runtime", path.display());
    }
    let edge = fs::read_to_string(src().join("lib.rs")).unwrap();
    // The list of modules grows; the edge does not.
    assert!(edge.lines().filter(|line| !line.starts_with("pub mod ")).count() < 85, "the edge makes no decisions");
}

#[test]
fn rules_and_messages_are_pure() {
    for path in sources(&src()).iter().filter(|path| path.ends_with("rules.rs") || path.ends_with("messages.rs")) {
        let code = code(path);
        for impure in ["async ", "await", "Cx", "crate::clients", "random", "edge"] {
            assert!(!code.contains(impure), "{} is not pure: {impure}", path.display());
        }
    }
}

#[test]
fn the_world_shares_no_code_with_what_it_tests() {
    let manifest = fs::read_to_string(src().with_file_name("tests/world/Cargo.toml")).unwrap();
    for forbidden in ["community-os", "relay-wire", "gateway-relay"] {
        assert!(!manifest.contains(forbidden), "tests/world depends on {forbidden}");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in sources(&src()) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} opens without a sentence", path.display());
        assert!(text.lines().count() <= 450, "{} is long: does it still hold one room?", path.display());
    }
}
