//! The parts of the local stack: how each is built, started and asked whether it is up.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use local_tools::{Child, Stop, checkout};

use crate::{
    Res, http,
    process::{self, cargo, output, target_dir},
    settings::{self, Variables},
};

use super::{DEFAULT_BASE, Plan, Ports, workerd};

/// In the order in which they start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    World,
    Worker,
    Relay,
}

/// Neither the Worker nor the stand-ins need these.
const NOT_FOR_THE_WORKER: [&str; 5] =
    ["RELAY_SIGNING_SEED", "RELAY_SPOOL_KEYS", "SUPABASE_DB_URL", "DATABASE_URL", "DISCORD_SIGNING_SEED"];

pub fn all_parts() -> BTreeSet<Part> {
    [Part::World, Part::Worker, Part::Relay].into()
}

pub fn part_named(name: &str) -> Res<Part> {
    all_parts()
        .into_iter()
        .find(|part| part.name() == name)
        .ok_or_else(|| format!("--only {name}: there is world, worker and relay"))
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Worker => "worker",
            Self::Relay => "relay",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::World => "world: PostgreSQL, Redis and the stand-ins",
            Self::Worker => "worker, in workerd",
            Self::Relay => "relay",
        }
    }

    /// What a person can do when this part has ended.
    pub fn hint(self) -> &'static str {
        match self {
            Self::World => "if its database cannot be opened, `cargo xtask dev --fresh` starts with a new one",
            Self::Worker => "if the bundle cannot be loaded, remove build/ and start again",
            Self::Relay => "its configuration is explained in .env.example",
        }
    }

    pub fn start(self, plan: &Plan, variables: &Variables, log: &Path) -> Res<Child> {
        let (program, args, env) = match self {
            Self::World => world(plan)?,
            Self::Worker => worker(plan, variables)?,
            Self::Relay => {
                if plan.fresh && spool(plan.ports.base).exists() {
                    fs::remove_dir_all(spool(plan.ports.base))
                        .map_err(|error| format!("the old spool stays: {error}"))?;
                }
                (native("gateway-relay"), Vec::new(), pairs(variables, &[]))
            }
        };
        Child::start(&program, args, &env, log, Stop::Term, None)
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))
    }

    /// Fine once the part does its work.
    pub fn answers(self, ports: Ports, log: &Path) -> Res<()> {
        let soon = Duration::from_secs(5);
        match self {
            Self::World => {
                says(log, "world ready")?;
                expect_ok(ports.discord(), "/world/health", soon)
            }
            Self::Worker => expect_ok(ports.worker(), "/health", soon),
            Self::Relay => {
                http::get(ports.relay(), "/health", soon)?;
                says(log, "Bot ready")
            }
        }
    }
}

/// Builds the native programs of the stack.
pub fn build_programs() -> Res<()> {
    let mut command = cargo();
    command
        .args(["build", "--quiet", "--profile", "native"])
        .args(["--package", "world", "--package", "gateway-relay", "--package", "community-os"])
        .args(["--bin", "world", "--bin", "gateway-relay", "--bin", "register_commands"]);
    process::loud("cargo build", &mut command)
}

/// A program of the profile `native`.
pub fn native(name: &str) -> PathBuf {
    target_dir().join("native").join(name)
}

/// The values with which the local world at these ports lives, which its program knows.
fn local_values(ports: Ports) -> Res<Variables> {
    let world = native("world");
    if !world.is_file() {
        // A Worker alone, on no world's data.
        return Ok(Variables::new());
    }
    let base = ports.base.to_string();
    let text = output(Command::new(world).args(["--print-env", "--port-base", &base]))
        .ok_or("the local world does not tell its addresses (`world --print-env` failed)")?;
    settings::parse(&text).map_err(|line| format!("world --print-env: `{line}` is not NAME=value"))
}

/// What the parts are told: the local world's values, those of .env in their place, and where they are themselves. Also the names of the services that are real.
pub fn variables(ports: Ports, parts: &BTreeSet<Part>, local: bool) -> Res<(Variables, Vec<&'static str>)> {
    let given = settings::dot_env()?;
    let (mut variables, real) = if local {
        let mut variables = local_values(ports)?;
        // The relay reads .env by itself; what is set here, though empty, wins over it.
        for name in given.into_keys() {
            variables.entry(name).or_default();
        }
        (variables, Vec::new())
    } else {
        settings::merge(local_values(ports)?, given)
    };
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    if parts.contains(&Part::Worker) {
        set("WORKER_URL", format!("http://127.0.0.1:{}", ports.worker()));
    }
    set("RELAY_LISTEN", format!("127.0.0.1:{}", ports.relay()));
    set("RELAY_NAME", format!("local-{}", ports.base));
    set("RELAY_SPOOL", spool(ports.base).display().to_string());
    // Nobody waits 15 s for a point at their own desk.
    set("BULK_LINGER_SECONDS", "0.3".to_owned());
    Ok((variables, real))
}

/// Tells Discord (or its stand-in) the commands.
pub fn register(variables: &Variables) -> Res<()> {
    let mut command = Command::new(native("register_commands"));
    command.current_dir(checkout()).envs(variables);
    process::quiet("register_commands", &mut command)
}

/// Gives the dashboard something to show; answers the local accounts, one a line. Nothing where Supabase is a real one.
pub fn lighthouse(ports: Ports, variables: &Variables) -> Res<Option<String>> {
    let local = format!("http://127.0.0.1:{}", ports.supabase());
    if variables.get("SUPABASE_URL") != Some(&local) {
        return Ok(None);
    }
    let base = ports.base.to_string();
    let mut command = Command::new(native("world"));
    command.args(["--lighthouse", "--port-base", &base]);
    output(&mut command).map(Some).ok_or_else(|| {
        format!("the dashboard's guild cannot be made: `world --lighthouse --port-base {base}` says why")
    })
}

type Start = (PathBuf, Vec<String>, Vec<(String, String)>);

fn world(plan: &Plan) -> Res<Start> {
    let base = plan.ports.base;
    let worker = format!("http://127.0.0.1:{}", plan.ports.worker());
    let page = checkout().join("tests/world/page/dist");
    let mut env = vec![
        ("INTERACTIONS_URL".to_owned(), format!("{worker}/interactions")),
        ("SCHEDULED_URL".to_owned(), format!("{worker}/__scheduled")),
        ("WORLD_PAGE_DIR".to_owned(), page.display().to_string()),
    ];
    env.extend(settings::dot_env()?.remove_entry("WORLD_RECORD"));
    let data = if base == DEFAULT_BASE { "dev".to_owned() } else { format!("dev-{base}") };
    let mut args = vec!["--port-base".to_owned(), base.to_string(), "--data".to_owned(), data];
    args.extend(plan.fresh.then(|| "--fresh".to_owned()));
    Ok((native("world"), args, env))
}

fn worker(plan: &Plan, variables: &Variables) -> Res<Start> {
    let env = pairs(variables, &NOT_FOR_THE_WORKER);
    let names: Vec<&str> = env.iter().map(|(name, _)| name.as_str()).collect();
    let config = workerd::write_config(plan, &names)?;
    let program = local_tools::workerd().ok_or("workerd is missing: `cargo xtask setup` installs it")?;
    Ok((program, vec!["serve".to_owned(), config.display().to_string()], env))
}

/// Where the relay of the stack at these ports spools.
fn spool(base: u16) -> PathBuf {
    checkout().join(format!(".local/relay-{base}"))
}

fn pairs(variables: &Variables, without: &[&str]) -> Vec<(String, String)> {
    variables
        .iter()
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn says(log: &Path, line: &str) -> Res<()> {
    let text = fs::read(log).unwrap_or_default();
    if String::from_utf8_lossy(&text).contains(line) { Ok(()) } else { Err(format!("it has not said `{line}` yet")) }
}

fn expect_ok(port: u16, path: &str, timeout: Duration) -> Res<()> {
    let answer = http::get(port, path, timeout)?;
    if answer.status == 200 { Ok(()) } else { Err(format!("{path} answers {}", answer.status)) }
}
