//! Tickets: a conversation between one member and the staff. So far, its transcript.

mod person;
mod transcript;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use serde_json::json;

use super::{EventHandler, Feature};
use crate::{context::Cx, error::Result, jobs::Job};

pub const FEATURE: Feature = Feature {
    events: &[
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageCreated, EventKind::MessageUpdated],
            handle: |cx, events| Box::pin(transcript::keep(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageDeleted, EventKind::MessagesBulkDeleted],
            handle: |cx, events| Box::pin(transcript::delete(cx, events)),
        },
    ],
    jobs: &[Job { kind: "tickets.prune", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(prune(cx)) }],
    holds: person::HOLDS,
    unfinished: Some(|cx, user| Box::pin(person::unfinished(cx, user))),
    ..Feature::named("tickets")
};

/// How long the transcript of a closed ticket is kept.
const TRANSCRIPT_DAYS: i64 = 365;

async fn prune(cx: Cx) -> Result<()> {
    let before = cx.now - TimeDelta::days(TRANSCRIPT_DAYS);
    cx.supabase.rpc::<i64>("prune_ticket_messages", &json!({"before": before})).await?;
    Ok(())
}
