//! Flush cache: what Upstash keeps only to save work is forgotten. Nothing that is counted, claimed or owed is touched.

use from_json::json;
use relay_wire::Snowflake;

use crate::{
    ai::breaker, clients::redis::Reply, command, context::Cx, error::Result, features::FEATURES, person::note_action,
};

/// Of one pattern: 20,000 keys looked at.
const ROUNDS: usize = 20;
const LOOKED_AT: u32 = 1_000;

/// Answers with how many keys are gone. The copies in the memory of other isolates end by themselves within ten seconds.
pub async fn flush(cx: &Cx, guild: Snowflake, actor: Snowflake) -> Result<i64> {
    note_action(cx, guild, actor, "flush_cache", &json!({})).await?;
    let mut gone = 0;
    for pattern in FEATURES.iter().flat_map(|feature| feature.caches).chain(breaker::CACHES) {
        let mut cursor = "0".to_owned();
        for _ in 0..ROUNDS {
            let scanned = cx.redis.pipeline(&[command!["SCAN", cursor, "MATCH", *pattern, "COUNT", LOOKED_AT]]).await?;
            let [next, keys] = scanned.first().map(Reply::array).unwrap_or_default() else { break };
            let keys: Vec<&str> = keys.array().iter().filter_map(Reply::text).collect();
            if !keys.is_empty() {
                let mut delete = command!["DEL"];
                delete.extend(keys.iter().map(|key| (*key).to_owned()));
                gone += cx.redis.pipeline(&[delete]).await?.first().and_then(Reply::int).unwrap_or_default();
            }
            next.text().unwrap_or("0").clone_into(&mut cursor);
            if cursor == "0" {
                break;
            }
        }
    }
    cx.forget_copies();
    Ok(gone)
}
