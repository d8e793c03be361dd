//! The end of what was written in tickets: after the days of their category, and when somebody's data is erased.

use from_json::{Value, json};
use relay_wire::Snowflake;

use crate::{
    context::Cx,
    error::{Error, Result},
    jobs::JobRow,
    person::Person,
};

/// `owe_ticket_removal` owes this kind in SQL.
pub const REMOVE: &str = "tickets.remove";
const MAX_FORGOTTEN: usize = 200;
/// Calls of one run; what is left waits for the next.
const MAX_STEPS: usize = 10;

pub async fn prune(cx: Cx) -> Result<()> {
    for _ in 0..MAX_STEPS {
        let asked = json!({"at": cx.now, "max_rows": MAX_FORGOTTEN});
        if cx.supabase.rpc::<usize>("forget_ticket_words", &asked).await? < MAX_FORGOTTEN {
            break;
        }
    }
    Ok(())
}

/// Deletes a channel or a message in Discord. What is gone already is as it should be.
pub async fn remove(cx: Cx, row: JobRow) -> Result<()> {
    let id = |name: &str| row.payload.get(name).and_then(Value::as_str)?.parse::<Snowflake>().ok();
    let channel = id("channel_id").ok_or_else(|| Error::bug("a channel without an id shall be deleted"))?;
    let removed = match id("message_id") {
        Some(message) => cx.discord.delete_message(channel, message).await,
        None => cx.discord.delete_channel(channel, "This ticket's time is over").await,
    };
    match removed {
        Err(error) if error.is_missing() => Ok(()),
        removed => Ok(removed?),
    }
}

/// Before the rows go: what they lead to in Discord is owed.
pub async fn erase(cx: Cx, who: Person) -> Result<()> {
    let asked = json!({"guild_id": who.guild_id, "user_id": who.user_id, "at": cx.now});
    Ok(cx.supabase.rpc::<()>("owe_ticket_erasure", &asked).await?)
}
