//! Kills the relay with SIGKILL at random moments under load, and counts in Postgres and the local Discord what was lost or doubled.

use std::{
    collections::HashSet,
    fs::{self, File},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Res,
    http::{self, Connection},
    stack::{Stack, parts::native},
};

use super::{
    ingest,
    report::{Budget, Limit, Row},
    stacks,
    world::{GENERAL, say, under_load},
};

const KILLS: usize = 50;
/// A relay lives that long before it is killed, in milliseconds.
const LIVES: std::ops::Range<u64> = 30..500;
/// Between two messages: some 200 a second.
const BETWEEN: Duration = Duration::from_millis(5);
/// Every such message is a command, whose answer is counted.
const COMMAND_EVERY: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(120);

pub fn run() -> Res<Vec<Row>> {
    let stack = stacks::real()?;
    let mut relay = Relay::fresh(&stack)?;
    relay.until_ready(&stack)?;
    let (sent, ()) = under_load(stack.ports.discord(), talk, || {
        for _ in 0..KILLS {
            thread::sleep(Duration::from_millis(rand::random_range(LIVES)));
            relay.kill()?;
            relay = Relay::start(&stack)?;
        }
        Ok(())
    })?;
    relay.until_ready(&stack)?;
    let counted = settle(&stack, &sent)?;
    relay.end()?;
    Ok(vec![Row {
        bench: "kills",
        what: format!("{KILLS} kills, {} messages and {} commands", sent.messages.len(), sent.commands),
        values: vec![
            ("kills", KILLS as f64),
            ("messages", sent.messages.len() as f64),
            ("lost", counted.lost as f64),
            ("doubled", counted.doubled as f64),
        ],
        budgets: vec![
            Budget { of: "lost", limit: Limit::Below(1.0) },
            Budget { of: "doubled", limit: Limit::Below(1.0) },
        ],
    }])
}

struct Sent {
    messages: HashSet<String>,
    commands: usize,
}

fn talk(port: u16, enough: &AtomicBool) -> Res<Sent> {
    let mut world = Connection::open(port, Duration::from_secs(30))?;
    let mut sent = Sent { messages: HashSet::new(), commands: 0 };
    for number in 1_u64.. {
        if enough.load(Relaxed) {
            break;
        }
        let command = number % COMMAND_EVERY == 0;
        let text = if command { "!ping".to_owned() } else { format!("message {number}") };
        sent.messages.insert(say(&mut world, port, number, &text)?);
        sent.commands += usize::from(command);
        thread::sleep(BETWEEN);
    }
    Ok(sent)
}

struct Counted {
    lost: usize,
    doubled: usize,
}

/// Waits until everything has come, and a while longer for what must not come.
fn settle(stack: &Stack, sent: &Sent) -> Res<Counted> {
    let deadline = Instant::now() + PATIENCE;
    let mut counted = count(stack, sent)?;
    while counted.lost > 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(500));
        counted = count(stack, sent)?;
    }
    thread::sleep(Duration::from_secs(3));
    count(stack, sent)
}

fn count(stack: &Stack, sent: &Sent) -> Res<Counted> {
    let known: HashSet<String> = scored(stack, GENERAL)?.into_iter().collect();
    let answers = answers(stack)?;
    let unscored = sent.messages.difference(&known).count();
    Ok(Counted {
        lost: unscored + sent.commands.saturating_sub(answers),
        doubled: counted(stack, GENERAL)?.saturating_sub(known.len()) + answers.saturating_sub(sent.commands),
    })
}

/// Ids of the messages of a channel that have a row in Postgres. A correction of one is a row of its own, and not told.
pub fn scored(stack: &Stack, channel: &str) -> Res<Vec<String>> {
    let of = format!(
        "activity_logs?select=message_id&kind=eq.message&revision=eq.0&channel_id=eq.{channel}&order=activity_id"
    );
    let id =
        |row: &Value| row.pointer("/message_id").map(Value::to_string).unwrap_or_default().trim_matches('"').to_owned();
    Ok(rows(stack, &of)?.iter().map(id).collect())
}

/// How many messages of a channel the sums hold, which is how often anything was counted.
pub fn counted(stack: &Stack, channel: &str) -> Res<usize> {
    let of = format!("activity_hourly?select=messages&channel_id=eq.{channel}&order=hour,user_id");
    Ok(rows(stack, &of)?.iter().filter_map(|row| row.get("messages")?.as_u64()).sum::<u64>() as usize)
}

/// All rows of a question to PostgREST.
fn rows(stack: &Stack, of: &str) -> Res<Vec<Value>> {
    let key = stack.variable("SUPABASE_SECRET_KEY")?;
    let port = stack.ports.supabase();
    let mut connection = Connection::open(port, Duration::from_secs(30))?;
    let mut all = Vec::new();
    loop {
        let path = format!("/rest/v1/{of}&limit=1000&offset={}", all.len());
        let answer = connection.send(&http::request("GET", port, &path, &[("apikey", key)], b""))?;
        let page: Vec<Value> = serde_json::from_slice(&answer.body)
            .map_err(|_| format!("rows cannot be read: {}", String::from_utf8_lossy(&answer.body)))?;
        let is_last = page.len() < 1_000;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// How often the bot answered in the channel.
pub fn answers(stack: &Stack) -> Res<usize> {
    let said = |message: &&Value| {
        message.pointer("/content").and_then(Value::as_str).is_some_and(|text| text.starts_with("Pong!"))
    };
    Ok(messages(stack, GENERAL)?.iter().filter(said).count())
}

/// All messages of a channel, as Discord's own API lists them.
pub fn messages(stack: &Stack, channel: &str) -> Res<Vec<Value>> {
    let (port, token) = (stack.ports.discord(), format!("Bot {}", stack.variable("DISCORD_BOT_TOKEN")?));
    let headers =
        [("authorization", token.as_str()), ("user-agent", "DiscordBot (https://github.com/community-os, 1)")];
    let mut connection = Connection::open(port, Duration::from_secs(30))?;
    let (mut all, mut before) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v10/channels/{channel}/messages?limit=100{before}");
        let answer = connection.send(&http::request("GET", port, &path, &headers, b""))?;
        let page: Vec<Value> = serde_json::from_slice(&answer.body)
            .map_err(|_| format!("messages cannot be read: {}", String::from_utf8_lossy(&answer.body)))?;
        let Some(last) = page.last().and_then(|message| message.pointer("/id").and_then(Value::as_str)) else {
            return Ok(all);
        };
        before = format!("&before={last}");
        all.extend(page);
    }
}

/// The real relay as a process.
pub struct Relay {
    child: Child,
}

impl Relay {
    /// With an empty spool.
    pub fn fresh(stack: &Stack) -> Res<Self> {
        let spool = stack.variable("RELAY_SPOOL")?;
        if fs::exists(spool).unwrap_or(false) {
            fs::remove_dir_all(spool).map_err(|error| format!("the old spool stays: {error}"))?;
        }
        Self::start(stack)
    }

    pub fn start(stack: &Stack) -> Res<Self> {
        let log = local_tools::checkout().join(format!(".local/relay-{}.log", stack.ports.base));
        let log = File::options().create(true).append(true).open(log).map_err(|error| error.to_string())?;
        let again = log.try_clone().map_err(|error| error.to_string())?;
        let child = Command::new(native("gateway-relay"))
            .envs(&stack.variables)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(again)
            .spawn()
            .map_err(|error| format!("the relay cannot be started: {error}"))?;
        Ok(Self { child })
    }

    /// SIGKILL: it gets no time for anything.
    pub fn kill(&mut self) -> Res<()> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(format!("the relay had ended by itself: {status}"));
        }
        self.child.kill().and_then(|()| self.child.wait()).map(drop).map_err(|error| error.to_string())
    }

    /// SIGTERM, and it must end with 0.
    pub fn end(&mut self) -> Res<()> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.map_err(|error| error.to_string())?;
        let status = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the relay ended with {status}")) }
    }

    pub fn until_ready(&self, stack: &Stack) -> Res<()> {
        self.until(stack, "/ready", |_| true)
    }

    pub fn until_empty(&self, stack: &Stack) -> Res<()> {
        self.until(stack, "/health", |health| health.pointer("/spool/events") == Some(&json!(0)))
    }

    fn until(&self, stack: &Stack, path: &str, is: impl Fn(&Value) -> bool) -> Res<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(answer) = http::get(stack.ports.relay(), path, Duration::from_secs(5))
                && answer.status == 200
                && is(&serde_json::from_slice(&answer.body).unwrap_or_default())
            {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(format!("the relay's {path} does not come to what was waited for"))
    }

    /// CPU time since its start.
    pub fn cpu_ns(&self) -> Res<u64> {
        ingest::cpu_ns(&format!("/proc/{}", self.child.id()))
    }

    /// Resident memory of the process.
    pub fn rss_mb(&self) -> Res<f64> {
        ingest::rss_mb(&format!("/proc/{}", self.child.id()))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
