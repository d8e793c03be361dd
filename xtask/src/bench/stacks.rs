//! The stacks that are measured: the whole without the relay, and the least a Worker can do, on the same workerd.

use local_tools::checkout;

use crate::{
    Res, dev,
    stack::{Part, Plan, Ports, Stack},
};

const REAL_BASE: u16 = 19_700;
const FLOOR_BASE: u16 = 19_800;

/// The real Worker with the local world behind it, on fresh data.
pub fn real() -> Res<Stack> {
    let plan = Plan {
        ports: Ports::new(REAL_BASE)?,
        parts: [Part::World, Part::Worker].into(),
        fresh: true,
        local: true,
        bundle: None,
    };
    dev::prepare(&plan)?;
    Stack::start(&plan)
}

/// A few lines of JavaScript that read the request and answer.
pub fn floor() -> Res<Stack> {
    Stack::start(&Plan {
        ports: Ports::new(FLOOR_BASE)?,
        parts: [Part::Worker].into(),
        fresh: false,
        local: true,
        bundle: Some(checkout().join("xtask/src/bench/hello")),
    })
}
