//! `POST /world/load`: many members write at a steady pace or at once, and the time from the gateway to each alert's POST is told.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    discord::{Discord, Id},
    face::{Face, Recorded, Shared},
    seed,
};

/// What is written.
#[derive(Clone, Debug, Deserialize)]
pub struct Load {
    pub channel_id: Id,
    pub messages: usize,
    /// 0: all at once.
    #[serde(default)]
    pub per_second: f64,
    /// Each so many messages says `words`, by somebody who wrote nothing before; 0: none.
    #[serde(default)]
    pub every: usize,
    #[serde(default)]
    pub words: String,
    /// How long to wait for alerts that are missing.
    pub patience_ms: u64,
}

/// Everybody joins before the first word, so that joining is not measured.
fn members(discord: &Discord, count: usize) -> Result<Vec<Id>, String> {
    let join = |number: usize| {
        let name = format!("Writer {number}");
        let user = discord.add_user(&name);
        discord.join(seed::HARBOUR, user, &name).map(|()| user)
    };
    (0..count).map(join).collect()
}

pub async fn run(discord: Arc<Discord>, shared: Arc<Shared>, load: Load) -> Result<Value, String> {
    let graves = load.messages.checked_div(load.every).unwrap_or_default();
    let (members, in_need) = (members(&discord, load.messages.min(1_000))?, members(&discord, graves)?);
    tokio::time::sleep(Duration::from_secs(2)).await;
    shared.forget_recorded();
    let pause = if load.per_second > 0.0 { Duration::from_secs_f64(1.0 / load.per_second) } else { Duration::ZERO };
    let mut ticks = (load.per_second > 0.0).then(|| tokio::time::interval(pause));
    let mut expected = HashMap::new();
    let began = Shared::now_us();
    for number in 0..load.messages {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let is_grave = load.every > 0 && number % load.every == load.every - 1;
        let text = if is_grave { load.words.clone() } else { format!("lovely weather for a walk, number {number}") };
        let author = match is_grave {
            true => in_need.get(number / load.every),
            false => members.get(number % members.len()),
        };
        let author = author.ok_or("nobody to write")?;
        let at = Shared::now_us();
        let message = discord.send_message(load.channel_id, *author, &text, None)?;
        if is_grave {
            expected.insert(message.id.to_string(), at);
        }
    }
    let until = Shared::now_us() + load.patience_ms as i64 * 1_000;
    let mut arrived = arrivals(&shared, &expected);
    let wanted = load.messages;
    while Shared::now_us() < until && (arrived.len() < expected.len() || analyzed(&shared) < wanted) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        arrived = arrivals(&shared, &expected);
    }
    let mut ms: Vec<f64> = arrived.values().map(|(us, _)| *us as f64 / 1_000.0).collect();
    ms.sort_by(f64::total_cmp);
    let last = shared.recorded(Face::Nlp).iter().map(|one| one.at_us).max().unwrap_or(began);
    let of = |face: Face| shared.recorded(face).len();
    Ok(json!({
        "messages": load.messages, "alerts_expected": expected.len(), "alerts": arrived.len(),
        "doubled": arrived.values().filter(|(_, times)| *times > 1).count(),
        "p50_ms": at(&ms, 0.5), "p99_ms": at(&ms, 0.99), "max_ms": ms.last(),
        "seconds": (last - began) as f64 / 1e6, "redis": of(Face::Upstash), "supabase": of(Face::Supabase), "nlp": of(Face::Nlp),
    }))
}

fn analyzed(shared: &Shared) -> usize {
    shared.recorded(Face::Nlp).iter().filter(|one| one.path == "/analyze").count()
}

/// Of each message: microseconds until its alert's POST arrived, and how many such POSTs there were.
fn arrivals(shared: &Shared, expected: &HashMap<String, i64>) -> HashMap<String, (i64, usize)> {
    let mut arrived: HashMap<String, (i64, usize)> = HashMap::new();
    let is_post = |one: &Recorded| one.method == "POST" && one.path.ends_with("/messages") && one.status == 200;
    for one in shared.recorded(Face::Discord).iter().filter(|one| is_post(one)) {
        let embeds = one.body["embeds"].to_string();
        let Some(id) = embeds.split("/channels/").nth(1).and_then(|link| link.split(['/', ')']).nth(2)) else {
            continue;
        };
        if let Some(sent) = expected.get(id) {
            let entry = arrived.entry(id.to_owned()).or_insert((one.at_us - sent, 0));
            entry.1 += 1;
        }
    }
    arrived
}

fn at(sorted: &[f64], part: f64) -> Option<f64> {
    sorted.get(((sorted.len() as f64 * part).ceil() as usize).saturating_sub(1)).copied()
}
