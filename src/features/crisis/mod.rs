//! People in crisis: what Ash notices, and how the team is told.

mod actions;
mod alert;
mod audited;
mod command;
mod forget;
pub mod health;
mod late;
mod messages;
mod nlp;
mod person;
mod push;
mod rules;
pub mod screen;
mod second_look;
mod settings;
mod state;
mod store;
mod storm;
mod team;
mod trend;
mod watch;
mod webhook;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use twilight_model::application::command::CommandType;

use super::{Audited, Command, EventHandler, Feature};
use crate::{context::Cx, jobs::Job};

/// The SQL function `crisis_alert_posted` owes it.
const CHAIN: &str = "crisis.chain";

pub const FEATURE: Feature = Feature {
    commands: &[
        Command {
            name: "ash",
            kind: CommandType::ChatInput,
            definition: command::ash_definition,
            run: |cx, call| Box::pin(command::run(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "crisis",
            kind: CommandType::ChatInput,
            definition: command::crisis_definition,
            run: |cx, call| Box::pin(command::run(cx, call)),
            autocomplete: None,
        },
    ],
    components: &[],
    modals: &[],
    jobs: &[
        Job { kind: health::LOOK, every: Some(TimeDelta::minutes(1)), run: |cx, _| Box::pin(health::look(cx)) },
        Job { kind: health::NOTICE, every: None, run: |cx, row| Box::pin(health::notice(cx, row)) },
        Job { kind: health::PUSH, every: None, run: |cx, row| Box::pin(health::page(cx, row)) },
        Job { kind: late::DIGEST, every: None, run: |cx, row| Box::pin(late::digest(cx, row)) },
        Job { kind: second_look::DRAIN, every: None, run: |cx, _| Box::pin(second_look::drain(cx)) },
        Job { kind: second_look::LOOK, every: None, run: |cx, row| Box::pin(second_look::look(cx, row)) },
        Job { kind: storm::SUMMARY, every: None, run: |cx, row| Box::pin(storm::sum_up(cx, row)) },
        Job { kind: webhook::DELIVER, every: None, run: |cx, row| Box::pin(webhook::deliver(cx, row)) },
    ],
    events: &[
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageCreated, EventKind::MessageUpdated],
            handle: |cx, events| Box::pin(watch::take(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageDeleted, EventKind::MessagesBulkDeleted],
            handle: |cx, events| Box::pin(forget::take(cx, events)),
        },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    erase: Some(|cx, who| Box::pin(person::erase(cx, who))),
    ..Feature::named("crisis")
};

/// A text that staff had audited.
pub async fn audited(cx: &Cx, audited: &Audited) {
    audited::take(cx, audited).await;
}
