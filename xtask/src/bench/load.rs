//! Sends prepared requests over kept-alive connections and times each answer. Bounded in count and time, and only to this machine.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::report::percentile;
use crate::{Res, http::Connection};

/// Long enough to tell by how much a budget is missed.
const AT_MOST: Duration = Duration::from_secs(60);

pub struct Measured {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub per_second: f64,
}

/// Sends every request once, spread over so many connections. An answer without `expected` in its body is an error:
/// a fast refusal must not pass for a fast answer.
pub fn run(port: u16, requests: &[Vec<u8>], connections: usize, expected: &str) -> Res<Measured> {
    let share = requests.len().div_ceil(connections).max(1);
    let started = Instant::now();
    let answers = thread::scope(|scope| {
        let senders: Vec<_> =
            requests.chunks(share).map(|own| scope.spawn(move || send_all(port, own, expected, started))).collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap_or_else(|_| Err("a sender broke".to_owned())))
            .collect::<Res<Vec<_>>>()
    })?;
    let elapsed = started.elapsed();
    let times: Vec<f64> = answers.into_iter().flatten().map(|time| time.as_secs_f64() * 1_000.0).collect();
    Ok(Measured {
        p50_ms: percentile(&times, 0.5),
        p99_ms: percentile(&times, 0.99),
        per_second: times.len() as f64 / elapsed.as_secs_f64(),
    })
}

fn send_all(port: u16, requests: &[Vec<u8>], expected: &str, started: Instant) -> Res<Vec<Duration>> {
    let mut connection = Connection::open(port, Duration::from_secs(10))?;
    let mut times = Vec::with_capacity(requests.len());
    for request in requests {
        if started.elapsed() > AT_MOST {
            return Err(format!("{} answers took more than {} s", times.len(), AT_MOST.as_secs()));
        }
        let sent = Instant::now();
        let answer = connection.send(request)?;
        times.push(sent.elapsed());
        let body = String::from_utf8_lossy(&answer.body);
        if answer.status != 200 || !body.contains(expected) {
            return Err(format!("an unexpected answer ({}): {body}", answer.status));
        }
    }
    Ok(times)
}
