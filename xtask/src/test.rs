//! `cargo xtask test [FILTER]`: every test there is, and how many passed as the last line.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use local_tools::{checkout, node, npm_bin};

use crate::{
    Res, dev, out,
    process::{self, cargo},
    settings, setup,
    stack::{self, Plan, Ports, Stack},
    wasm,
};

/// Far from the stack that a person may have running, and from the ports that a kernel gives out.
const PORT_BASE: u16 = 18_700;

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

pub fn run(args: &[String]) -> Res<()> {
    let filter = match args {
        [] => None,
        [filter] => Some(filter.as_str()),
        _ => return Err("cargo xtask test [FILTER]".to_owned()),
    };
    setup::ensure(setup::TEST)?;
    let mut problems = Vec::new();
    let mut keep = |result: Res<()>| problems.extend(result.err());
    if filter.is_none() {
        // The tests through workerd start the whole stack: what it is made of is built here, where a person can see it.
        wasm::build()?;
        out::step("the programs of the local stack (some minutes the first time)", stack::build_programs)?;
        keep(type_check());
        keep(lint_migrations());
    }
    let mut total = Count::default();
    keep(rust_tests(filter, &mut total));
    keep(browser_tests(filter, &mut total));
    if process::interrupted() {
        return Err("stopped".to_owned());
    }
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    // Last and alone on its line: that is where whoever runs this looks.
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 && problems.is_empty() { Ok(()) } else { Err(String::new()) }
}

/// TypeScript of the page and the dashboard.
fn type_check() -> Res<()> {
    let folders = ["tests/world/page", "dashboard", "tests/dashboard"];
    for folder in folders.map(|folder| checkout().join(folder)) {
        if folder.join("tsconfig.json").is_file() {
            let name = process::short(&folder);
            let mut tsc = Command::new(node());
            tsc.arg(npm_bin("tsc")).arg("-p").arg(&folder).current_dir(checkout());
            process::loud(&format!("the type check of {name}"), &mut tsc)?;
            out::done(&format!("types of {name}"));
        }
    }
    Ok(())
}

fn lint_migrations() -> Res<()> {
    let squawk = setup::python::squawk().ok_or("squawk is missing: `cargo xtask setup` installs it")?;
    let files = files_in("migrations", ".sql");
    if files.is_empty() {
        return Ok(());
    }
    let mut lint = Command::new(squawk);
    lint.args(files).current_dir(checkout());
    process::quiet("squawk", &mut lint)?;
    out::done("migrations, by squawk");
    Ok(())
}

fn rust_tests(filter: Option<&str>, total: &mut Count) -> Res<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).args(filter);
    counted("cargo test", &mut command, total)
}

/// Node's tests that drive Chromium against a stack of their own.
fn browser_tests(filter: Option<&str>, total: &mut Count) -> Res<()> {
    let wanted = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        filter.is_none_or(|filter| name.contains(filter))
    };
    let files: Vec<PathBuf> = files_in("tests/dashboard", ".mjs").into_iter().filter(wanted).collect();
    if files.is_empty() {
        return Ok(());
    }
    let chromium = local_tools::chromium().ok_or("Chromium is missing: set CHROMIUM to its program")?;
    let plan =
        Plan { ports: Ports::new(PORT_BASE)?, parts: stack::all_parts(), fresh: true, local: true, bundle: None };
    dev::prepare(&plan)?;
    let stack = Stack::start(&plan)?;
    stack.accounts()?;
    let psql = local_tools::psql().ok_or("psql is missing: the browser tests ask PostgreSQL's catalogue with it")?;
    let addresses = settings::parse(&stack.ports.env_text(&stack.variables))?;
    let mut command = Command::new(node());
    command
        // One after the other: they share the stack, and one of them stops the bot.
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(files)
        .envs(addresses)
        .env("CHROMIUM", chromium)
        .env("PSQL", psql)
        .current_dir(checkout());
    counted("the browser tests", &mut command, total)
}

/// Runs a test runner with its output passed through, and adds up its closing lines.
fn counted(name: &str, command: &mut Command, total: &mut Count) -> Res<()> {
    let mut child = process::start(command.stdout(Stdio::piped()))?;
    let reader = child.stdout.take().map(|stdout| {
        thread::spawn(move || {
            let mut count = Count::default();
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                println!("{line}");
                count.add(&line);
            }
            count
        })
    });
    let status = process::wait(child)?;
    let count = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    total.passed += count.passed;
    total.failed += count.failed;
    if status.success() { Ok(()) } else { Err(format!("{name} failed ({status})")) }
}

impl Count {
    /// `test result: FAILED. 7 passed; 1 failed; ...` of Rust, `ℹ pass 7` and `ℹ fail 1` of Node.
    fn add(&mut self, line: &str) {
        let words: Vec<&str> = line.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        match words.as_slice() {
            ["test", "result:", _, passed, "passed", failed, "failed", ..] => {
                self.passed += number(passed);
                self.failed += number(failed);
            }
            ["ℹ", "pass", passed] => self.passed += number(passed),
            ["ℹ", "fail", failed] => self.failed += number(failed),
            _ => {}
        }
    }
}

fn files_in(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(checkout().join(folder))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path: &PathBuf| Path::is_file(path) && path.to_string_lossy().ends_with(end))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn closing_lines_of_both_runners_are_added_up_and_others_are_not() {
        let mut count = Count::default();
        for line in [
            "running 3 tests",
            "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.26s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.26s",
            "ℹ pass 5",
            "ℹ fail 1",
            "ℹ duration_ms 5",
        ] {
            count.add(line);
        }
        assert_eq!(count, Count { passed: 13, failed: 3 });
    }
}
