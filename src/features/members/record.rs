//! Joining, leaving, another name: one call for a delivery. A guild that is heard of owes the list of its members.

use from_json::json;
use relay_wire::{Event, EventBody, Outcome, Snowflake};
use serde::Serialize;

use super::{names, rules};
use crate::{batch, context::Cx};

/// As `record_members` reads it.
#[derive(Debug, Serialize)]
pub struct Heard {
    pub kind: &'static str,
    pub guild_id: Snowflake,
    pub user_id: Snowflake,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Milliseconds since 1970; 0 where nobody said.
    pub at: i64,
}

pub async fn members(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let rows: Vec<(usize, Heard)> =
        events.into_iter().enumerate().filter_map(|(at, event)| Some((at, heard(event.body)?))).collect();
    batch::record(&cx, "members", &mut outcomes, &rows, async |rows| {
        Ok(cx.supabase.rpc::<()>("record_members", &json!({"events": rows, "at": cx.now})).await?)
    })
    .await;
    outcomes
}

fn heard(body: EventBody) -> Option<Heard> {
    Some(match body {
        EventBody::MemberJoined { guild_id, user_id, name, joined_at } => {
            Heard { kind: "join", guild_id, user_id, name: Some(rules::stored_name(&name)), at: joined_at }
        }
        EventBody::MemberUpdated { guild_id, user_id, name, .. } => {
            Heard { kind: "update", guild_id, user_id, name: Some(rules::stored_name(&name)), at: 0 }
        }
        EventBody::MemberLeft { guild_id, user_id, at } => Heard { kind: "leave", guild_id, user_id, name: None, at },
        _ => return None,
    })
}

pub async fn guilds(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let rows: Vec<(usize, Snowflake)> =
        events.iter().enumerate().filter_map(|(at, event)| Some((at, event.body.guild_id()?))).collect();
    batch::record(&cx, "members", &mut outcomes, &rows, async |guilds| {
        let owed: i64 = cx.supabase.rpc("owe_member_lists", &json!({"guild_ids": guilds, "at": cx.now})).await?;
        if owed > 0 {
            cx.log("info", "member_lists_owed", json!({"guilds": owed}));
        }
        Ok(())
    })
    .await;
    names::guilds(&cx, &events).await;
    outcomes
}
