//! The member's words leave an alert: when they deleted the message, wish it so, or their time is over.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;

use super::{messages, post, store::Alert};
use crate::{
    context::Cx,
    error::{Error, Result},
    jobs::{self, JobRow},
    lang::Lang,
};

/// The SQL functions of migration 26 owe it.
pub const PREVIEW: &str = "crisis.preview";
pub const PRUNE: &str = "crisis.prune";
const MAX_PRUNED: usize = 200;
/// Portions of one run; what is left waits for the next.
const MAX_PORTIONS: usize = 5;
/// An alert that is not posted after this is not posted any more.
const POSTED_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// What Discord refused so often is refused for good.
const MAX_ATTEMPTS: u32 = 12;

/// Of deleted messages, each of the guild at the same place.
pub async fn remove_of_messages(cx: &Cx, guilds: &[Snowflake], deleted: &[Snowflake]) -> Result<()> {
    if deleted.is_empty() {
        return Ok(());
    }
    let arguments = json!({"guilds": guilds, "messages": deleted, "at": cx.now});
    let owed: i64 = cx.supabase.rpc("forget_crisis_words", &arguments).await?;
    hint(cx, owed).await;
    Ok(())
}

/// Of a member who does not want to be watched any more; their alerts stay.
pub async fn remove_of_member(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    of_member(cx, guild, member, false).await
}

/// Of a member who is erased: their alerts tell nothing about them any more. Before the rows go.
pub async fn erase_of_member(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    of_member(cx, guild, member, true).await
}

async fn of_member(cx: &Cx, guild: Snowflake, member: Snowflake, erase: bool) -> Result<()> {
    let arguments = json!({"guild_id": guild, "member_id": member, "erase": erase, "at": cx.now});
    let owed: i64 = cx.supabase.rpc("forget_crisis_words_of", &arguments).await?;
    hint(cx, owed).await;
    Ok(())
}

async fn hint(cx: &Cx, owed: i64) {
    if owed > 0 {
        jobs::hint(cx, PREVIEW, "now", cx.now).await;
    }
}

/// The job of one post.
pub async fn remove(cx: Cx, row: JobRow) -> Result<()> {
    let id = |name: &str| row.payload.get(name).and_then(Value::as_str)?.parse::<Snowflake>().ok();
    let removed = match (id("channel_id"), id("post_id"), id("message_id")) {
        (Some(channel), Some(message), _) => {
            post::edit(&cx, (channel, message), true, |embed| messages::alert::erase(Lang::default(), embed)).await
        }
        (_, _, Some(message)) => of_alert(&cx, &row, message).await,
        _ => return Err(Error::bug("words that nobody knows the place of")),
    };
    match removed {
        Err(Error::Service(error)) if error.is_refused() && row.attempts > MAX_ATTEMPTS => {
            cx.log("error", "words_not_removed", json!({"guild_id": row.guild_id, "key": row.key}));
            Ok(())
        }
        removed => removed,
    }
}

async fn of_alert(cx: &Cx, row: &JobRow, message: Snowflake) -> Result<()> {
    let arguments = json!({"guild_id": row.guild_id, "message_id": message, "at": cx.now});
    let alert: Option<Alert> = cx.supabase.rpc("crisis_words_gone", &arguments).await?;
    let Some(alert) = alert else { return Ok(()) };
    match (alert.alert_channel_id, alert.alert_message_id) {
        (Some(channel), Some(post)) => {
            post::edit(cx, (channel, post), false, |embed| messages::alert::blank(Lang::default(), embed)).await
        }
        // It is being posted: the words are looked for again.
        _ if cx.now - alert.found_at < POSTED_WITHIN => {
            let due = cx.now + TimeDelta::seconds(30);
            jobs::owe(cx, row.guild_id, PREVIEW, &row.key, due, row.payload.clone()).await
        }
        _ => Ok(()),
    }
}

/// What time does to alerts: episodes end, words leave after 90 days, rows go after 365.
pub async fn prune(cx: Cx) -> Result<()> {
    for _ in 0..MAX_PORTIONS {
        let asked = json!({"at": cx.now, "max_rows": MAX_PRUNED});
        if cx.supabase.rpc::<usize>("prune_crisis_alerts", &asked).await? < MAX_PRUNED {
            break;
        }
    }
    Ok(())
}
