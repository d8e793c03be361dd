//! The lines that tell how far a command is. They go to stderr: stdout is for what a command was asked for.

use std::time::Instant;

use crate::Res;

/// Says what is about to be done, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Res<T>) -> Res<T> {
    eprintln!("  .. {what}");
    let started = Instant::now();
    let made = work()?;
    eprintln!("  ok {what} ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(made)
}

/// Something that was there already, or a result.
pub fn done(what: &str) {
    eprintln!("  ok {what}");
}

/// Something that a person should know and that is no failure.
pub fn note(what: &str) {
    eprintln!("  !! {what}");
}
