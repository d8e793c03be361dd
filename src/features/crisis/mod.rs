//! People in crisis: what Ash notices, and how the team is told.

mod actions;
mod alert;
mod answers;
mod chain;
mod command;
mod duty;
mod forget;
mod messages;
mod nlp;
mod person;
mod rules;
pub mod screen;
mod second_look;
mod settings;
mod state;
mod store;
mod team;
mod trend;
mod watch;

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
    ],
    components: &[Component { action: actions::STAY, run: |cx, call, id| Box::pin(duty::stay(cx, call, id)) }],
    modals: &[],
    jobs: &[
        Job { kind: CHAIN, every: None, run: |cx, row| Box::pin(chain::run(cx, row)) },
        Job { kind: duty::REMIND, every: None, run: |cx, row| Box::pin(duty::remind(cx, row)) },
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
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageCreated],
            handle: |cx, events| Box::pin(answers::heard(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MemberUpdated, EventKind::MemberLeft],
            handle: |cx, events| Box::pin(duty::losses(cx, events)),
        },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    erase: Some(|cx, who| Box::pin(person::erase(cx, who))),
    ..Feature::named("crisis")
};
