//! Talks with Ash in figures, for `/ash stats`.

use from_json::{Value, json};
use relay_wire::Snowflake;

use super::after_messages as messages;
use crate::{context::Cx, error::Result};

/// A title and lines; None if there was nothing.
pub async fn figures(cx: &Cx, guild: Snowflake, days: i64) -> Result<Option<(String, String)>> {
    let asked = json!({"guild": guild, "until": cx.now, "days": days});
    let totals: Value = cx.supabase.rpc("ash_totals", &asked).await?;
    Ok(messages::figures(cx.lang, &totals))
}
