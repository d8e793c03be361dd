//! When members are online: only of who agreed, in guilds that switched it on. Both are looked at in SQL.

use from_json::{Value, json};
use relay_wire::{Event, EventBody, Outcome};

use crate::{batch, context::Cx, error::Result, retry::outcome_of};

pub async fn changed(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let rows: Vec<(usize, Value)> = events
        .into_iter()
        .enumerate()
        .filter_map(|(place, event)| match event.body {
            EventBody::PresenceChanged { guild_id, user_id, status, at } => {
                Some((place, json!({"guild_id": guild_id, "user_id": user_id, "status": status, "at": at})))
            }
            _ => None,
        })
        .collect();
    batch::record(&cx, "members", &mut outcomes, &rows, async |rows| {
        Ok(cx.supabase.rpc::<()>("record_presence", &json!({"events": rows, "at": cx.now})).await?)
    })
    .await;
    outcomes
}

/// What a shard did not hear, nobody knows: its sessions end where the gap began.
pub async fn gap(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(events.len());
    for event in &events {
        let EventBody::RelayGap { shard, shard_count, from, .. } = &event.body else {
            outcomes.push(Outcome::Done);
            continue;
        };
        let deaf = json!({"shard": shard, "shard_count": (*shard_count).max(1), "from_ms": from});
        outcomes.push(match cx.supabase.rpc::<i64>("close_presence", &deaf).await {
            Ok(_) => Outcome::Done,
            Err(error) => {
                let error = error.into();
                cx.log_failure("members", &error);
                outcome_of(&error)
            }
        });
    }
    outcomes
}

pub async fn tend(cx: Cx) -> Result<()> {
    cx.supabase.rpc::<i64>("tend_presence", &json!({"at": cx.now})).await?;
    Ok(())
}
