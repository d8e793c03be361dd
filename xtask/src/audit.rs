//! `cargo xtask audit`: known holes in the dependencies and what has newer versions, as a page for an issue. It changes nothing.

use std::process::{Command, Stdio};

use local_tools::{checkout, tool};

use crate::{Res, process::cargo, setup};

/// A question, the program that answers it, and what its failure means.
struct Question {
    title: &'static str,
    /// What to do about what is found.
    mend: &'static str,
    command: Command,
}

pub fn run() -> Res<()> {
    setup::ensure(setup::AUDIT)?;
    println!("# Audit of the dependencies\n\nEach part says what to do; docs/maintenance.md, Quarterly, says how.");
    for mut question in questions() {
        let output = question
            .command
            .current_dir(checkout())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", question.title))?;
        // The programs of npm answer on the one, those of cargo on the other.
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        println!("\n## {}\n\n{}", question.title, question.mend);
        println!("\nIt ended with {}.\n\n```text\n{}\n```", output.status, shown(&said));
    }
    Ok(())
}

fn questions() -> [Question; 4] {
    let npm = |argument: &str| {
        let mut npm = Command::new("npm");
        npm.arg(argument);
        npm
    };
    let mut deny = Command::new(tool("cargo-deny"));
    deny.args(["--color", "never", "check", "advisories"]);
    let mut update = cargo();
    update.args(["update", "--dry-run", "--verbose", "--color", "never"]);
    [
        Question {
            title: "Known holes, Rust",
            mend: "Update what is named, or say in deny.toml why it does not concern us.",
            command: deny,
        },
        Question {
            title: "Known holes, npm",
            mend: "None of it is in the Worker; the dashboard's bundle has preact, uplot and supabase-js.",
            command: npm("audit"),
        },
        Question {
            title: "Newer versions, Rust",
            mend: "`cargo update` takes what fits; a new major version is a change of its own.",
            command: update,
        },
        Question { title: "Newer versions, npm", mend: "workerd and wrangler go together.", command: npm("outdated") },
    ]
}

/// Without what only says that it is at work, and so that it cannot end its block.
fn shown(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.trim_start().starts_with("Updating ") || line.contains("->"));
    let text = lines.collect::<Vec<_>>().join("\n").replace("```", "'''");
    if text.trim().is_empty() { "nothing".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_shown_stays_in_its_block() {
        assert_eq!(
            shown("    Updating crates.io index\n    Updating a v1.0.0 -> v1.0.1\n```\n"),
            "    Updating a v1.0.0 -> v1.0.1\n'''"
        );
        assert_eq!(shown("\n"), "nothing");
    }
}
