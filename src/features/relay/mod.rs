//! The relay: who holds which shard, how it is, what it missed, and the texts that its filter kept back too long.

mod backfill;
mod complete;
mod gap;
mod person;
mod rules;
pub mod shards;
pub mod status;

use chrono::TimeDelta;
use from_json::json;
use relay_wire::{EventKind, Lane};

use super::{EventHandler, Feature};
use crate::{context::Cx, error::Result, jobs::Job};

/// `record_relay_gap` owes this kind in SQL; a test holds the two together.
pub const BACKFILL: &str = "relay.backfill";

pub const FEATURE: Feature = Feature {
    events: &[
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::RelayStatus],
            handle: |cx, events| Box::pin(status::take(cx, events)),
        },
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::RelayGap],
            handle: |cx, events| Box::pin(gap::take(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageCreated, EventKind::MessageUpdated],
            handle: |cx, events| Box::pin(complete::take(cx, events)),
        },
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageCreated, EventKind::MessageUpdated],
            handle: |cx, events| Box::pin(complete::take(cx, events)),
        },
    ],
    jobs: &[
        Job { kind: BACKFILL, every: None, run: |cx, row| Box::pin(backfill::run(cx, row)) },
        Job { kind: "relay.prune", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(prune(cx)) },
    ],
    erase: Some(|cx, who| Box::pin(person::erase(cx, who))),
    leave: Some(|cx, who| Box::pin(person::erase(cx, who))),
    ..Feature::named("relay")
};

/// How long the relays are told of what they shall forget.
const REQUEST_DAYS: i64 = 30;
const GAP_DAYS: i64 = 90;
/// After so long a relay's name is not used any more.
const STATUS_DAYS: i64 = 7;

async fn prune(cx: Cx) -> Result<()> {
    let before = |days| json!({"before": cx.now - TimeDelta::days(days)});
    cx.supabase.rpc::<i64>("prune_relay_requests", &before(REQUEST_DAYS)).await?;
    cx.supabase.rpc::<i64>("prune_relay_gaps", &before(GAP_DAYS)).await?;
    cx.supabase.rpc::<i64>("prune_relay_statuses", &before(STATUS_DAYS)).await?;
    Ok(())
}
