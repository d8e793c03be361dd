//! `cargo xtask fuzz`: looks for inputs that break a parser; libFuzzer over the compiler's own coverage counters, on stable Rust.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use local_tools::checkout;

use crate::{
    Res, out,
    process::{self, cargo},
    setup,
};

const SECONDS: u32 = 600;
/// In the gate each target reads its corpus and looks around for so long, always in the same way.
const GATE_SECONDS: u32 = 2;
/// What cargo-fuzz sets, without a sanitizer: those need a nightly compiler, and there is no unsafe code to watch here.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// Bytes of an input, seconds for one, and megabytes for all of it: more is a finding.
const LIMITS: [&str; 3] = ["-max_len=8192", "-timeout=10", "-rss_limit_mb=2048"];

pub fn run(args: &[String]) -> Res<()> {
    let usage = || "cargo xtask fuzz [TARGET] [--seconds N]".to_owned();
    let (name, seconds) = match args {
        [] => (None, SECONDS),
        [name] if !name.starts_with('-') => (Some(name), SECONDS),
        [flag, seconds] if flag == "--seconds" => (None, seconds.parse().map_err(|_| usage())?),
        [name, flag, seconds] if flag == "--seconds" => (Some(name), seconds.parse().map_err(|_| usage())?),
        _ => return Err(usage()),
    };
    let all = targets()?;
    let wanted: Vec<String> = all.iter().filter(|target| name.is_none_or(|name| name == *target)).cloned().collect();
    if wanted.is_empty() {
        return Err(format!("there is no such target; there are {}", all.join(", ")));
    }
    setup::ensure(setup::FUZZ)?;
    let programs = out::step("fuzz targets (some minutes the first time)", build)?;
    for target in &wanted {
        // What was found stays for the next time.
        let found = checkout().join(".local/fuzz").join(target);
        let time = format!("-max_total_time={seconds}");
        out::done(&fuzz(&programs, target, &found, &[&time])?);
    }
    Ok(())
}

/// Each target for a moment.
pub fn gate() -> Res<()> {
    let programs = out::step("fuzz targets (some minutes the first time)", build)?;
    let targets = targets()?;
    out::step(&format!("{} parsers, fuzzed for {GATE_SECONDS} seconds each", targets.len()), || {
        for target in &targets {
            let found = programs.join("gate").join(target);
            let _ = fs::remove_dir_all(&found);
            let time = format!("-max_total_time={GATE_SECONDS}");
            fuzz(&programs, target, &found, &["-seed=1", &time])?;
        }
        Ok(())
    })
}

/// The files of fuzz/fuzz_targets/.
fn targets() -> Res<Vec<String>> {
    let folder = checkout().join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let stem = |file: &Path| Some(file.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = files.flatten().filter_map(|file| stem(&file.path())).collect();
    names.sort();
    Ok(names)
}

/// Builds every target; the folder with their programs.
fn build() -> Res<PathBuf> {
    let about = process::output(Command::new("rustc").arg("-vV")).unwrap_or_default();
    let host =
        about.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say what it runs on")?;
    let folder = process::target_dir().join("fuzz");
    let mut command = cargo();
    command
        .args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml"])
        // Named, so that build scripts and macros are built without the counters.
        .args(["--target", host])
        .env("CARGO_TARGET_DIR", &folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", FLAGS);
    process::quiet("fuzz-build", &mut command)?;
    Ok(folder.join(host).join("release"))
}

/// Runs a target over its corpus and what it finds from there; says how far it came, or how to see again what broke.
fn fuzz(programs: &Path, target: &str, found: &Path, options: &[&str]) -> Res<String> {
    let crashes = checkout().join(".local/fuzz/crashes");
    for folder in [found, &crashes] {
        fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    }
    let (program, inputs) = (programs.join(target), checkout().join("fuzz"));
    let dictionary = inputs.join("dict").join(format!("{target}.dict"));
    let mut command = Command::new(&program);
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    command
        .args(LIMITS)
        .args(options)
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/{target}-", crashes.display()))
        .args([found, &inputs.join("corpus").join(target)])
        .current_dir(checkout());
    let name = format!("fuzz-{target}");
    process::quiet(&name, &mut command).map_err(|problem| {
        format!(
            "{problem}\nthe input is in {}; to see it again: {} FILE (docs/maintenance.md says what then)",
            process::short(&crashes),
            program.display()
        )
    })?;
    let log = fs::read_to_string(process::log_file(&name)?).unwrap_or_default();
    Ok(format!("{target}: {}", summary(&log)))
}

/// Of libFuzzer's log: `#1234 DONE cov: 56 ft: 78 ...` and `stat::number_of_executed_units: 1234`.
fn summary(log: &str) -> String {
    let after = |mark: &str| {
        let (_, rest) = log.rsplit_once(mark)?;
        rest.split_whitespace().next()
    };
    let inputs = after("stat::number_of_executed_units:").unwrap_or("?");
    let (edges, features) = (after("cov:").unwrap_or("?"), after("ft:").unwrap_or("?"));
    format!("{inputs} inputs, {edges} edges, {features} features, nothing found")
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn the_summary_is_that_of_the_end() {
        let log = "#2\tINITED cov: 5 ft: 6 corp: 1/1b\n#9\tDONE   cov: 56 ft: 78 corp: 3/9b lim: 4\n\
                   stat::number_of_executed_units: 9\nstat::average_exec_per_sec:     3\n";
        assert_eq!(summary(log), "9 inputs, 56 edges, 78 features, nothing found");
    }
}
