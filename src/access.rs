//! Notes who of the staff opened what is held about a member; they read it in `/privacy export`.

use relay_wire::Snowflake;
use serde_json::json;

use crate::{context::Cx, error::Result};

/// `what` is said in a few words, for the member to read. Noted before it is shown or done: what cannot be noted is not.
pub async fn note(cx: &Cx, guild: Snowflake, person: Snowflake, actor: Snowflake, what: &str) -> Result<()> {
    let access = json!({"guild_id": guild, "actor_id": actor, "subject_id": person, "what": what, "at": cx.now});
    Ok(cx.supabase.rpc::<()>("note_access", &access).await?)
}
