//! People in crisis: what Ash notices, and how the team is told.

mod actions;
mod alert;
mod command;
mod cooldown;
mod forget;
mod messages;
mod nlp;
mod person;
mod report;
mod rules;
pub mod screen;
mod second_look;
mod settings;
mod state;
mod stats;
mod store;
mod team;
mod thresholds;
mod trend;
mod tuning;
mod userhistory;
mod watch;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use twilight_model::application::command::CommandType;

use super::{Command, Component, EventHandler, Feature};
use crate::jobs::Job;

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
        Command {
            name: "userhistory",
            kind: CommandType::ChatInput,
            definition: userhistory::definition,
            run: |cx, call| Box::pin(userhistory::run(cx, call)),
            autocomplete: None,
        },
    ],
    components: &[
        Component { action: actions::HISTORY_CLEAR, run: |cx, call, id| Box::pin(userhistory::clear(cx, call, id)) },
        Component { action: actions::USERHISTORY, run: |cx, call, id| Box::pin(userhistory::turn(cx, call, id)) },
        Component {
            action: actions::USERHISTORY_WORDS,
            run: |cx, call, id| Box::pin(userhistory::words(cx, call, id)),
        },
    ],
    modals: &[],
    jobs: &[
        Job { kind: "crisis.plan_report", every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(report::plan(cx)) },
        Job { kind: report::KIND, every: None, run: |cx, row| Box::pin(report::post(cx, row)) },
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
