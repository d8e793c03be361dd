//! `cargo xtask compare [--says TEXT] -- COMMAND`: another bot under the same local Discord as ours, one after the other.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use super::{
    ingest::{self, Workerd},
    kills::Relay,
    report::{Row, percentile},
    stacks,
    world::{GENERAL, PATIENCE, World, say},
};
use crate::{Res, http::Connection, process, setup, stack::Stack};

const USAGE: &str = "cargo xtask compare [--says TEXT] [--json] -- COMMAND ARGUMENTS...";
const QUESTIONS: u64 = 200;
const CHATTER: u64 = 5_000;
/// Questions that come while it is killed and started again.
const MEANWHILE: u64 = 20;
const UNANSWERED_AFTER: Duration = Duration::from_secs(5);
const LATE_AFTER: Duration = Duration::from_secs(30);

pub fn run(args: &[String]) -> Res<()> {
    let (own, command) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (args.get(..at).unwrap_or_default(), args.get(at + 1..).unwrap_or_default()),
        None => (args, &[] as &[String]),
    };
    let (mut says, mut json) = ("!ping", false);
    let mut own = own.iter();
    while let Some(arg) = own.next() {
        match arg.as_str() {
            "--says" => says = own.next().ok_or(USAGE)?,
            "--json" => json = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let (program, arguments) = command.split_first().ok_or(USAGE)?;
    setup::ensure(setup::DEV)?;
    let rows = [ours()?, other(program, arguments, says)?];
    for row in rows {
        println!("{}", if json { row.json() } else { row.human() });
    }
    Ok(())
}

fn ours() -> Res<Row> {
    let stack = stacks::real()?;
    let worker = Workerd::find(stack.ports.base)?;
    let began = Instant::now();
    let mut relay = Relay::fresh(&stack)?;
    until_connected(&stack)?;
    let ready_ms = began.elapsed().as_secs_f64() * 1_000.0;
    relay.until_ready(&stack)?;
    let mut values = vec![("ready_ms", ready_ms)];
    {
        let relay = &relay;
        let used = || Ok((relay.rss_mb()? + worker.rss_mb()?, relay.cpu_ns()? + worker.cpu_ns()?));
        values.extend(measure(&stack, "!ping", used)?);
    }
    relay.kill()?;
    ask_many(&stack, "!ping")?;
    relay = Relay::start(&stack)?;
    values.push(("answered_after_a_kill", late(&stack)?));
    relay.end()?;
    Ok(Row { bench: "compare", what: "this one: relay and workerd".to_owned(), values, budgets: vec![] })
}

fn other(program: &str, arguments: &[String], says: &str) -> Res<Row> {
    let stack = stacks::discord_alone()?;
    let started = || {
        let token = stack.variable("DISCORD_BOT_TOKEN")?;
        let api = format!("http://127.0.0.1:{}/api", stack.ports.discord());
        let mut command = Command::new(program);
        command.args(arguments).envs(&stack.variables).stdin(Stdio::null());
        // `node` is the one that the tests have.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", local_tools::npm_bin("").display()));
        // Names that bots commonly read, and one for what the path of the API is.
        command.env("DISCORD_TOKEN", token).env("BOT_TOKEN", token).env("DISCORD_API", &api);
        process::start(&mut command).map(Other)
    };
    let began = Instant::now();
    let bot = started()?;
    until_connected(&stack)?;
    let mut values = vec![("ready_ms", began.elapsed().as_secs_f64() * 1_000.0)];
    values.extend(measure(&stack, says, || bot.used())?);
    drop(bot);
    ask_many(&stack, says)?;
    let _bot = started()?;
    values.push(("answered_after_a_kill", late(&stack)?));
    Ok(Row { bench: "compare", what: format!("{program} {}", arguments.join(" ")), values, budgets: vec![] })
}

/// What somebody waits for, and what it takes: memory in MB and CPU in ns, as `used` tells.
fn measure(stack: &Stack, says: &str, used: impl Fn() -> Res<(f64, u64)>) -> Res<Vec<(&'static str, f64)>> {
    let port = stack.ports.discord();
    let mut world = Connection::open(port, PATIENCE)?;
    let (idle_mb, _) = used()?;
    // The first answers make ready what is made ready once.
    let mut times = vec![];
    let mut unanswered = 0;
    for number in 0..QUESTIONS + 10 {
        World(port).ask("DELETE", "/world/record", Value::Null)?;
        let sent = now_us()?;
        say(&mut world, port, number, says)?;
        let answered = first_post(port, UNANSWERED_AFTER)?;
        match answered {
            _ if number < 10 => {}
            Some(at) => times.push(at.saturating_sub(sent) as f64 / 1e3),
            None => unanswered += 1,
        }
    }
    let (_, before) = used()?;
    for number in 0..CHATTER {
        say(&mut world, port, number, &format!("message {number}"))?;
    }
    thread::sleep(Duration::from_secs(20));
    let (after_mb, after) = used()?;
    Ok(vec![
        ("p50_ms", percentile(&times, 0.5)),
        ("p99_ms", percentile(&times, 0.99)),
        ("unanswered", f64::from(unanswered)),
        ("cpu_us_a_message", (after - before) as f64 / 1e3 / CHATTER as f64),
        ("idle_mb", idle_mb),
        ("after_mb", after_mb),
    ])
}

/// Microseconds since 1970 at which each post of the bot into the channel arrived, since the record was emptied.
fn posts(port: u16) -> Res<Vec<u64>> {
    let path = format!("/channels/{GENERAL}/messages");
    let all = World(port).ask("GET", "/world/record?face=discord", Value::Null)?;
    let is_post = |one: &&Value| {
        let of = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
        of("method") == "POST" && of("path").ends_with(&path)
    };
    let posts = all.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter(is_post);
    Ok(posts.filter_map(|one| one.get("at_us")?.as_u64()).collect())
}

fn first_post(port: u16, patience: Duration) -> Res<Option<u64>> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(at) = posts(port)?.first() {
            return Ok(Some(*at));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(None)
}

/// Asks while nobody is there.
fn ask_many(stack: &Stack, says: &str) -> Res<()> {
    let port = stack.ports.discord();
    let mut world = Connection::open(port, PATIENCE)?;
    World(port).ask("DELETE", "/world/record", Value::Null)?;
    (0..MEANWHILE).try_for_each(|number| say(&mut world, port, number, says).map(drop))
}

/// Which part of them is answered once it is back.
fn late(stack: &Stack) -> Res<f64> {
    let (port, deadline) = (stack.ports.discord(), Instant::now() + LATE_AFTER);
    let mut answered = posts(port)?.len();
    while answered < MEANWHILE as usize && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
        answered = posts(port)?.len();
    }
    Ok(answered as f64 / MEANWHILE as f64)
}

fn until_connected(stack: &Stack) -> Res<()> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let gateway = World(stack.ports.discord()).ask("GET", "/world/gateway", Value::Null)?;
        if gateway.get("identifies").and_then(Value::as_u64).unwrap_or_default() > 0 {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Err("it did not identify at the local Discord: it has to ask DISCORD_API for the gateway's address".to_owned())
}

fn now_us() -> Res<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| "the clock is before 1970")?;
    Ok(now.as_micros() as u64)
}

/// The other bot with all that it started, which is one process group.
struct Other(Child);

impl Other {
    fn used(&self) -> Res<(f64, u64)> {
        let (mut mb, mut ns) = (0.0, 0);
        for entry in fs::read_dir("/proc").map_err(|_| "this reads /proc, which only Linux has")?.flatten() {
            let dir = entry.path().display().to_string();
            let stat = fs::read_to_string(format!("{dir}/stat")).unwrap_or_default();
            let group = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(2)?.parse::<u32>().ok());
            if group == Some(self.0.id()) {
                mb += ingest::rss_mb(&dir).unwrap_or_default();
                ns += ingest::cpu_ns(&dir).unwrap_or_default();
            }
        }
        Ok((mb, ns))
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // Nobody is left behind, and already gone is as good.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}
