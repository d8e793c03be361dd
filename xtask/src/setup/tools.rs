//! The wasm target and the Rust programs that `cargo install` puts into the cache, each in exactly one version.

use std::{fs, path::Path, process::Command};

use local_tools::{cache_dir, tool};

use crate::{
    Res,
    process::{self, cargo, output},
};

const TARGET: &str = "wasm32-unknown-unknown";

pub struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    features: &'static str,
    /// Whether the package's own lock file can still be had in full.
    locked: bool,
}

pub const WORKER_BUILD: Tool = Tool {
    package: "worker-build",
    version: local_tools::WORKER_BUILD,
    program: "worker-build",
    features: "",
    locked: true,
};
/// Its lock file names a pre-release that has vanished.
pub const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: local_tools::WASM_BINDGEN,
    program: "wasm-bindgen",
    features: "",
    locked: false,
};
/// Its lock file names a webpki-roots that has vanished.
pub const POSTRUST: Tool = Tool {
    package: "postrust-server",
    version: local_tools::POSTRUST,
    program: "postrust",
    features: "compat-key-order",
    locked: false,
};
pub const CARGO_DENY: Tool =
    Tool { package: "cargo-deny", version: local_tools::CARGO_DENY, program: "cargo-deny", features: "", locked: true };

/// Whether the program is there in this very version, which cargo's own record of the folder tells.
pub fn has(wanted: &Tool) -> bool {
    let record = fs::read_to_string(cache_dir().join("tools/.crates.toml")).unwrap_or_default();
    tool(wanted.program).is_file() && record.contains(&format!("\"{} {} (", wanted.package, wanted.version))
}

/// Builds the program into the cache; another version of it is replaced.
pub fn install(wanted: &Tool) -> Res<()> {
    let root = cache_dir().join("tools");
    make_dir(&root)?;
    let build = cache_dir().join("build");
    let mut command = cargo();
    command
        .args(["install", wanted.package, "--version", wanted.version, "--root"])
        .arg(&root)
        // A shared folder, so that a build that was interrupted goes on and the tools share what they have in common.
        .env("CARGO_TARGET_DIR", &build);
    if !wanted.features.is_empty() {
        command.args(["--features", wanted.features]);
    }
    if wanted.locked {
        command.arg("--locked");
    }
    process::quiet(&format!("install-{}", wanted.package), &mut command).map_err(|problem| {
        format!(
            "{problem}; with the network back, run it again, or: cargo install {} --version {} --root {}",
            wanted.package,
            wanted.version,
            root.display()
        )
    })
}

pub fn has_wasm_target() -> bool {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir()
}

pub fn add_wasm_target() -> Res<()> {
    process::quiet("rustup", Command::new("rustup").args(["target", "add", TARGET]))
        .map_err(|problem| format!("{problem}; run `rustup target add {TARGET}` (https://rustup.rs has rustup)"))
}

fn make_dir(dir: &Path) -> Res<()> {
    fs::create_dir_all(dir).map_err(|error| {
        format!("{} cannot be made ({error}): set COMMUNITY_OS_CACHE to a folder of yours", dir.display())
    })
}
