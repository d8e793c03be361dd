//! The lines that tell how far a command is.

use std::time::Instant;

use crate::Res;

/// Says what is about to be done, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Res<T>) -> Res<T> {
    println!("  .. {what}");
    let started = Instant::now();
    let made = work()?;
    println!("  ok {what} ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(made)
}

/// Something that was there already, or a result.
pub fn done(what: &str) {
    println!("  ok {what}");
}

/// Something that a person should know and that is no failure.
pub fn note(what: &str) {
    println!("  !! {what}");
}
