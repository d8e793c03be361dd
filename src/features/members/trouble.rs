//! What keeps this feature from working in a guild: said once in the log, and shown in `/setup` and health until it is mended.

use std::collections::BTreeMap;

use relay_wire::Snowflake;
use serde_json::{Value, json};

use crate::{context::Cx, error::Result};

/// The parts that can be in trouble.
pub const LISTING: &str = "listing";
pub const WELCOME: &str = "welcome";

pub async fn note(cx: &Cx, guild: Snowflake, part: &str, message: &str) -> Result<()> {
    let trouble = json!({"guild_id": guild, "instance": part, "message": message, "at": cx.now});
    if cx.supabase.rpc::<bool>("note_member_trouble", &trouble).await? {
        cx.log("warn", "members_trouble", json!({"guild_id": guild, "part": part}));
    }
    Ok(())
}

pub async fn mended(cx: &Cx, guild: Snowflake, part: &str) -> Result<()> {
    let mended = json!({"guild_id": guild, "instance": part, "at": cx.now});
    cx.supabase.rpc::<bool>("note_member_trouble", &mended).await?;
    Ok(())
}

/// The `members` component of `/health/detailed`: in how many guilds which part does not work. One round trip.
pub async fn health(cx: &Cx) -> Value {
    match cx.supabase.rpc::<BTreeMap<String, u64>>("members_health", &json!({})).await {
        Ok(troubles) if troubles.is_empty() => json!({"status": "up"}),
        Ok(troubles) => json!({"status": "degraded", "guilds_with_trouble": troubles}),
        Err(error) => json!({"status": "unknown", "message": error.to_string()}),
    }
}
