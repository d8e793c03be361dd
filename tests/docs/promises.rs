//! What the documentation tells people to run, and where it sends them, exists.

use std::fs;

use crate::{below, text_of};

/// README, the examples of configuration, and every page of docs/.
fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<String> =
        ["README.md", ".env.example", "wrangler.toml", "tests/world/README.md"].map(str::to_owned).to_vec();
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(below(&folder)).unwrap().flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => folders.push(path),
                false if path.ends_with(".md") => pages.push(path),
                false => {}
            }
        }
    }
    pages.sort();
    pages.into_iter().map(|page| (page.clone(), text_of(&page))).collect()
}

/// What `cargo xtask help` says of a command, with the lines that belong to it.
pub fn help_of(command: &str) -> Option<String> {
    let source = text_of("xtask/src/main.rs");
    let usage = source.split("cargo xtask COMMAND\n").nth(1)?.split("\";").next()?;
    let mut found = String::new();
    let mut is_it = false;
    for line in usage.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with("  ") && !line.starts_with("   ") {
            is_it = line.split_whitespace().next() == Some(command);
        }
        if is_it {
            found += line;
        }
    }
    (!found.is_empty()).then_some(found)
}

/// `cargo xtask X --y ...` as often as it stands in a text: the command and its flags.
pub fn calls(text: &str) -> Vec<(String, Vec<String>)> {
    let mut calls = vec![];
    for (at, found) in text.match_indices("cargo xtask ") {
        let rest = &text[at + found.len()..];
        let rest = rest.split(['`', '\n', '|', '#', ',', ';', '(', ')', '"']).next().unwrap();
        let mut words = rest.split_whitespace();
        let command = words.next().unwrap_or_default().trim_end_matches(['.', ':', '*']);
        let is_name = |word: &str| !word.is_empty() && word.chars().all(|one| one.is_ascii_lowercase());
        if is_name(command) {
            let flags = words.filter(|word| word.starts_with("--")).map(|flag| flag.trim_end_matches('.').to_owned());
            calls.push((command.to_owned(), flags.collect()));
        }
    }
    calls
}

#[test]
fn every_xtask_command_exists_with_its_flags() {
    let mut count = 0;
    for (page, text) in pages() {
        for (command, flags) in calls(&text).into_iter().filter(|(command, _)| command != "help") {
            let help = help_of(&command).unwrap_or_else(|| panic!("{page}: there is no `cargo xtask {command}`"));
            for flag in flags {
                assert!(help.contains(&flag), "{page}: `cargo xtask {command}` does not know {flag}");
            }
            count += 1;
        }
    }
    assert!(count > 30, "only {count} commands were found");
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for (page, text) in pages() {
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#', ' ']).next().unwrap();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            assert!(below(folder).join(target).exists(), "{page}: {target} is not there");
        }
    }
}

/// `/command sub` in backticks, of a command that there is.
#[test]
fn every_slash_command_exists() {
    let definitions = community_os::features::definitions();
    for (page, text) in pages() {
        for part in text.split('`').skip(1).step_by(2).filter_map(|part| part.strip_prefix('/')) {
            let mut words = part.split_whitespace();
            let name = words.next().unwrap_or_default();
            let Some(command) = definitions.iter().find(|one| one.name == name) else { continue };
            let subs: Vec<&str> = command.options.iter().map(|one| one.name.as_str()).collect();
            let Some(sub) = words.next().filter(|word| word.chars().all(|one| one.is_ascii_lowercase() || one == '-'))
            else {
                continue;
            };
            assert!(subs.contains(&sub), "{page}: `/{part}`: there is only {subs:?}");
        }
    }
}

#[path = "../../src/bin/doctor/permissions.rs"]
mod permissions;

#[test]
fn the_permissions_in_the_guide_are_those_the_doctor_looks_for() {
    let guide = text_of("docs/deployment.md");
    assert!(guide.contains(&format!("permissions={}", permissions::integer())), "{}", permissions::integer());
    for (permission, why) in permissions::NEEDED {
        for (name, _) in permission.iter_names() {
            let row = format!("| {} | {why} |", crate::commands::title(name));
            assert!(guide.contains(&row), "docs/deployment.md lacks the row {row}");
        }
    }
}
