//! Who has which right in the dashboard: by Discord role or by hand in `/setup`, and no longer than they have the role.

mod messages;
mod page;
mod person;
mod rights;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};

use super::{Component, EventHandler, Feature, SetupPage};
use crate::jobs::Job;

/// SQL functions owe this kind.
pub const COMPARE: &str = "staff.compare";

pub const FEATURE: Feature = Feature {
    components: &[Component { action: page::PAGE, run: |cx, call, id| Box::pin(page::open(cx, call, id)) }],
    events: &[EventHandler {
        lane: Lane::Bulk,
        kinds: &[EventKind::MemberUpdated, EventKind::MemberLeft, EventKind::RoleDeleted],
        handle: |cx, events| Box::pin(rights::heard(cx, events)),
    }],
    jobs: &[
        Job { kind: "staff.check", every: Some(TimeDelta::minutes(1)), run: |cx, _| Box::pin(rights::check(cx)) },
        Job { kind: "staff.daily", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(rights::daily(cx)) },
        Job { kind: COMPARE, every: None, run: |cx, row| Box::pin(rights::compare(cx, row)) },
    ],
    setup_pages: &[SetupPage { action: page::PAGE, label: messages::page_label }],
    holds: person::HOLDS,
    ..Feature::named("staff")
};
