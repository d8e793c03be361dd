//! People in crisis: what Ash notices, and how the team is told.

mod actions;
mod alert;
mod buttons;
mod command;
mod forget;
mod history_view;
mod messages;
mod nlp;
mod person;
mod post;
mod preview;
mod raise;
mod rules;
pub mod screen;
mod second_look;
mod settings;
mod snooze;
mod state;
mod store;
mod team;
mod trend;
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
    ],
    components: &[
        Component { action: actions::ACKNOWLEDGE, run: |cx, call, id| Box::pin(buttons::acknowledge(cx, call, id)) },
        Component { action: actions::FALSE_ALARM, run: |cx, call, id| Box::pin(buttons::false_alarm(cx, call, id)) },
        Component {
            action: actions::FALSE_ALARM_REASON,
            run: |cx, call, id| Box::pin(buttons::false_alarm_chosen(cx, call, id)),
        },
        Component { action: actions::HISTORY, run: |cx, call, id| Box::pin(history_view::pressed(cx, call, id)) },
        Component { action: actions::HISTORY_TEXTS, run: |cx, call, id| Box::pin(history_view::texts(cx, call, id)) },
        Component { action: actions::MORE_SEVERE, run: |cx, call, id| Box::pin(buttons::more_severe(cx, call, id)) },
        Component {
            action: actions::MORE_SEVERE_REASON,
            run: |cx, call, id| Box::pin(buttons::more_severe_chosen(cx, call, id)),
        },
        Component { action: actions::RESOLVE, run: |cx, call, id| Box::pin(buttons::resolve(cx, call, id)) },
        Component { action: actions::SNOOZE, run: |cx, call, id| Box::pin(snooze::pressed(cx, call, id)) },
        Component { action: actions::SNOOZE_CHOSEN, run: |cx, call, id| Box::pin(snooze::chosen(cx, call, id)) },
        Component { action: actions::SNOOZE_END, run: |cx, call, id| Box::pin(snooze::end_pressed(cx, call, id)) },
        Component { action: actions::SNOOZE_KEEP, run: |cx, call, _| Box::pin(snooze::keep_pressed(cx, call)) },
        Component { action: actions::TAKE_OVER, run: |cx, call, id| Box::pin(buttons::take_over(cx, call, id)) },
        Component { action: actions::UNDO, run: |cx, call, id| Box::pin(buttons::undo(cx, call, id)) },
    ],
    modals: &[Component {
        action: actions::RESOLVE_FORM,
        run: |cx, call, id| Box::pin(buttons::resolve_written(cx, call, id)),
    }],
    jobs: &[
        Job { kind: buttons::FOLLOW, every: None, run: |cx, row| Box::pin(buttons::follow_later(cx, row)) },
        Job { kind: preview::PREVIEW, every: None, run: |cx, row| Box::pin(preview::remove(cx, row)) },
        Job { kind: preview::PRUNE, every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(preview::prune(cx)) },
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
