//! docs/configuration.md, from the variables that Worker and relay read and what .env.example says of each.

use std::fmt::Write;

use community_os::config::VARIABLES;

use crate::{cell, generated, text_of};

const INTRODUCTION: &str = "# Configuration

Generated from `src/config.rs`, the relay's `VARIABLES` and `.env.example` by `cargo xtask docs`; a test fails when it is stale.

Locally everything is read from `.env`, and for staging from `.env.staging`; what the environment sets wins. On Cloudflare the Worker's variables are
secrets of the Worker: `cargo xtask secrets` lists the commands. The relay has an environment of its own ([relay.md](relay.md)).
What is empty counts as not set. A value that is missing or wrong never stops the Worker: `/health/detailed` names it, and what needs it says so.
";

/// What neither Worker nor relay reads.
const OTHERS: &[(&str, &str)] = &[
    ("DISCORD_GUILD_ID", "`cargo xtask register`, `doctor`"),
    ("SUPABASE_PUBLISHABLE_KEY", "dashboard's build"),
    ("SUPABASE_DISCORD_SIGN_IN", "dashboard's build"),
    ("SUPABASE_DB_URL", "`cargo xtask migrate`, `report`, `doctor`"),
    ("WORLD_RECORD", "local world"),
];

struct Explained {
    name: String,
    section: String,
    /// Empty if the one before explains it too.
    text: String,
}

/// The variables of .env.example in their order, with the comments above each.
fn explained() -> Vec<Explained> {
    let (mut found, mut section, mut text) = (vec![], String::new(), String::new());
    for line in text_of(".env.example").lines() {
        if let Some(title) = line.strip_prefix("# ---") {
            section = title.trim_matches(['-', ' ']).to_owned();
            text.clear();
        } else if let Some(comment) = line.strip_prefix('#') {
            text += comment;
        } else if let Some((name, _)) = line.split_once('=') {
            let name = name.to_owned();
            found.push(Explained { name, section: section.clone(), text: std::mem::take(&mut text) });
        } else {
            text.clear();
        }
    }
    found
}

#[test]
fn variables_are_documented() {
    let mut page = INTRODUCTION.to_owned();
    let (mut section, mut before) = (String::new(), String::new());
    for variable in explained() {
        if variable.section != section {
            section = variable.section;
            before.clear();
            let _ = writeln!(page, "\n## {section}\n\n| name | who reads it | | what it is |\n|---|---|---|---|");
        }
        let text = if variable.text.is_empty() { before.clone() } else { variable.text };
        assert!(!text.is_empty(), "say above {} in .env.example what it is", variable.name);
        let (readers, kind) = (readers(&variable.name).join(", "), kind(&variable.name, &text));
        let _ = writeln!(page, "| `{}` | {readers} | {kind} | {} |", variable.name, cell(&text));
        before = text;
    }
    generated("docs/configuration.md", &page);
}

fn readers(name: &str) -> Vec<&'static str> {
    let mut readers = vec![];
    readers.extend(VARIABLES.iter().any(|one| one.name == name).then_some("Worker"));
    readers.extend(gateway_relay::config::VARIABLES.iter().any(|(one, _)| *one == name).then_some("relay"));
    readers.extend(OTHERS.iter().find(|(one, _)| *one == name).map(|(_, reader)| *reader));
    readers
}

fn kind(name: &str, text: &str) -> String {
    let of_relay = gateway_relay::config::VARIABLES.iter().find(|(one, _)| *one == name);
    let worker = VARIABLES.iter().find(|one| one.name == name);
    let required =
        worker.is_some_and(|one| one.required) || of_relay.is_some_and(|(_, what)| what.contains("required"));
    let secret = worker.is_some_and(|one| one.secret) || text.contains("A secret.") || text.contains("Secrets.");
    let mut kind = vec![if required { "required" } else { "optional" }];
    kind.extend(secret.then_some("secret"));
    kind.join(", ")
}

#[test]
fn env_example_explains_every_variable_and_no_other() {
    let explained: Vec<String> = explained().into_iter().map(|one| one.name).collect();
    let worker = VARIABLES.iter().map(|one| one.name);
    let relay = gateway_relay::config::VARIABLES.iter().map(|(name, _)| *name);
    for name in worker.chain(relay).chain(OTHERS.iter().map(|(name, _)| *name)) {
        assert!(explained.iter().any(|one| one == name), ".env.example does not explain {name}");
    }
    for name in &explained {
        assert!(!readers(name).is_empty(), ".env.example explains {name}, which nobody reads");
    }
}

#[test]
fn a_secret_is_called_one_everywhere() {
    for variable in explained() {
        if let Some(known) = VARIABLES.iter().find(|one| one.name == variable.name)
            && !variable.text.is_empty()
        {
            let said = variable.text.contains("A secret.") || variable.text.contains("Secrets.");
            assert_eq!(said, known.secret, "{}: .env.example and src/config.rs disagree", variable.name);
        }
    }
}

/// What wrangler refuses to deploy without is what the Worker cannot do without, in every environment.
#[test]
fn wrangler_demands_what_is_required() {
    let text = text_of("wrangler.toml");
    let lists: Vec<Vec<&str>> = text
        .split("[secrets]\nrequired = [")
        .chain(text.split(".secrets]\nrequired = ["))
        .filter_map(|rest| Some(rest.split_once(']')?.0).filter(|list| list.trim_start().starts_with('"')))
        .map(|list| list.split('"').skip(1).step_by(2).collect())
        .collect();
    assert_eq!(lists.len(), 2, "one for production, one for staging");
    for list in lists {
        let mut required: Vec<&str> = VARIABLES.iter().filter(|one| one.required).map(|one| one.name).collect();
        let mut list = list;
        required.sort_unstable();
        list.sort_unstable();
        assert_eq!(list, required);
    }
}
