//! Runs programs so that Ctrl-C ends them too and a failure shows what they said.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, LazyLock, atomic::AtomicBool, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use local_tools::checkout;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::Res;

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on Ctrl-C and TERM are noticed by [`interrupted`]; a second one ends this process at once.
pub fn watch_signals() -> Res<()> {
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&INTERRUPTED))
            .and_then(|_| flag::register(signal, Arc::clone(&INTERRUPTED)))
            .map_err(|error| format!("signals cannot be watched: {error}"))?;
    }
    Ok(())
}

pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Where everything that runs locally writes what it says.
pub fn log_file(name: &str) -> Res<PathBuf> {
    let dir = checkout().join(".local/logs");
    fs::create_dir_all(&dir).map_err(|error| format!("{} cannot be made: {error}", dir.display()))?;
    Ok(dir.join(format!("{name}.log")))
}

/// Runs `command` with its output in `.local/logs/<name>.log`; shows the end of it if it fails.
pub fn quiet(name: &str, command: &mut Command) -> Res<()> {
    let log = log_file(name)?;
    logged(name, command).inspect_err(|_| eprintln!("{}", tail(&log, 40)))
}

/// The same, but a failure is shown by whoever asked.
pub fn logged(name: &str, command: &mut Command) -> Res<()> {
    let log = log_file(name)?;
    let cannot = |error| format!("{} cannot be written: {error}", log.display());
    let file = File::create(&log).map_err(cannot)?;
    let copy = file.try_clone().map_err(cannot)?;
    let status = wait(start(command.stdout(copy).stderr(file))?)?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed ({status}); all it said is in {}", short(&log))) }
}

/// Runs `command` with its output passed through.
pub fn loud(name: &str, command: &mut Command) -> Res<()> {
    let status = wait(start(command)?)?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed ({status})")) }
}

/// Runs one of our own programs, which says itself what fails.
pub fn pass_on(command: &mut Command) -> Res<()> {
    if wait(start(command)?)?.success() { Ok(()) } else { Err(String::new()) }
}

/// What a short command prints, if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Starts `command` in its own process group, so that all it starts can be ended with it.
pub fn start(command: &mut Command) -> Res<Child> {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{program} cannot be started: {error}"))
}

/// Waits for the end of a child of [`start`]; ends it when this process is to end.
pub fn wait(mut child: Child) -> Res<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if interrupted() => {
                end_group(&mut child);
                return Err("stopped".to_owned());
            }
            Ok(None) => thread::sleep(pause),
            Err(error) => return Err(format!("a program cannot be waited for: {error}")),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn end_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-s", "TERM", "--", &group]).status();
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
    let _ = child.wait();
}

/// The last lines of a log.
pub fn tail(log: &Path, lines: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    let from = all.len().saturating_sub(lines);
    all.get(from..).unwrap_or_default().join("\n")
}

/// A path as seen from the checkout.
pub fn short(path: &Path) -> String {
    path.strip_prefix(checkout()).unwrap_or(path).display().to_string()
}

/// `cargo`, in the checkout.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(checkout());
    command
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout().join("target"), |dir| checkout().join(dir))
}
