//! The stacks that are measured: the whole, the whole without the relay, and the least a Worker can do, on the same workerd.

use std::collections::BTreeSet;

use local_tools::checkout;

use crate::{
    Res, dev,
    stack::{Part, Plan, Ports, Stack, all_parts},
};

const REAL_BASE: u16 = 19_700;
const FLOOR_BASE: u16 = 19_800;
const WHOLE_BASE: u16 = 19_900;

/// The real Worker with the local world behind it, on fresh data.
pub fn real() -> Res<Stack> {
    fresh(REAL_BASE, [Part::World, Part::Worker].into())
}

/// Only the local world, for somebody else's bot.
pub fn discord_alone() -> Res<Stack> {
    fresh(REAL_BASE, [Part::World].into())
}

/// With the relay as well.
pub fn whole() -> Res<Stack> {
    fresh(WHOLE_BASE, all_parts())
}

fn fresh(base: u16, parts: BTreeSet<Part>) -> Res<Stack> {
    let plan = Plan { ports: Ports::new(base)?, parts, fresh: true, local: true, bundle: None };
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
