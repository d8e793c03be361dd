//! A gap: a session that could not be resumed. It is noted once, and reading what was written meanwhile is owed.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::{Event, EventBody, Outcome};

use super::BACKFILL;
use crate::{context::Cx, error::Result, jobs, retry::outcome_of};

pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(events.len());
    for event in &events {
        outcomes.push(match record(&cx, event).await {
            Ok(()) => Outcome::Done,
            Err(error) => {
                cx.log_failure("relay", &error);
                outcome_of(&error)
            }
        });
    }
    outcomes
}

async fn record(cx: &Cx, event: &Event) -> Result<()> {
    let EventBody::RelayGap { shard, shard_count, from, to, reason } = &event.body else { return Ok(()) };
    // The new session hears of what comes now; whatever was on its way at the end has arrived by then.
    let due = cx.now + TimeDelta::seconds(1);
    let gap = json!({
        "event_id": event.id, "relay": cx.origin.relay, "shard": shard, "shard_count": shard_count,
        "from_ms": from, "to_ms": to, "reason": reason, "at": due,
    });
    let noted: Option<i64> = cx.supabase.rpc("record_relay_gap", &gap).await?;
    if let Some(gap_id) = noted {
        let fields =
            json!({"gap_id": gap_id, "shard": shard, "of": shard_count, "lasted_ms": to.saturating_sub(*from)});
        cx.log("warn", "relay_gap", fields);
        jobs::hint(cx, BACKFILL, &gap_id.to_string(), due).await;
    }
    Ok(())
}
