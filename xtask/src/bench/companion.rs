//! Ten and a hundred members talk with Ash at once: from what each wrote to Ash's answer, through relay and workerd.

use std::{
    collections::HashMap,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    report::{Budget, Limit, Row},
    stacks,
    world::{GENERAL, GUILD, PATIENCE, World, choose},
};
use crate::Res;

pub fn run() -> Res<Vec<Row>> {
    let stack = stacks::whole()?;
    choose(&stack, &[("companion.opener", json!(false))])?;
    let world = World(stack.ports.discord());
    let talks = talks(&world, 100)?;
    let mut rows = vec![];
    for (count, claude_ms) in [(10, 0), (100, 0), (10, 1_000), (100, 1_000)] {
        world.ask("DELETE", "/world/claude", Value::Null)?;
        world.ask(
            "POST",
            "/world/claude",
            json!({"text": "I hear you. What would help right now?", "delay_ms": claude_ms}),
        )?;
        let what = format!("{count} talks at once, Claude {claude_ms} ms");
        rows.push(answers(&world, what, talks.get(..count).unwrap_or_default(), claude_ms)?);
    }
    // All hundred wait for a model that does not answer, and somebody writes that they are in danger.
    world.ask("DELETE", "/world/claude", Value::Null)?;
    world.ask("POST", "/world/claude", json!({"text": "too late", "delay_ms": 30_000}))?;
    write(&world, &talks)?;
    world.finds("critical", 0)?;
    let told = world.load(json!({"messages": 50, "per_second": 10.0, "every": 10}))?;
    let number = |name: &str| told.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    rows.push(Row {
        bench: "companion",
        what: "alerts while 100 answers hang".to_owned(),
        values: vec![
            ("p50_ms", number("p50_ms")),
            ("max_ms", number("max_ms")),
            ("lost", number("alerts_expected") - number("alerts")),
        ],
        budgets: vec![
            Budget { of: "max_ms", limit: Limit::Below(750.0) },
            Budget { of: "lost", limit: Limit::Below(1.0) },
        ],
    });
    Ok(rows)
}

/// Members with a talk in a thread of their own: user and thread.
fn talks(world: &World, count: usize) -> Res<Vec<(String, String)>> {
    let text = |of: Option<&Value>| of.and_then(Value::as_str).map(str::to_owned).ok_or("somebody without an id");
    let mut talks = vec![];
    for number in 0..count {
        let join = json!({"guild_id": GUILD, "action": "join", "name": format!("Talker {number}")});
        let user = text(world.ask("POST", "/world/members", join)?.get("user_id"))?;
        let used =
            json!({"guild_id": GUILD, "channel_id": GENERAL, "user_id": user, "name": "ash talk", "options": {}});
        world.ask("POST", "/world/interactions/command", used)?;
        talks.push((user, String::new()));
    }
    let began = Instant::now();
    let mut threads: HashMap<String, String> = HashMap::new();
    while threads.len() < count {
        if began.elapsed() > PATIENCE {
            return Err(format!("{} of {count} talks began", threads.len()));
        }
        sleep(Duration::from_millis(200));
        for post in posts(world)? {
            if let (Some(thread), Some(user)) =
                (thread_of(&post), post.pointer("/body/content").and_then(Value::as_str))
            {
                threads.insert(user.trim_matches(|c: char| !c.is_ascii_digit()).to_owned(), thread);
            }
        }
    }
    for (user, thread) in &mut talks {
        *thread = threads.remove(user).ok_or("a talk without a thread")?;
    }
    Ok(talks)
}

/// What the bot posted in channels since the record was cleared, and was accepted.
fn posts(world: &World) -> Res<Vec<Value>> {
    let all = world.ask("GET", "/world/record?face=discord", Value::Null)?;
    let is_post = |one: &Value| {
        one.get("method") == Some(&json!("POST")) && one.get("status") == Some(&json!(200)) && thread_of(one).is_some()
    };
    Ok(all.as_array().map(|all| all.iter().filter(|one| is_post(one)).cloned().collect()).unwrap_or_default())
}

/// The channel of a post that Ash signed.
fn thread_of(post: &Value) -> Option<String> {
    let is_ash = post.pointer("/body/embeds/0/author/name") == Some(&json!("Ash (AI)"));
    let path = post.get("path").and_then(Value::as_str).filter(|_| is_ash)?;
    Some(path.strip_suffix("/messages")?.rsplit('/').next()?.to_owned())
}

/// Everybody writes; when each message was there, milliseconds since 1970, by its thread.
fn write(world: &World, talks: &[(String, String)]) -> Res<HashMap<String, f64>> {
    let mut written = HashMap::new();
    for (user, thread) in talks {
        let message = json!({"channel_id": thread, "user_id": user, "content": "it was a long day"});
        let message = world.ask("POST", "/world/messages", message)?;
        let id: u64 = message
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok())
            .ok_or("a message without an id")?;
        // Discord's epoch: the first second of 2015.
        written.insert(thread.clone(), ((id >> 22) + 1_420_070_400_000) as f64);
    }
    Ok(written)
}

fn answers(world: &World, what: String, talks: &[(String, String)], claude_ms: u64) -> Res<Row> {
    world.ask("DELETE", "/world/record", Value::Null)?;
    let written = write(world, talks)?;
    let began = Instant::now();
    let mut answered: HashMap<String, f64> = HashMap::new();
    let mut posted = 0;
    while answered.len() < written.len() && began.elapsed() < PATIENCE {
        sleep(Duration::from_millis(100));
        posted = 0;
        for post in posts(world)? {
            let (Some(thread), Some(at_us)) = (thread_of(&post), post.get("at_us").and_then(Value::as_f64)) else {
                continue;
            };
            if let Some(at) = written.get(&thread) {
                posted += 1;
                answered.entry(thread).or_insert(at_us / 1_000.0 - at);
            }
        }
    }
    let mut ms: Vec<f64> = answered.into_values().collect();
    ms.sort_by(f64::total_cmp);
    let at =
        |part: f64| ms.get(((ms.len() as f64 * part).ceil() as usize).saturating_sub(1)).copied().unwrap_or(f64::NAN);
    Ok(Row {
        bench: "companion",
        what,
        values: vec![
            ("p50_ms", at(0.5)),
            ("p99_ms", at(0.99)),
            ("claude_ms", claude_ms as f64),
            ("lost", (written.len() - ms.len()) as f64),
            ("doubled", (posted - ms.len()) as f64),
        ],
        budgets: vec![Budget { of: "lost", limit: Limit::Below(1.0) }],
    })
}
