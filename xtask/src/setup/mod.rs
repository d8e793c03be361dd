//! `cargo xtask setup`: makes what is missing, one line per step; what is there costs next to nothing.

pub mod bundles;
mod npm;
pub mod python;
mod servers;
mod tools;

use std::time::Instant;

use crate::{Res, out, process};

/// One thing that the other commands need.
pub struct Need {
    what: &'static str,
    /// What to expect of the wait.
    takes: &'static str,
    is_there: fn() -> bool,
    make: fn() -> Res<()>,
}

const WASM_TARGET: Need = Need {
    what: "Rust's wasm32 target",
    takes: "seconds",
    is_there: tools::has_wasm_target,
    make: tools::add_wasm_target,
};
const WORKER_BUILD: Need = Need {
    what: "worker-build",
    takes: "about 2 minutes, once",
    is_there: || tools::has(&tools::WORKER_BUILD),
    make: || tools::install(&tools::WORKER_BUILD),
};
const WASM_BINDGEN: Need = Need {
    what: "wasm-bindgen",
    takes: "about 2 minutes, once",
    is_there: || tools::has(&tools::WASM_BINDGEN),
    make: || tools::install(&tools::WASM_BINDGEN),
};
const POSTRUST: Need = Need {
    what: "postrust, the local PostgREST",
    takes: "about 6 minutes, once",
    is_there: || tools::has(&tools::POSTRUST),
    make: || tools::install(&tools::POSTRUST),
};
const CARGO_DENY: Need = Need {
    what: "cargo-deny",
    takes: "about 4 minutes, once",
    is_there: || tools::has(&tools::CARGO_DENY),
    make: || tools::install(&tools::CARGO_DENY),
};
const NPM: Need = Need { what: "npm packages", takes: "under a minute", is_there: npm::is_there, make: npm::install };
const SERVERS: Need = Need {
    what: "PostgreSQL and Redis",
    takes: "under a minute",
    is_there: servers::are_there,
    make: servers::install,
};
const BUNDLES: Need =
    Need { what: "page and dashboard", takes: "seconds", is_there: bundles::are_fresh, make: bundles::make };
const CHROMIUM: Need = Need {
    what: "Chromium, for the browser tests",
    takes: "under a minute",
    is_there: || local_tools::chromium().is_some(),
    make: servers::install_chromium,
};
const SQUAWK: Need = Need {
    what: "squawk, which checks migrations",
    takes: "seconds",
    is_there: python::has_squawk,
    make: python::install_squawk,
};
const CXX: Need = Need {
    what: "a C++ compiler, for libFuzzer",
    takes: "under a minute",
    is_there: servers::has_cxx,
    make: servers::install_cxx,
};
const HADOLINT: Need = Need {
    what: "hadolint, which checks Dockerfiles",
    takes: "seconds",
    is_there: python::has_hadolint,
    make: python::install_hadolint,
};

/// What building the Worker needs.
pub const WASM: &[Need] = &[WASM_TARGET, WORKER_BUILD, WASM_BINDGEN, NPM];
/// What the local stack needs.
pub const DEV: &[Need] = &[WASM_TARGET, WORKER_BUILD, WASM_BINDGEN, POSTRUST, NPM, SERVERS, BUNDLES];
pub const TEST: &[Need] = &[WASM_TARGET, WORKER_BUILD, WASM_BINDGEN, POSTRUST, NPM, SERVERS, BUNDLES, CHROMIUM, SQUAWK];
/// What `audit` asks.
pub const AUDIT: &[Need] = &[CARGO_DENY, NPM];
/// What `ci` needs beyond the tests.
pub const CI: &[Need] = &[CARGO_DENY, HADOLINT, CXX];
/// What `fuzz` needs.
pub const FUZZ: &[Need] = &[CXX];

/// Makes what is missing.
pub fn ensure(needs: &[Need]) -> Res<()> {
    let started = Instant::now();
    let mut made = 0;
    for need in needs.iter().filter(|need| !(need.is_there)()) {
        if process::interrupted() {
            return Err("stopped".to_owned());
        }
        out::step(&format!("{} ({})", need.what, need.takes), need.make)?;
        made += 1;
    }
    if made == 0 {
        out::done(&format!("set-up: all is there ({:.1} s)", started.elapsed().as_secs_f64()));
    }
    Ok(())
}
