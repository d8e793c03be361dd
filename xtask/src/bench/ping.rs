//! Signed `/ping` on a warm isolate, in turns with the floor, so that a slow minute of the machine hits both.

use crate::Res;

use super::{
    interactions, load,
    report::{Budget, Limit, Row, median},
    stacks,
};

const ROUNDS: usize = 3;
const WARM_UP: usize = 1_000;
const ONE: usize = 2_000;
const EIGHT: usize = 8_000;
const MEMBERS: u64 = 10_000;

#[derive(Default)]
struct Rounds {
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    per_second: Vec<f64>,
}

impl Rounds {
    fn add(&mut self, port: u16, requests: &[Vec<u8>], expected: &str) -> Res<()> {
        let one = load::run(port, requests.get(..ONE).unwrap_or_default(), 1, expected)?;
        let eight = load::run(port, requests.get(ONE..).unwrap_or_default(), 8, expected)?;
        self.p50_ms.push(one.p50_ms);
        self.p99_ms.push(one.p99_ms);
        self.per_second.push(eight.per_second);
        Ok(())
    }

    fn values(self) -> Vec<(&'static str, f64)> {
        vec![("p50_ms", median(self.p50_ms)), ("p99_ms", median(self.p99_ms)), ("per_second", median(self.per_second))]
    }
}

pub fn run() -> Res<Vec<Row>> {
    let (real, floor) = (stacks::real()?, stacks::floor()?);
    let (real_port, floor_port) = (real.ports.worker(), floor.ports.worker());
    let requests = |count| interactions::signed(&real.variables, real_port, "ping", count, MEMBERS);
    let warm_up = requests(WARM_UP)?;
    load::run(real_port, &warm_up, 8, "Pong")?;
    load::run(floor_port, &warm_up, 8, "\"type\":1")?;
    let (mut pings, mut hellos) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let requests = requests(ONE + EIGHT)?;
        hellos.add(floor_port, &requests, "\"type\":1")?;
        pings.add(real_port, &requests, "Pong")?;
    }
    let what = |who: &str| format!("{who}, 1 connection; rate with 8");
    let (hello, mut ping) = (hellos.values(), pings.values());
    let p50 = |values: &[(&str, f64)]| values.first().map_or(f64::NAN, |(_, value)| *value);
    ping.push(("p50_to_floor", p50(&ping) / p50(&hello)));
    Ok(vec![
        Row { bench: "ping", what: what("floor: JavaScript, no signature"), values: hello, budgets: Vec::new() },
        Row {
            bench: "ping",
            what: what("signed /ping"),
            values: ping,
            budgets: vec![
                Budget { of: "p50_ms", limit: Limit::Below(0.4) },
                Budget { of: "per_second", limit: Limit::Above(4_000.0) },
            ],
        },
    ])
}
