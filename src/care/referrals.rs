//! How often people were shown where to find help: counted by the day, the guild and the occasion, never to whom.

use from_json::json;
use relay_wire::Snowflake;

use crate::context::{Cx, logged};

/// Counts a resource card that was shown, after the answer. `kind`: `talk`, `direct`, `human` or `resources`; without a guild
/// it counts for none.
pub fn count(cx: &Cx, guild: Option<Snowflake>, kind: &'static str) {
    let counting = cx.clone();
    cx.after(async move {
        let one = json!({"guild_id": guild.unwrap_or_default(), "kind": kind, "at": counting.now});
        let counted = counting.supabase.rpc::<()>("count_referral", &one).await;
        logged(&counting, "referrals", counted.map_err(Into::into));
    });
}
