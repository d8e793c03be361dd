//! What the relays still hold of a person on their disks: they are told to forget it.

use from_json::json;

use crate::{context::Cx, error::Result, person::Person, relay_filter};

pub async fn erase(cx: Cx, who: Person) -> Result<()> {
    let asked = json!({"guild_id": who.guild_id, "user_id": who.user_id});
    cx.supabase.rpc::<Option<i64>>("erase_from_relays", &asked).await?;
    relay_filter::changed(&cx).await;
    Ok(())
}
