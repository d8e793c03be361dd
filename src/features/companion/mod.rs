//! Ash, the companion: a talk with an AI for somebody who has it hard, until a person is there.

mod actions;
mod after_messages;
mod check;
mod checkins;
mod close;
mod due;
mod figures;
mod follows;
mod forget;
mod hand_off;
mod heard;
mod look;
mod messages;
mod notes;
mod on_alert;
mod person;
mod person_asked;
mod persona;
mod phrases;
mod place;
mod press;
#[cfg(test)]
mod red_team;
mod reply;
mod settings;
mod start;
mod stops;
mod store;
mod summary;
mod talk;
mod team;
mod words;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use twilight_util::builder::command::SubCommandBuilder;

use super::{Component, EventHandler, Feature, Sub, registered};
use crate::{
    care::{AlertStep, Alerted},
    context::Cx,
    error::Result,
    jobs::Job,
};

pub const FEATURE: Feature = Feature {
    components: &[
        Component { action: actions::AGAIN, run: |cx, call, id| Box::pin(press::again(cx, call, id)) },
        Component { action: actions::BACK, run: |cx, call, id| Box::pin(press::back(cx, call, id)) },
        Component { action: actions::BEGIN, run: |cx, call, id| Box::pin(press::begin(cx, call, id)) },
        Component { action: actions::FOLLOW_UP, run: |cx, call, id| Box::pin(checkins::follow_up(cx, call, id)) },
        Component { action: actions::JOIN, run: |cx, call, id| Box::pin(press::join(cx, call, id)) },
        Component { action: actions::KEEP, run: |cx, call, id| Box::pin(press::again(cx, call, id)) },
        Component { action: actions::NEVER, run: |cx, call, id| Box::pin(press::never(cx, call, id)) },
        Component { action: actions::NEVER_MIND, run: |cx, call, id| Box::pin(checkins::never_mind(cx, call, id)) },
        Component { action: actions::NOT_NOW, run: |cx, call, id| Box::pin(press::not_now(cx, call, id)) },
        Component { action: actions::OFFER, run: |cx, call, id| Box::pin(press::offer(cx, call, id)) },
        Component { action: actions::PERSON, run: |cx, call, id| Box::pin(press::person(cx, call, id)) },
        Component { action: actions::TALK, run: |cx, call, id| Box::pin(press::talk(cx, call, id)) },
    ],
    modals: &[Component { action: actions::NOTE, run: |cx, call, id| Box::pin(notes::written(cx, call, id)) }],
    jobs: &[
        Job { kind: look::LOOK, every: None, run: |cx, row| Box::pin(look::run(cx, row)) },
        Job { kind: checkins::CHECK_IN, every: None, run: |cx, row| Box::pin(checkins::run(cx, row)) },
        Job { kind: summary::SUMMARY, every: None, run: |cx, row| Box::pin(summary::post(cx, row)) },
        Job {
            kind: "companion.retention",
            every: Some(TimeDelta::hours(1)),
            run: |cx, _| Box::pin(summary::prune(cx)),
        },
    ],
    events: &[
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageCreated],
            handle: |cx, events| Box::pin(heard::take(cx, events)),
        },
        // An edit comes with its text; of deletions in direct messages the urgent lane tells.
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageUpdated, EventKind::MessageDeleted],
            handle: |cx, events| Box::pin(forget::take(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageDeleted, EventKind::MessagesBulkDeleted],
            handle: |cx, events| Box::pin(forget::take(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageCreated],
            handle: |cx, events| Box::pin(on_alert::heard(cx, events)),
        },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    export: Some(|cx, who| Box::pin(person::export(cx, who))),
    erase: Some(|cx, who| Box::pin(person::erase(cx, who))),
    off: Some(|config, lang| {
        let is_on = config.claude.is_some() && config.state_keys.is_some();
        (!is_on).then(|| messages::off(lang).to_owned())
    }),
    goes_on: true,
    ..Feature::named("companion")
};

/// Lines of `/ash`.
pub const ASH: &[Sub] = &[
    Sub {
        name: "ash talk",
        option: registered(|| SubCommandBuilder::new("talk", "Talk with Ash, an AI; in private").build()),
        run: |cx, call| Box::pin(press::command(cx, call)),
    },
    Sub {
        name: "ash checkin",
        option: registered(checkins::option),
        run: |cx, call| Box::pin(checkins::command(cx, call)),
    },
    Sub { name: "ash notes add", option: registered(notes::group), run: |cx, call| Box::pin(notes::add(cx, call)) },
    Sub { name: "ash notes view", option: None, run: |cx, call| Box::pin(notes::view(cx, call)) },
];

pub use checkins::planned;
pub use close::close_all;
pub use figures::figures;
pub use start::talks;

/// Something happened to an alert.
pub async fn follow(cx: &Cx, alert: &Alerted, step: AlertStep) -> Result<()> {
    follows::follow(cx, alert, step).await
}
