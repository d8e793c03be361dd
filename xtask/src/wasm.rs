//! `cargo xtask wasm`: the Worker as Cloudflare gets it, in build/, and whether it keeps its size budget.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use local_tools::{checkout, npm_bin, tool};

use crate::{Res, out, process, setup, stamp};

const NAME: &str = "worker";
/// DESIGN section 9: what Cloudflare's free plan takes is three times this.
pub const BUDGET_GZIPPED: u64 = 1 << 20;

pub struct Size {
    pub raw: u64,
    pub gzipped: u64,
}

/// Cargo gives it what rustc would get. The library is an rlib as well, for tests and `register_commands`; `cargo build` makes both,
/// and beside an rlib all that is public stays in the wasm. After a change of this script, `touch src/lib.rs`: cargo does not see it.
const RUSTC_CDYLIB: &str = "xtask/rustc-cdylib";

/// Sets up what the build needs, builds, prints the size.
pub fn command() -> Res<()> {
    setup::ensure(setup::WASM)?;
    build()?;
    check_size()
}

/// Builds the Worker if anything it is made from has changed.
pub fn build() -> Res<()> {
    let wanted = wanted();
    if stamp::is_fresh(NAME, &wasm_file(), &wanted) {
        return Ok(());
    }
    out::step("the Worker as wasm (about 2 minutes the first time)", || {
        stamp::clear(NAME);
        let mut command = Command::new(tool("worker-build"));
        command
            .arg("--release")
            .current_dir(checkout())
            .env("RUSTC_WORKSPACE_WRAPPER", checkout().join(RUSTC_CDYLIB))
            // worker-build runs whichever cargo the PATH has; these it would otherwise download.
            .env("WASM_BINDGEN_BIN", tool("wasm-bindgen"))
            .env("ESBUILD_BIN", npm_bin("esbuild"));
        process::quiet("worker-build", &mut command)?;
        optimise()?;
        add_weights()?;
        stamp::set(NAME, &wanted)
    })
}

/// What the Rust compiler makes for this target and wasm-bindgen adds; nothing that a runtime may not know yet.
const FEATURES: [&str; 7] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
];

/// For size, and without the functions' names, which worker-build would keep: together an eighth less to upload.
fn optimise() -> Res<()> {
    let mut command = Command::new(npm_bin("wasm-opt"));
    command.args(["-Oz", "--strip-debug"]).args(FEATURES).arg(wasm_file()).arg("-o").arg(wasm_file());
    process::quiet("wasm-opt", &mut command)
}

/// What the Worker has beside the wasm: data that is not code, and so in no wasm's size. `src/beside.rs` reads it.
pub const WEIGHTS: &str = "screen_weights.bin";

/// Puts the screen's weights beside the module that starts it all, which imports them: without them it does not start.
fn add_weights() -> Res<()> {
    let index = bundle_dir().join("index.js");
    let add = || {
        fs::copy(checkout().join("src/features/crisis/screen/weights.bin"), bundle_dir().join(WEIGHTS))?;
        let code = fs::read_to_string(&index)?;
        fs::write(&index, format!("import weights from\"./{WEIGHTS}\";globalThis.screenWeights=weights;{code}"))
    };
    add().map_err(|error: std::io::Error| {
        format!("the weights cannot be put beside {}: {error}", process::short(&index))
    })
}

/// The module that starts it all, the wasm and the weights beside it.
pub fn bundle_dir() -> PathBuf {
    checkout().join("build")
}

pub fn check_size() -> Res<()> {
    let size = size()?;
    let line = format!(
        "wasm: {} KB, {} KB gzipped (budget {} KB)",
        size.raw / 1024,
        size.gzipped / 1024,
        BUDGET_GZIPPED / 1024
    );
    if size.gzipped > BUDGET_GZIPPED {
        return Err(format!(
            "{line}: over budget; `cargo tree -p community-os --target wasm32-unknown-unknown -e normal` shows what came along"
        ));
    }
    out::done(&line);
    Ok(())
}

/// Of the wasm and its JavaScript together, as they are uploaded.
pub fn size() -> Res<Size> {
    let mut size = Size { raw: 0, gzipped: 0 };
    for file in [wasm_file(), bundle_dir().join("index.js")] {
        let cannot = |problem: String| format!("{}: {problem}", process::short(&file));
        size.raw += fs::metadata(&file).map_err(|error| cannot(error.to_string()))?.len();
        let gzip = Command::new("gzip")
            .args(["-9", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| cannot(format!("gzip cannot be started: {error}")))?;
        size.gzipped += gzip.stdout.len() as u64;
    }
    Ok(size)
}

fn wasm_file() -> PathBuf {
    bundle_dir().join("index_bg.wasm")
}

fn wanted() -> String {
    let inputs = [
        "src",
        "from-json",
        "gateway-relay/wire",
        RUSTC_CDYLIB,
        "Cargo.toml",
        "Cargo.lock",
        ".cargo",
        "package-lock.json",
    ];
    stamp::of(&inputs.map(|path| checkout().join(path)), &["tests", "bin"], local_tools::WORKER_BUILD)
}
