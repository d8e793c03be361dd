//! How many messages were found LOW, so that nobody was told: counted in Upstash with the round trip that keeps them, brought to Postgres each hour.

use from_json::json;
use relay_wire::Snowflake;

use crate::{clients::redis::Command, command, context::Cx, error::Result};

pub const COLLECT: &str = "crisis.low";

/// Hours that are still there to be collected, should nobody have done it.
const HOURS: i64 = 24;

fn key(hour: i64) -> String {
    format!("crisis:low:{hour}")
}

fn this_hour(cx: &Cx) -> i64 {
    cx.now.timestamp() / 3_600
}

pub fn count_commands(cx: &Cx, guild: Snowflake) -> [Command; 2] {
    let key = key(this_hour(cx));
    [command!["HINCRBY", key, guild, 1], command!["EXPIRE", key, (HOURS + 1) * 3_600]]
}

/// Whole counts, so that it may run any number of times.
pub async fn collect(cx: Cx) -> Result<()> {
    let hours: Vec<i64> = (0..=HOURS).map(|back| this_hour(&cx) - back).collect();
    let asked: Vec<Command> = hours.iter().map(|hour| command!["HGETALL", key(*hour)]).collect();
    let replies = cx.redis.pipeline(&asked).await?;
    let mut counts = vec![];
    for (hour, reply) in hours.iter().zip(&replies) {
        for one in reply.array().chunks_exact(2) {
            if let [guild, messages] = one {
                counts.push(json!({"guild_id": guild.text(), "hour": hour, "messages": messages.int()}));
            }
        }
    }
    Ok(cx.supabase.rpc("note_crisis_low", &json!({"counts": counts, "at": cx.now})).await?)
}
