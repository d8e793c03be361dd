//! Which relay holds which shard: leases in Upstash, asked for before a gateway session begins and kept by each status.
//!
//! Two relays on one shard would let every event happen twice, and two totals would leave guilds to nobody.

use from_json::json;
use relay_wire::{Identify, Leave, ShardState, ShardStatus};

use super::BACKFILL;
use crate::{
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    error::{Error, Result},
    jobs,
};

const SHARD_MS: u32 = 60_000;
/// Longer than a shard's, so that no other total begins while a shard is still held.
const TOTAL_MS: u32 = 90_000;
/// Discord's own pause between two sessions with the same `shard % max_concurrency`.
const SLOT_MS: u32 = 5_000;

const TOTAL_KEY: &str = "relay:shard_count";

/// Discord gives a bot no more than this many shards in practice; more is a mistake.
const MAX_SHARDS: u32 = 100_000;
const MAX_NAME: usize = 100;

/// A script, because it is all or nothing: who is refused or has to wait must not take what somebody else waits for.
/// KEYS: total, shard, slot. ARGV: holder, total, relay, and the three times to live.
const IDENTIFY: &str = "\
local total = redis.call('GET', KEYS[1])
if total and string.match(total, '^%d+') ~= ARGV[2] then return {'total', total} end
local held = redis.call('GET', KEYS[2])
if held and held ~= ARGV[1] then return {'held', held} end
if not redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[6]) then return {'wait', redis.call('PTTL', KEYS[3])} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[5])
return {'granted'}";

/// KEYS: total, shards. ARGV: holder, total, relay, two times to live. Answers what somebody else holds: key, holder, ...
const RENEW: &str = "\
local others = {}
local total = redis.call('GET', KEYS[1])
if not total or string.match(total, '^%d+') == ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[5])
else table.insert(others, KEYS[1]) table.insert(others, total) end
for i = 2, #KEYS do
  local held = redis.call('GET', KEYS[i])
  if not held or held == ARGV[1] then redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[4])
  else table.insert(others, KEYS[i]) table.insert(others, held) end
end
return others";

/// Refuses what no relay means, with the mend.
pub fn check(asked: &Identify) -> Result<(), &'static str> {
    let is_name = |text: &str| (1..=MAX_NAME).contains(&text.len()) && !text.chars().any(char::is_control);
    if !is_name(&asked.relay) || !is_name(&asked.epoch) {
        return Err("relay and epoch must have 1 to 100 characters; set RELAY_NAME");
    }
    if !(1..=MAX_SHARDS).contains(&asked.shard_count) {
        return Err("shard_count must be at least 1; SHARDS is written first-last/total, e.g. 0-3/16");
    }
    if asked.shard >= asked.shard_count {
        return Err("shard must be below shard_count; shards are counted from 0: SHARDS=0-3/4 are four");
    }
    if asked.max_concurrency == 0 {
        return Err("max_concurrency must be at least 1; Discord tells it with GET /gateway/bot");
    }
    Ok(())
}

/// Whether a new gateway session may begin now. The same relay with the same spool renews what it holds.
pub async fn identify(cx: &Cx, asked: &Identify) -> Result<Leave> {
    let slot = format!("relay:identify:{}", asked.shard % asked.max_concurrency.max(1));
    let script = command![
        "EVAL",
        IDENTIFY,
        3,
        TOTAL_KEY,
        shard_key(asked.shard, asked.shard_count),
        slot,
        holder(&asked.relay, &asked.epoch),
        asked.shard_count,
        asked.relay,
        SHARD_MS,
        TOTAL_MS,
        SLOT_MS
    ];
    let replies = cx.redis.pipeline(&[script]).await?;
    let said = replies.first().map(Reply::array).unwrap_or_default();
    let word = said.first().and_then(Reply::text).unwrap_or_default();
    let leave = match (word, said.get(1)) {
        ("granted", _) => Leave::Granted,
        ("wait", Some(left)) => {
            let left = left.int().and_then(|ms| u64::try_from(ms).ok()).unwrap_or(SLOT_MS.into());
            Leave::Wait { delay_ms: left.clamp(1, SLOT_MS.into()) }
        }
        ("held", Some(other)) => Leave::Refused { reason: held_by(asked, other.text().unwrap_or_default()) },
        ("total", Some(other)) => Leave::Refused { reason: other_total(asked, other.text().unwrap_or_default()) },
        _ => return Err(Error::bug("the script about shards answered something else")),
    };
    let fields = json!({"relay": asked.relay, "shard": asked.shard, "of": asked.shard_count, "leave": word});
    cx.log("info", "identify", fields);
    if leave == Leave::Granted {
        // What an empty spool cannot tell; a failure must not keep the relay from its session.
        logged(cx, "relay", note_new_spool(cx, asked).await);
    }
    Ok(leave)
}

/// A relay of a known name with another spool: since its last word, events may have been lost.
async fn note_new_spool(cx: &Cx, asked: &Identify) -> Result<()> {
    let arguments = json!({
        "relay": asked.relay, "epoch": asked.epoch, "shard": asked.shard, "shard_count": asked.shard_count, "at": cx.now,
    });
    let noted: Option<i64> = cx.supabase.rpc("note_new_spool", &arguments).await?;
    if let Some(gap_id) = noted {
        cx.log("warn", "relay_gap", json!({"gap_id": gap_id, "shard": asked.shard, "reason": "new_spool"}));
        jobs::hint(cx, BACKFILL, &gap_id.to_string(), cx.now).await;
    }
    Ok(())
}

/// Keeps the shards that a relay runs; None if it runs none, or does not tell who it is.
pub fn renew_command(relay: &str, epoch: &str, shards: &[ShardStatus]) -> Option<Command> {
    let running: Vec<&ShardStatus> = shards.iter().filter(|shard| shard.state != ShardState::Stopped).collect();
    let first = running.first().filter(|_| !relay.is_empty() && !epoch.is_empty())?;
    let mut script = command!["EVAL", RENEW, running.len() + 1, TOTAL_KEY];
    script.extend(running.iter().map(|one| shard_key(one.shard, one.shard_count)));
    script.extend(command![holder(relay, epoch), first.shard_count, relay, SHARD_MS, TOTAL_MS]);
    Some(script)
}

/// What the reply to [`renew_command`] says that somebody else holds, in words.
pub fn conflicts(reply: &Reply) -> Vec<String> {
    let pairs = reply.array().chunks(2).filter_map(|pair| match pair {
        [key, other] => Some((key.text()?, other.text()?)),
        _ => None,
    });
    let said = pairs.map(|(key, other)| match key.strip_prefix("relay:shard:").and_then(|rest| rest.split_once('/')) {
        Some((total, shard)) => format!("shard {shard} of {total} is held by the relay {}", name_in(other)),
        None => format!("the relays run with another total: {other}"),
    });
    said.collect()
}

fn shard_key(shard: u32, shard_count: u32) -> String {
    format!("relay:shard:{shard_count}/{shard}")
}

fn holder(relay: &str, epoch: &str) -> String {
    format!("{relay}/{epoch}")
}

/// Of `relay/epoch`.
fn name_in(holder: &str) -> &str {
    holder.rsplit_once('/').map_or(holder, |(relay, _)| relay)
}

fn held_by(asked: &Identify, other: &str) -> String {
    let (shard, total, name) = (asked.shard, asked.shard_count, name_in(other));
    if name == asked.relay {
        return format!(
            "shard {shard} of {total} is held by another process with the name {name}: stop it, or give each its own \
             RELAY_NAME and SHARDS. If it was this one with a spool that is gone, wait a minute."
        );
    }
    format!(
        "shard {shard} of {total} is held by the relay {name}: stop it, or give each its own SHARDS. If it is gone, its \
         hold ends a minute after its last word."
    )
}

/// `other` is `16 name`.
fn other_total(asked: &Identify, other: &str) -> String {
    let (total, name) = other.split_once(' ').unwrap_or((other, "another one"));
    format!(
        "the relay {name} runs with {total} shards in all, this one with {}: give all of them the same total in SHARDS. To \
         change it, stop them all; the old total ends 90 s after its last word.",
        asked.shard_count
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Identify {
        Identify { v: 1, relay: "a".into(), epoch: "e".into(), shard: 3, shard_count: 4, max_concurrency: 1 }
    }

    #[test]
    fn what_no_relay_means_is_refused_with_its_mend() {
        assert_eq!(check(&asked()), Ok(()));
        assert!(check(&Identify { shard: 4, ..asked() }).unwrap_err().contains("counted from 0"));
        assert!(check(&Identify { shard: 0, shard_count: 0, ..asked() }).is_err());
        assert!(check(&Identify { max_concurrency: 0, ..asked() }).unwrap_err().contains("/gateway/bot"));
        assert!(check(&Identify { relay: "x".repeat(101), ..asked() }).is_err());
        assert!(check(&Identify { epoch: "\n".into(), ..asked() }).is_err());
    }

    #[test]
    fn a_refusal_names_the_other_and_the_mend() {
        assert_eq!(
            held_by(&asked(), "b/eu/7f"),
            "shard 3 of 4 is held by the relay b/eu: stop it, or give each its own SHARDS. If it is gone, its hold ends a \
             minute after its last word."
        );
        assert!(held_by(&asked(), "a/other").contains("another process with the name a"));
        assert!(other_total(&asked(), "16 b").contains("b runs with 16 shards in all, this one with 4"));
    }
}
