//! The workflows: what they run exists, what they use is pinned, what they need is explained.

use std::fs;

use crate::{below, promises, text_of};

fn workflows() -> Vec<(String, String)> {
    let folder = fs::read_dir(below(".github/workflows")).unwrap().flatten();
    let mut all: Vec<(String, String)> = folder
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .map(|name| (name.clone(), text_of(&format!(".github/workflows/{name}"))))
        .collect();
    all.sort();
    all
}

#[test]
fn actions_are_pinned_by_commit() {
    for (name, text) in workflows() {
        for line in text.lines().filter(|line| line.trim_start_matches(['-', ' ']).starts_with("uses:")) {
            let pin = line.split('@').nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
            let is_commit = pin.len() == 40 && pin.chars().all(|one| one.is_ascii_hexdigit());
            assert!(is_commit, "{name}: {} is not pinned by commit", line.trim());
        }
    }
}

#[test]
fn what_they_run_exists() {
    for (name, text) in workflows() {
        for (command, flags) in promises::calls(&text) {
            let help = promises::help_of(&command).unwrap_or_else(|| panic!("{name}: no `cargo xtask {command}`"));
            flags.iter().for_each(|flag| assert!(help.contains(flag), "{name}: {command} {flag}"));
        }
        for file in
            text.split_whitespace().filter(|word| word.starts_with(".ci/") || word.starts_with("gateway-relay/"))
        {
            assert!(below(file.trim_matches(['\'', '"', ','])).exists(), "{name}: {file} is not there");
        }
    }
}

#[test]
fn they_have_few_rights_and_run_no_strangers_text() {
    for (name, text) in workflows() {
        assert!(text.contains("\npermissions:\n"), "{name}: say at the top what it may do");
        assert!(text.contains("timeout-minutes:"), "{name}: a job may not run for ever");
        assert!(!text.contains("pull_request_target"), "{name}: strangers' code would run with secrets");
        assert!(!text.contains("github.event.head_commit.message"), "{name}: a commit's message is a stranger's text");
        // A value that is pasted into a script is code; as a variable it is a value.
        let mut in_run = None;
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            if line.trim_start_matches(['-', ' ']).starts_with("run:") {
                in_run = Some(indent);
            } else if in_run.is_some_and(|from| indent <= from && !line.trim().is_empty()) {
                in_run = None;
            }
            assert!(!(in_run.is_some() && line.contains("${{")), "{name}: pass it through env: {}", line.trim());
        }
    }
}

#[test]
fn a_deployment_from_github_gives_what_one_by_hand_reads_from_dot_env() {
    let workflow = text_of(".github/workflows/deploy.yml");
    for (step, reader) in [("Deploy", "dashboard's build"), ("Register", "`cargo xtask register`")] {
        let step = workflow.split(&format!("- name: {step}\n")).nth(1).unwrap().split("- name:").next().unwrap();
        let page = text_of("docs/configuration.md");
        let rows = page.lines().filter(|line| line.split(" | ").nth(1).is_some_and(|readers| readers.contains(reader)));
        let names: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        assert!(!names.is_empty(), "nothing in docs/configuration.md is read by {reader}");
        for name in names {
            assert!(step.contains(&format!("          {name}: ${{{{ ")), "deploy.yml does not give {name} to {reader}");
        }
    }
}

#[test]
fn secrets_are_explained_in_the_guide() {
    let guide = text_of("docs/deployment.md");
    for (name, text) in workflows() {
        for rest in text.split("secrets.").skip(1).chain(text.split("vars.").skip(1)) {
            let secret: String = rest.chars().take_while(|one| one.is_ascii_alphanumeric() || *one == '_').collect();
            assert!(guide.contains(&format!("`{secret}`")), "{name}: docs/deployment.md does not explain {secret}");
        }
    }
}
