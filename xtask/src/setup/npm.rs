//! The locked npm packages: workerd, wrangler, esbuild, binaryen, TypeScript, a Node that is new enough.

use std::{path::PathBuf, process::Command};

use local_tools::{checkout, npm_bin};

use crate::{
    Res,
    process::{self, output},
    stamp,
};

const NAME: &str = "npm";

pub fn is_there() -> bool {
    stamp::is_fresh(NAME, &made(), &wanted())
}

pub fn install() -> Res<()> {
    stamp::clear(NAME);
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(checkout());
    process::quiet("npm", &mut npm).map_err(|problem| {
        format!("{problem}; npm 10 or newer and the npm registry are needed (apt-get install npm)")
    })?;
    check()?;
    stamp::set(NAME, &wanted())
}

/// npm leaves out a platform's package without a word, and may have been told not to run install scripts.
fn check() -> Res<()> {
    for name in ["esbuild", "wasm-opt", "tsc"] {
        works(&npm_bin(name), name)?;
    }
    works(&workerd(), "workerd")?;
    works(&local_tools::node(), "node 22 or newer")
}

fn works(program: &PathBuf, name: &str) -> Res<()> {
    match output(Command::new(program).arg("--version")) {
        Some(_) => Ok(()),
        None => Err(format!(
            "npm installed no working {name}: remove node_modules, check `npm config get omit` (it must not say optional), try again"
        )),
    }
}

fn workerd() -> PathBuf {
    local_tools::workerd().unwrap_or_else(|| npm_bin("workerd"))
}

fn made() -> PathBuf {
    checkout().join("node_modules/.package-lock.json")
}

fn wanted() -> String {
    stamp::of(&[checkout().join("package.json"), checkout().join("package-lock.json")], &[], std::env::consts::ARCH)
}
