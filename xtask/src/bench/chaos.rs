//! `cargo xtask chaos`: minutes of mixed load while services fail at random, then every message is accounted for.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    kills::{self, Relay},
    stacks,
    world::{GENERAL, GUILD, VENT, WORDS, World, act, expect_nobody, say, under_load, write},
};
use crate::{
    Res,
    http::Connection,
    out, setup,
    stack::{Cron, Stack},
};

const USAGE: &str = "cargo xtask chaos [--minutes N] [--seed N]";
const ALERTS: &str = "1200000000200000022";
const BETWEEN: Duration = Duration::from_millis(40);
/// One in so many is a command, and one in so many needs help.
const COMMAND_EVERY: u64 = 25;
const GRAVE_EVERY: u64 = 60;
/// What was put off while something was down comes within the minutes of second looks and of the relay's longest pause;
/// and as long as the run was, for as many may wait for a second look.
const PATIENCE: Duration = Duration::from_secs(8 * 60);
const REST: Duration = Duration::from_secs(5);

pub fn run(args: &[String]) -> Res<()> {
    let (mut minutes, mut seed) = (10_u64, rand::random_range(0..1_000_000_u64));
    for pair in args.chunks(2) {
        let value = pair.get(1).and_then(|text| text.parse().ok()).ok_or(USAGE)?;
        match pair.first().map(String::as_str) {
            Some("--minutes") => minutes = value,
            Some("--seed") => seed = value,
            _ => return Err(USAGE.to_owned()),
        }
    }
    setup::ensure(setup::DEV)?;
    println!("  {minutes} min of chaos, --seed {seed}");
    let stack = stacks::real()?;
    expect_nobody(&stack)?;
    let world = World(stack.ports.discord());
    world.finds("high", 0)?;
    let mut relay = Relay::fresh(&stack)?;
    relay.until_ready(&stack)?;
    let (long, mut cron) = (Duration::from_secs(minutes * 60), Cron::start());
    let (sent, troubles) =
        under_load(stack.ports.discord(), talk, || trouble(&stack, &world, &mut relay, &mut cron, seed, long))?;
    world.ask("DELETE", "/world/faults", Value::Null)?;
    relay.until_ready(&stack)?;
    println!(
        "  {} messages, {} commands, {} in need; {troubles} troubles",
        sent.plain.len(),
        sent.commands.len(),
        sent.grave.len()
    );
    let wrong = settle(&stack, &mut cron, &sent, long)?;
    relay.end()?;
    if wrong.is_empty() {
        out::done("every message is accounted for: scored once, answered once, alerted once");
        return Ok(());
    }
    Err(format!("{} wrong:\n  {}", wrong.len(), wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n  ")))
}

/// Ids of what was written.
#[derive(Default)]
struct Sent {
    plain: Vec<String>,
    commands: Vec<String>,
    grave: Vec<String>,
}

fn talk(port: u16, enough: &AtomicBool) -> Res<Sent> {
    let mut world = Connection::open(port, Duration::from_secs(30))?;
    let mut sent = Sent::default();
    for number in 1_u64.. {
        if enough.load(Relaxed) {
            break;
        }
        let is_grave = number % GRAVE_EVERY == 0;
        let is_command = !is_grave && number % COMMAND_EVERY == 0;
        let id = match (is_grave, is_command) {
            // Each of them somebody else: alerts about one person are counted on one.
            (true, _) => {
                let joins = json!({"action": "join", "guild_id": GUILD, "name": format!("Guest {number}")});
                let guest = act(&mut world, port, "/world/members", &joins)?;
                let guest = guest.get("user_id").and_then(Value::as_str).ok_or("a guest without id")?;
                write(&mut world, port, VENT, guest, WORDS)?
            }
            (_, true) => say(&mut world, port, number, "!ping")?,
            _ => say(&mut world, port, number, &format!("message {number}"))?,
        };
        match (is_grave, is_command) {
            (true, _) => sent.grave.push(id),
            (_, true) => sent.commands.push(id),
            _ => sent.plain.push(id),
        }
        thread::sleep(BETWEEN);
    }
    Ok(sent)
}

/// SplitMix64: the same troubles for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most.max(1)
    }

    fn of(&mut self, all: &[&'static str]) -> &'static str {
        all.get(self.below(all.len() as u64) as usize).copied().unwrap_or_default()
    }
}

/// Breaks one thing after the other, also several at once, with pauses in which everything works. Says how many.
fn trouble(stack: &Stack, world: &World, relay: &mut Relay, cron: &mut Cron, seed: u64, long: Duration) -> Res<usize> {
    let mut dice = Dice(seed);
    let mut count = 0;
    let end = Instant::now() + long;
    while Instant::now() < end {
        // It fails while things are broken, and comes again.
        _ = cron.tend(stack);
        match dice.below(10) {
            0 => {
                relay.kill()?;
                *relay = Relay::start(stack)?;
            }
            1 => {
                let action = dice.of(&["close", "reconnect", "invalid_session"]);
                world.ask("POST", "/world/gateway", json!({"action": action, "resumable": true}))?;
            }
            2 => {
                world.ask("DELETE", "/world/faults", Value::Null)?;
                thread::sleep(REST);
                continue;
            }
            _ => world.ask("POST", "/world/faults", fault(&mut dice)).map(drop)?,
        }
        count += 1;
        thread::sleep(Duration::from_millis(200 + dice.below(3_000)));
    }
    Ok(count)
}

/// Down, slow, limited or lying: a face for up to thirty requests.
fn fault(dice: &mut Dice) -> Value {
    let face = dice.of(&["supabase", "supabase", "upstash", "upstash", "discord", "nlp"]);
    let times = 1 + dice.below(30);
    let mut fault = json!({"face": face, "times": times});
    let more = match dice.below(5) {
        0 => json!({"delay_ms": 200 + dice.below(3_000), "times": 1 + times / 6}),
        1 => json!({"status": 500}),
        2 => json!({"status": 503, "after": true}),
        3 => json!({"status": 200, "body": "no json at all"}),
        // An Ash-NLP that limits is asked twelve times a minute for hours afterwards: longer than anybody waits here.
        _ if face == "nlp" => json!({"status": 403}),
        _ => {
            json!({"status": 429, "headers": [["retry-after", "1"]], "body": {"retry_after": 1.0, "global": false, "message": "limited"}})
        }
    };
    if let (Some(fields), Value::Object(more)) = (fault.as_object_mut(), more) {
        fields.extend(more);
    }
    fault
}

/// Waits until everything has come, and a while longer for what must not come. What is wrong then, in words.
fn settle(stack: &Stack, cron: &mut Cron, sent: &Sent, long: Duration) -> Res<Vec<String>> {
    let deadline = Instant::now() + PATIENCE + long;
    while !account(stack, sent)?.is_empty() && Instant::now() < deadline {
        _ = cron.tend(stack);
        thread::sleep(Duration::from_secs(5));
    }
    thread::sleep(REST);
    account(stack, sent)
}

fn account(stack: &Stack, sent: &Sent) -> Res<Vec<String>> {
    let mut wrong = vec![];
    for (channel, ids) in
        [(GENERAL, sent.plain.iter().chain(&sent.commands).collect::<Vec<_>>()), (VENT, sent.grave.iter().collect())]
    {
        let known: HashSet<String> = kills::scored(stack, channel)?.into_iter().collect();
        wrong.extend(ids.iter().filter(|id| !known.contains(**id)).map(|id| format!("message {id} is not scored")));
        let counted = kills::counted(stack, channel)?;
        if counted != known.len() {
            wrong.push(format!("{} messages are counted {counted} times", known.len()));
        }
    }
    let answers = kills::messages(stack, GENERAL)?;
    let alerts = kills::messages(stack, ALERTS)?;
    let posts: Vec<String> =
        alerts.iter().filter(|post| post.pointer("/embeds/0").is_some()).map(Value::to_string).collect();
    for id in &sent.commands {
        let is_answer = |one: &&Value| one.pointer("/message_reference/message_id").and_then(Value::as_str) == Some(id);
        match answers.iter().filter(is_answer).count() {
            1 => {}
            times => wrong.push(format!("command {id} is answered {times} times")),
        }
    }
    for id in &sent.grave {
        match posts.iter().filter(|post| post.contains(&format!("/{id}"))).count() {
            1 => {}
            times => wrong.push(format!("the team is told {times} times of {id}")),
        }
    }
    Ok(wrong)
}
