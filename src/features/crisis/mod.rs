//! People in crisis: what Ash notices, and how the team is told.

mod actions;
mod alert;
mod command;
mod dm;
mod drill;
mod forget;
mod human;
mod messages;
mod nlp;
mod person;
mod report;
mod resources;
mod rules;
pub mod screen;
mod second_look;
mod settings;
mod state;
mod store;
mod team;
mod tell;
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
        Command {
            name: "resources",
            kind: CommandType::ChatInput,
            definition: resources::definition,
            run: |cx, call| Box::pin(resources::run(cx, call)),
            autocomplete: None,
        },
        Command {
            name: report::MENU,
            kind: CommandType::Message,
            definition: report::message_definition,
            run: |cx, call| Box::pin(report::on_message(cx, call)),
            autocomplete: None,
        },
        Command {
            name: report::MENU,
            kind: CommandType::User,
            definition: report::member_definition,
            run: |cx, call| Box::pin(report::on_member(cx, call)),
            autocomplete: None,
        },
    ],
    components: &[Component { action: human::ASK, run: |cx, call, id| Box::pin(human::pressed(cx, call, id)) }],
    modals: &[Component { action: report::SENT, run: |cx, call, id| Box::pin(report::sent(cx, call, id)) }],
    jobs: &[Job { kind: drill::END, every: None, run: |cx, row| Box::pin(drill::end(cx, row)) }],
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
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageDeleted],
            handle: |cx, events| Box::pin(forget::take_direct(cx, events)),
        },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    erase: Some(|cx, who| Box::pin(person::erase(cx, who))),
    ..Feature::named("crisis")
};
