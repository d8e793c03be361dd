//! The whole local stack: starts its parts in order, waits until each answers, notices when one ends.

pub mod parts;
mod ports;
#[cfg(test)]
mod tests;
mod workerd;

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use local_tools::{Child, checkout};

use crate::{Res, http, out, process, settings::Variables};

pub use parts::{Part, all_parts, build_programs, part_named};
pub use ports::{DEFAULT_BASE, Ports};

/// What to start, and where.
pub struct Plan {
    pub ports: Ports,
    pub parts: BTreeSet<Part>,
    /// Start with a new database.
    pub fresh: bool,
    /// The stand-ins only, whatever .env says: tests and measurements never reach a real service.
    pub local: bool,
    /// Another bundle than build/, for measurements.
    pub bundle: Option<PathBuf>,
}

/// Cloudflare's cron, which a local stack has not by itself.
pub struct Cron(Instant);

impl Cron {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Fires once a minute has passed.
    pub fn tend(&mut self, stack: &Stack) -> Res<()> {
        if self.0.elapsed() < Duration::from_secs(60) {
            return Ok(());
        }
        self.0 = Instant::now();
        stack.fire_scheduled()
    }
}

/// A running stack; dropping it stops everything, the last started first.
pub struct Stack {
    children: Vec<Running>,
    pub ports: Ports,
    pub variables: Variables,
}

struct Running {
    part: Part,
    child: Child,
    log: PathBuf,
}

impl Stack {
    pub fn start(plan: &Plan) -> Res<Self> {
        plan.ports.are_free(&plan.parts)?;
        let mut stack = Self { children: Vec::new(), ports: plan.ports, variables: Variables::new() };
        let (variables, real) = parts::variables(plan.ports, &plan.parts, plan.local)?;
        stack.variables = variables;
        if !real.is_empty() {
            out::note(&format!("real services, from .env: {}", real.join(", ")));
        }
        for part in &plan.parts {
            stack.start_part(*part, plan)?;
        }
        if stack.has(Part::World) && stack.has(Part::Worker) {
            parts::register(&stack.variables)?;
            out::done("commands registered");
        }
        Ok(stack)
    }

    /// The local accounts of the dashboard, with what they have to look at.
    pub fn accounts(&self) -> Res<Option<String>> {
        if self.has(Part::World) { parts::lighthouse(self.ports, &self.variables) } else { Ok(None) }
    }

    fn start_part(&mut self, part: Part, plan: &Plan) -> Res<()> {
        let log = process::log_file(&format!("{}-{}", part.name(), plan.ports.base))?;
        let child = part.start(plan, &self.variables, &log)?;
        self.children.push(Running { part, child, log });
        self.wait_for(part)
    }

    /// Says why if a part has ended.
    pub fn check(&mut self) -> Res<()> {
        for running in &mut self.children {
            if let Some(status) = running.child.ended() {
                eprintln!("{}", process::tail(&running.log, 20));
                return Err(format!(
                    "{} ended ({status}); {}; all it said is in {}",
                    running.part.name(),
                    running.part.hint(),
                    process::short(&running.log)
                ));
            }
        }
        Ok(())
    }

    /// What the local world told of itself.
    pub fn variable(&self, name: &str) -> Res<&str> {
        self.variables.get(name).map(String::as_str).ok_or_else(|| format!("the local world told no {name}"))
    }

    /// Fires the Worker's scheduled handler, as Cloudflare does each minute.
    pub fn fire_scheduled(&self) -> Res<()> {
        let answer = http::get(self.ports.worker(), "/__scheduled", Duration::from_secs(40))?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(format!("the scheduled handler failed ({}): {}", answer.status, String::from_utf8_lossy(&answer.body)))
        }
    }

    pub fn has(&self, part: Part) -> bool {
        self.children.iter().any(|running| running.part == part)
    }

    fn wait_for(&mut self, part: Part) -> Res<()> {
        let started = Instant::now();
        let patience = Duration::from_secs(60);
        loop {
            self.check()?;
            if process::interrupted() {
                return Err("stopped".to_owned());
            }
            let log = self.children.last().map(|running| running.log.clone()).unwrap_or_default();
            match part.answers(self.ports, &log) {
                Ok(()) => {
                    out::done(&format!("{} ({:.1} s)", part.title(), started.elapsed().as_secs_f64()));
                    return Ok(());
                }
                Err(problem) if started.elapsed() > patience => {
                    eprintln!("{}", process::tail(&log, 20));
                    return Err(format!("{} does not come up: {problem}", part.name()));
                }
                // Short, since the start is measured this way too.
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        while let Some(mut running) = self.children.pop() {
            running.child.stop();
        }
        let _ = fs::remove_dir_all(workerd::folder(self.ports));
    }
}

/// The dotenv file that tells other tools where the stack with this base is.
pub fn env_file(base: u16) -> PathBuf {
    checkout().join(format!(".local/stack-{base}.env"))
}

/// What the newest stack wrote.
pub fn newest_env_file() -> PathBuf {
    checkout().join(".local/stack.env")
}

/// All variables of the stack that wrote `told` ([`write_env`]).
pub fn variables_of(told: &Variables) -> Res<Variables> {
    let base = told.get("WORKER_URL").and_then(|url| url.rsplit(':').next()?.parse().ok()).unwrap_or(DEFAULT_BASE);
    let (mut variables, _) = parts::variables(Ports::new(base)?, &all_parts(), true)?;
    // Where `cargo xtask dev` took a real service instead, its values.
    variables.extend(told.clone());
    Ok(variables)
}

/// Writes where everything is. Only this user may read it: it can hold real keys.
pub fn write_env(stack: &Stack) -> Res<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let text = stack.ports.env_text(&stack.variables);
    for file in [env_file(stack.ports.base), newest_env_file()] {
        // Written aside and moved, so that nobody reads half of it.
        let aside = file.with_extension("new");
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)
            .and_then(|mut open| open.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&aside, &file))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(())
}

/// Removes the files of [`write_env`], unless a newer stack has taken the common one.
pub fn remove_env(stack: &Stack) {
    let ours = stack.ports.env_text(&stack.variables);
    for file in [env_file(stack.ports.base), newest_env_file()] {
        if fs::read_to_string(&file).is_ok_and(|text| text == ours) {
            let _ = fs::remove_file(file);
        }
    }
}
