//! Writes the folder and the configuration with which workerd, Cloudflare's runtime, serves the Worker on this machine.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use local_tools::checkout;

use crate::{Res, wasm};

use super::{Plan, Ports};

const DEV_WORKER: &str = include_str!("dev-worker.js");

/// Copies the bundle to a folder of its own, so that a later build does not change what runs, and writes the
/// configuration beside it. `names` are the variables that workerd finds in its environment.
pub fn write_config(plan: &Plan, names: &[&str]) -> Res<PathBuf> {
    let dir = folder(plan.ports);
    let bundle = plan.bundle.clone().unwrap_or_else(wasm::bundle_dir);
    let dashboard = checkout().join("dashboard/dist");
    let write = || {
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir)?;
        fs::create_dir_all(&dashboard)?;
        fs::write(dir.join("dev-worker.js"), DEV_WORKER)?;
        for entry in fs::read_dir(&bundle)?.flatten() {
            if entry.path().is_file() {
                fs::copy(entry.path(), dir.join(entry.file_name()))?;
            }
        }
        fs::write(dir.join("config.capnp"), config(&dir, plan.ports.worker(), &dashboard, names))
    };
    write().map_err(|error: std::io::Error| format!("{} cannot be filled: {error}", dir.display()))?;
    Ok(dir.join("config.capnp"))
}

/// What a stack's workerd runs; workerd reads it once, at its start.
pub fn folder(ports: Ports) -> PathBuf {
    checkout().join(format!(".local/worker-{}", ports.base))
}

fn config(dir: &Path, port: u16, dashboard: &Path, names: &[&str]) -> String {
    let mut modules = String::new();
    // The floor of a bench is JavaScript alone.
    for (name, kind) in [("index_bg.wasm", "wasm"), (wasm::WEIGHTS, "data")] {
        if dir.join(name).is_file() {
            let _ = writeln!(modules, "        (name = \"./{name}\", {kind} = embed \"{name}\"),");
        }
    }
    let mut bindings = String::new();
    for name in names {
        // The values stay in the environment and out of the file.
        let _ = writeln!(bindings, "        (name = \"{name}\", fromEnvironment = \"{name}\"),");
    }
    let (date, dashboard) = (compatibility_date(), dashboard.display().to_string().replace('"', "\\\""));
    format!(
        r#"# Made by `cargo xtask dev`: the Worker in workerd, without the proxies of `wrangler dev`.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      compatibilityDate = "{date}",
      modules = [
        (name = "dev-worker.js", esModule = embed "dev-worker.js"),
        (name = "./index.js", esModule = embed "index.js"),
{modules}      ],
      bindings = [
        (name = "DASHBOARD", service = "dashboard"),
{bindings}      ],
      globalOutbound = "outside",
    )),
    (name = "dashboard", disk = "{dashboard}"),
    (name = "outside", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "worker")],
);
"#
    )
}

/// The one in wrangler.toml.
fn compatibility_date() -> String {
    let text = fs::read_to_string(checkout().join("wrangler.toml")).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("compatibility_date"))
        .and_then(|rest| rest.split('"').nth(1))
        .unwrap_or("2026-10-01")
        .to_owned()
}
