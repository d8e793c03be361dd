//! The documentation: what is generated from the code is up to date, and what it tells people to run exists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod commands;
mod configuration;
mod promises;
mod workflows;

use std::{
    fs,
    path::{Path, PathBuf},
};

fn below(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text_of(path: &str) -> String {
    fs::read_to_string(below(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Holds a generated file to what the code says now; `cargo xtask docs` sets UPDATE_DOCS and has it written.
fn generated(path: &str, wanted: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(below(path), wanted).unwrap();
    }
    let found = fs::read_to_string(below(path)).unwrap_or_default();
    let line = found.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
    let line = line.unwrap_or(found.lines().count().min(wanted.lines().count())) + 1;
    assert!(found == wanted, "{path} is stale from line {line} on: `cargo xtask docs` writes it anew, commit that");
}

/// What may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").trim().to_owned()
}
