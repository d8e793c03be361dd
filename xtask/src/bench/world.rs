//! The control interface of the local world, as measurements use it.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Res,
    http::{self, Connection},
    stack::Stack,
};

pub const GUILD: &str = "1200000000000000000";
/// #general and #vent of the seeded guild; #vent is monitored.
pub const GENERAL: &str = "1200000000200000012";
pub const VENT: &str = "1200000000200000014";
/// Who writes, where it does not matter who.
const MEMBERS: [&str; 3] = ["1200000000300000006", "1200000000300000007", "1200000000300000008"];
/// The stand-in of Ash-NLP is told to find it; the built-in screen does not.
pub const WORDS: &str = "a lantern in the fog";
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Chooses settings of the seeded guild.
pub fn choose(stack: &Stack, settings: &[(&str, Value)]) -> Res<()> {
    let key = stack.variable("SUPABASE_SECRET_KEY")?;
    let port = stack.ports.supabase();
    let headers = [("apikey", key), ("content-type", "application/json")];
    let rows: Vec<Value> =
        settings.iter().map(|(key, value)| json!({"guild_id": GUILD, "key": key, "value": value})).collect();
    let request = http::request("POST", port, "/rest/v1/guild_settings", &headers, json!(rows).to_string().as_bytes());
    match Connection::open(port, PATIENCE)?.send(&request)?.status {
        201 => Ok(()),
        status => Err(format!("a setting cannot be chosen ({status})")),
    }
}

/// Nobody reacts to what is written here: reminders of the first alerts, and what Ash offers, would be counted with the last.
pub fn expect_nobody(stack: &Stack) -> Res<()> {
    let hour = json!(60);
    let rest = [
        ("crisis.chain_ping_minutes", hour.clone()),
        ("crisis.chain_second_minutes", hour),
        ("companion.opener", json!(false)),
    ];
    choose(stack, &rest)
}

/// Does something in the local Discord over a connection that stays; what it answers.
pub fn act(world: &mut Connection, port: u16, path: &str, body: &Value) -> Res<Value> {
    let headers = [("content-type", "application/json")];
    let answer = world.send(&http::request("POST", port, path, &headers, body.to_string().as_bytes()))?;
    serde_json::from_slice(&answer.body).map_err(|_| format!("{path} answers {}", answer.status))
}

/// The `number`th message, of one member after the other in #general; its id.
pub fn say(world: &mut Connection, port: u16, number: u64, text: &str) -> Res<String> {
    let member = MEMBERS.get(number as usize % MEMBERS.len()).copied().unwrap_or_default();
    write(world, port, GENERAL, member, text)
}

/// A message; its id.
pub fn write(world: &mut Connection, port: u16, channel: &str, member: &str, text: &str) -> Res<String> {
    let message =
        act(world, port, "/world/messages", &json!({"channel_id": channel, "user_id": member, "content": text}))?;
    Ok(message.get("id").and_then(Value::as_str).ok_or("a message without id")?.to_owned())
}

/// Runs `go` while `talk` writes until it is told that it is enough.
pub fn under_load<S: Send, R>(
    port: u16,
    talk: fn(u16, &AtomicBool) -> Res<S>,
    go: impl FnOnce() -> Res<R>,
) -> Res<(S, R)> {
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = scope.spawn(|| talk(port, &enough));
        let done = go();
        enough.store(true, Relaxed);
        let sent = load.join().map_err(|_| "the load failed")??;
        Ok((sent, done?))
    })
}

/// Its port.
pub struct World(pub u16);

impl World {
    /// What Ash-NLP says of the words from now on, and how long it takes for every text.
    pub fn finds(&self, severity: &str, delay_ms: u64) -> Res<()> {
        self.ask("DELETE", "/world/nlp", Value::Null)?;
        self.ask("POST", "/world/nlp", json!({"contains": WORDS, "severity": severity, "delay_ms": delay_ms}))?;
        self.ask("POST", "/world/nlp", json!({"severity": "safe", "delay_ms": delay_ms})).map(drop)
    }

    pub fn load(&self, mut load: Value) -> Res<Value> {
        if let Some(fields) = load.as_object_mut() {
            fields.insert("channel_id".to_owned(), json!(VENT));
            fields.insert("words".to_owned(), json!(WORDS));
            fields.insert("patience_ms".to_owned(), json!(PATIENCE.as_millis() as u64));
        }
        self.ask("POST", "/world/load", load)
    }

    pub fn ask(&self, method: &str, path: &str, body: Value) -> Res<Value> {
        let body = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
        let request = http::request(method, self.0, path, &[("content-type", "application/json")], &body);
        // Writing takes its time, and so does waiting for what is missing.
        let answer = Connection::open(self.0, PATIENCE * 3)?.send(&request)?;
        if answer.status >= 300 {
            return Err(format!("{method} {path} ({}): {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}
