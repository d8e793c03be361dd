//! What tickets hold about a person, and whether one of theirs is open.

use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{place, store};
use crate::{
    clients::supabase::Filter,
    context::Cx,
    error::{Error, Result},
    lang::Lang,
    person::{Erase, Person, Table},
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
            Lang::De => "Nachrichten in Tickets (mit ihrem Text, für das Team)",
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
            Lang::De => "geöffnete Tickets",
        }),
    },
    Table { name: "tickets", column: "claimed_by", erase: Erase::Null, hide: OTHERS_WORDS, label: None },
    Table { name: "tickets", column: "close_requested_by", erase: Erase::Null, hide: OTHERS_WORDS, label: None },
    Table { name: "tickets", column: "closed_by", erase: Erase::Null, hide: OTHERS_WORDS, label: None },
    Table { name: "ticket_events", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
    Table { name: "ticket_members", column: "user_id", erase: Erase::Delete, hide: &["added_by"], label: None },
    Table { name: "ticket_members", column: "added_by", erase: Erase::Null, hide: &["user_id"], label: None },
    Table {
        name: "ticket_notes",
        column: "author_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "notes you wrote as staff about tickets",
            Lang::De => "Notizen von dir als Teammitglied über Tickets",
        }),
    },
    Table { name: "ticket_tags", column: "created_by", erase: Erase::Null, hide: &[], label: None },
    Table {
        name: "ticket_blocks",
        column: "user_id",
        // Who is blocked would be free again by erasing: the guild keeps it, and lifts it when it wants.
        erase: Erase::Keep,
        hide: &["blocked_by", "reason"],
        label: Some(|lang| match lang {
            Lang::En => "blocks from opening tickets",
            Lang::De => "Sperren für das Öffnen von Tickets",
        }),
    },
    Table {
        name: "ticket_blocks",
        column: "blocked_by",
        erase: Erase::Null,
        hide: &["user_id", "reason"],
        label: None,
    },
    Table { name: "ticket_feedback", column: "user_id", erase: Erase::Delete, hide: &[], label: None },
];

/// Of a ticket that is somebody else's.
const OTHERS_WORDS: &[&str] =
    &["opener_id", "subject", "form", "close_reason", "claimed_by", "closed_by", "close_requested_by", "open_key"];

/// Takes them out of others' tickets, in Discord before their row goes: nothing else knows that they were in one. Whom events
/// are about stands in their detail, where no column names it.
pub async fn erase(cx: Cx, who: Person) -> Result<()> {
    #[derive(FromJson)]
    struct Row {
        ticket_id: i64,
    }
    let of_person = [Filter::eq("guild_id", who.guild_id), Filter::eq("user_id", who.user_id)];
    for row in cx.supabase.select::<Row>("ticket_members", "ticket_id", &of_person).await? {
        let Some(ticket) = store::by_id(&cx, who.guild_id, store::Id(row.ticket_id)).await? else { continue };
        let mut without = ticket.clone();
        without.members.retain(|user| *user != who.user_id);
        without.removed.push(who.user_id);
        match place::sync_once(&cx, &without).await {
            // What somebody has to mend in Discord does not hold back an erasure.
            Err(Error::Service(error)) if error.is_refused() => cx.log_failure("tickets", &error.into()),
            synced => drop(synced?),
        }
        store::change(&cx, &ticket, "remove_member", Snowflake(0), json!({"user_id": who.user_id})).await?;
    }
    let whom = json!({"guild_id": who.guild_id, "user_id": who.user_id});
    Ok(cx.supabase.rpc("forget_in_ticket_events", &whom).await?)
}

/// The guilds where they have an open ticket.
pub async fn unfinished(cx: Cx, user: Snowflake) -> Result<Vec<Snowflake>> {
    #[derive(FromJson)]
    struct Row {
        guild_id: Snowflake,
        status: String,
    }
    let rows: Vec<Row> = cx.supabase.select("tickets", "guild_id,status", &[Filter::eq("opener_id", user)]).await?;
    let open = rows.into_iter().filter(|row| matches!(row.status.as_str(), "OPEN" | "IN_PROGRESS"));
    Ok(open.map(|row| row.guild_id).collect())
}
