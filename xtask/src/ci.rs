//! `cargo xtask ci`: all that a change must pass, the quick checks first. `.ci/run` and GitHub run exactly this.

use std::{
    fs,
    process::{Command, Stdio},
};

use local_tools::{checkout, tool};
use serde_json::Value;

use crate::{
    Res, fuzz, out,
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
    npm_audit()?;
    lint_dockerfiles()?;
    wasm::build()?;
    wasm::check_size()?;
    fuzz::gate()?;
    test::run(&[])
}

/// cargo fmt does not see modules that a macro declares: the features are named to rustfmt one by one.
fn format_check() -> Res<()> {
    process::loud("cargo fmt", cargo().args(["fmt", "--all", "--check"]))?;
    process::loud("cargo fmt", cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))?;
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

/// What npm installs makes the dashboard and the tests: everything is asked about. A registry that does not say is no failure.
fn npm_audit() -> Res<()> {
    let mut npm = Command::new("npm");
    // All that is asked is asked at once, and within this time.
    npm.args(["audit", "--json", "--package-lock-only", "--fetch-timeout=5000", "--fetch-retries=0"]);
    let output = npm.current_dir(checkout()).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("npm cannot be started: {error}"))?;
    match holes(&output.stdout) {
        None => out::note("npm's registry does not say which packages have known holes: not checked"),
        Some(holes) if holes.is_empty() => out::done("npm: no known hole that is grave"),
        Some(holes) => {
            return Err(format!("known holes: {}. `npm audit` says more; update what is named.", holes.join(", ")));
        }
    }
    Ok(())
}

/// The packages with a grave hole in what `npm audit --json` printed; None: it is no audit, but why there is none.
fn holes(printed: &[u8]) -> Option<Vec<String>> {
    let audit: Value = serde_json::from_slice(printed).ok()?;
    audit.pointer("/metadata/vulnerabilities/total")?;
    let is_grave = |hole: &&Value| matches!(hole["severity"].as_str(), Some("high" | "critical"));
    let named = |hole: &Value| Some(format!("{} ({})", hole["name"].as_str()?, hole["severity"].as_str()?));
    Some(audit.get("vulnerabilities")?.as_object()?.values().filter(is_grave).filter_map(named).collect())
}

fn lint_dockerfiles() -> Res<()> {
    let hadolint = setup::python::hadolint().ok_or("hadolint is missing, though it was just installed")?;
    let mut lint = Command::new(hadolint);
    lint.args(["gateway-relay/Dockerfile", "xtask/Dockerfile"]).current_dir(checkout());
    process::loud("hadolint", &mut lint)?;
    out::done("Dockerfiles, by hadolint");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::holes;

    #[test]
    fn a_grave_hole_fails_a_small_one_does_not_and_no_answer_is_no_audit() {
        let audit = |severity: &str| {
            let hole = json!({"name": "preact", "severity": severity, "via": [], "nodes": ["node_modules/preact"]});
            let counted = json!({"vulnerabilities": {"total": 1}, "dependencies": {"total": 137}});
            json!({"auditReportVersion": 2, "vulnerabilities": {"preact": hole}, "metadata": counted}).to_string()
        };
        for severity in ["high", "critical"] {
            assert_eq!(holes(audit(severity).as_bytes()), Some(vec![format!("preact ({severity})")]));
        }
        assert_eq!(holes(audit("moderate").as_bytes()), Some(vec![]));
        let none = br#"{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"vulnerabilities":{"total":0}}}"#;
        assert_eq!(holes(none), Some(vec![]));
        // As npm 11 says it of a mirror that only answers GET.
        let refused = br#"{"message":"405 Method Not Allowed - POST https://registry.npmjs.org/-/npm/v1/security/advisories/bulk",
            "method":"POST","statusCode":405,"body":"","error":{"summary":"","detail":""}}"#;
        assert_eq!((holes(refused), holes(b"")), (None, None));
    }
}
