//! `cargo xtask ci`: all that a change must pass, the quick checks first. `.ci/run` and GitHub run exactly this.

use std::{fs, process::Command};

use local_tools::{checkout, tool};

use crate::{
    Res, out,
    process::{self, cargo},
    setup, test, wasm,
};

pub fn run() -> Res<()> {
    out::step("format", format_check)?;
    setup::ensure(setup::TEST)?;
    setup::ensure(setup::CI)?;
    out::step("lints, natively", || {
        let lint = ["clippy", "--workspace", "--all-targets", "--features", "xtask/migrate"];
        clippy(cargo().args(lint))
    })?;
    out::step("lints, as wasm", || {
        let lint = ["clippy", "--package", "community-os", "--lib", "--target", "wasm32-unknown-unknown"];
        clippy(cargo().args(lint))
    })?;
    deny()?;
    lint_dockerfiles()?;
    wasm::build()?;
    wasm::check_size()?;
    test::run(&[])
}

/// cargo fmt does not see modules that a macro declares: the features are named to rustfmt one by one.
fn format_check() -> Res<()> {
    process::loud("cargo fmt", cargo().args(["fmt", "--all", "--check"]))?;
    let folders = fs::read_dir(checkout().join("src/features")).map_err(|error| format!("src/features: {error}"))?;
    let features = folders.flatten().map(|entry| entry.path().join("mod.rs")).filter(|file| file.is_file());
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--check"]).args(features).current_dir(checkout());
    process::loud("rustfmt (to mend it: rustfmt --edition 2024 src/features/*/mod.rs)", &mut rustfmt)
}

fn clippy(command: &mut Command) -> Res<()> {
    process::loud("clippy", command.args(["--quiet", "--", "-D", "warnings"]))
}

/// Known holes need a database from the network; all else is checked without it.
fn deny() -> Res<()> {
    let mut checks = vec!["bans", "licenses", "sources"];
    let log = process::log_file("cargo-deny")?;
    let mut advisories = Command::new(tool("cargo-deny"));
    advisories.args(["check", "advisories"]).current_dir(checkout());
    let outcome = process::logged("cargo-deny", &mut advisories);
    let said = fs::read_to_string(&log).unwrap_or_default();
    match outcome {
        Ok(()) => out::done("advisories: no known hole in a dependency"),
        Err(_) if said.contains("failed to fetch advisory database") => {
            out::note("the advisory database cannot be had here: only bans, licences and sources are checked");
        }
        // It says which, once more with the rest.
        Err(_) => checks.insert(0, "advisories"),
    }
    out::step("dependencies: licences, bans, sources", || {
        let mut command = Command::new(tool("cargo-deny"));
        command
            // Duplicates are only warned of, at length.
            .args(["--log-level", "error", "check"])
            .args(&checks)
            .current_dir(checkout());
        process::loud("cargo deny", &mut command)
    })
}

fn lint_dockerfiles() -> Res<()> {
    let hadolint = setup::python::hadolint().ok_or("hadolint is missing, though it was just installed")?;
    let mut lint = Command::new(hadolint);
    lint.args(["gateway-relay/Dockerfile", "xtask/Dockerfile"]).current_dir(checkout());
    process::loud("hadolint", &mut lint)?;
    out::done("Dockerfiles, by hadolint");
    Ok(())
}
