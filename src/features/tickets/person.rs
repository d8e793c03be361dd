//! What tickets hold about a person, and whether one of theirs is open.

use relay_wire::Snowflake;
use serde::Deserialize;

use crate::{
    clients::supabase::Filter,
    context::Cx,
    error::Result,
    lang::Lang,
    person::{Erase, Table},
};

pub const HOLDS: &[Table] = &[
    // Before the tickets: a helper's words in somebody else's ticket go as well.
    Table {
        name: "ticket_messages",
        column: "author_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "messages written in tickets (with their text, for staff)",
        }),
    },
    // With the whole transcript of each.
    Table {
        name: "tickets",
        column: "opener_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "tickets opened",
        }),
    },
];

/// The guilds where they have an open ticket.
pub async fn unfinished(cx: Cx, user: Snowflake) -> Result<Vec<Snowflake>> {
    #[derive(Deserialize)]
    struct Row {
        guild_id: Snowflake,
        status: String,
    }
    let rows: Vec<Row> = cx.supabase.select("tickets", "guild_id,status", &[Filter::eq("opener_id", user)]).await?;
    let open = rows.into_iter().filter(|row| matches!(row.status.as_str(), "OPEN" | "IN_PROGRESS"));
    Ok(open.map(|row| row.guild_id).collect())
}
