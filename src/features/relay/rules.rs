//! How a relay is, told from its last word and from how long that was ago.

use from_json::{FromJson, Map, Value, json};
use relay_wire::{ShardState, ShardStatus};

/// A status comes every 10 s and may travel with a batch of 15 s.
const SILENT_MS: i64 = 60_000;
/// Events that wait longer than this are no longer a matter of batches.
const LATE_MS: u64 = 60_000;

/// What the relay says of itself: `up`, `degraded` or `down`.
pub fn own_state(shards: &[ShardStatus], oldest_ms: u64, conflicts: usize) -> &'static str {
    let ready = shards.iter().filter(|shard| shard.state == ShardState::Ready).count();
    let told = shards.iter().any(|shard| shard.degraded.is_some());
    if ready == 0 {
        "down"
    } else if ready < shards.len() || told || oldest_ms > LATE_MS || conflicts > 0 {
        "degraded"
    } else {
        "up"
    }
}

/// What the function `relay_health` answers.
#[derive(Clone, Debug, Default, FromJson)]
pub struct Known {
    pub relays: Vec<Word>,
    pub gaps: Value,
}

/// The last word of a relay.
#[derive(Clone, Debug, FromJson)]
pub struct Word {
    pub relay: String,
    pub status: String,
    #[serde(default)]
    pub detail: Value,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// The component as `/health/detailed` shows it. `heard` says when a word of each relay was last heard, in milliseconds
/// since 1970: it may be newer than what the database knows.
pub fn component(mut known: Known, heard: &[(String, i64)], now_ms: i64) -> Value {
    for (relay, at) in heard {
        match known.relays.iter_mut().find(|word| word.relay == *relay) {
            Some(word) => word.at = word.at.max(*at),
            None => {
                known.relays.push(Word { relay: relay.clone(), status: "up".to_owned(), detail: Value::Null, at: *at })
            }
        }
    }
    let is_silent = |word: &Word| now_ms - word.at > SILENT_MS;
    let status_of = |word: &Word| if is_silent(word) { "down".to_owned() } else { word.status.clone() };
    let relays: Vec<Value> = known
        .relays
        .iter()
        .map(|word| {
            let mut shown = Map::new();
            if let Value::Object(detail) = &word.detail {
                shown.extend(detail.clone());
            }
            if is_silent(word) {
                shown.insert("message".into(), json!("silent: the process is gone, or it cannot reach the Worker"));
            }
            shown.insert("relay".into(), json!(word.relay));
            shown.insert("status".into(), json!(status_of(word)));
            shown.insert("age_ms".into(), json!((now_ms - word.at).max(0)));
            Value::Object(shown)
        })
        .collect();
    let all = |wanted: &str| known.relays.iter().all(|word| status_of(word) == wanted);
    let status = match relays.is_empty() {
        true => "never_heard_of",
        false if all("up") => "up",
        false if all("down") => "down",
        false => "degraded",
    };
    json!({"status": status, "relays": relays, "gaps": known.gaps})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(state: ShardState, degraded: Option<&str>) -> ShardStatus {
        let degraded = degraded.map(str::to_owned);
        ShardStatus { shard: 0, shard_count: 1, state, latency_ms: None, resumes: 0, gaps: 0, degraded }
    }

    #[test]
    fn a_relay_without_a_ready_shard_is_down() {
        assert_eq!(own_state(&[], 0, 0), "down");
        assert_eq!(own_state(&[shard(ShardState::Connecting, None)], 0, 0), "down");
        assert_eq!(own_state(&[shard(ShardState::Ready, None)], 0, 0), "up");
    }

    #[test]
    fn what_is_missing_or_waits_long_degrades_it() {
        let ready = shard(ShardState::Ready, None);
        assert_eq!(own_state(&[ready.clone(), shard(ShardState::Disconnected, None)], 0, 0), "degraded");
        assert_eq!(own_state(&[shard(ShardState::Ready, Some("an intent is missing"))], 0, 0), "degraded");
        assert_eq!(own_state(std::slice::from_ref(&ready), 60_001, 0), "degraded");
        assert_eq!(own_state(&[ready], 0, 1), "degraded");
    }

    fn word(relay: &str, status: &str, at: i64) -> Word {
        Word { relay: relay.into(), status: status.into(), detail: json!({"queued": 3}), at }
    }

    #[test]
    fn silence_shows_and_never_heard_of_is_its_own_word() {
        let known = |relays: Vec<Word>| Known { relays, gaps: json!({"open": 0}) };
        assert_eq!(component(known(vec![]), &[], 100_000)["status"], "never_heard_of");
        let one = component(known(vec![word("a", "up", 90_000)]), &[], 100_000);
        assert_eq!((&one["status"], &one["relays"][0]["age_ms"]), (&json!("up"), &json!(10_000)));
        assert_eq!(one["relays"][0]["queued"], 3);
        let silent = component(known(vec![word("a", "up", 90_000)]), &[], 150_001);
        assert_eq!((&silent["status"], &silent["relays"][0]["status"]), (&json!("down"), &json!("down")));
        let heard = component(known(vec![word("a", "up", 90_000)]), &[("a".into(), 150_000)], 150_001);
        assert_eq!(heard["status"], "up", "Upstash heard of it since");
        let two = component(known(vec![word("a", "up", 90_000), word("b", "down", 90_000)]), &[], 100_000);
        assert_eq!(two["status"], "degraded");
    }
}
