//! People in crisis: what Ash notices, and how the team is told.

mod actions;
mod alert;
mod answers;
mod audited;
mod buttons;
mod chain;
mod checklist;
mod command;
mod consent;
mod cooldown;
mod dm;
mod drill;
mod duty;
mod for_others;
mod forget;
mod guard;
pub mod health;
mod human;
mod late;
mod low;
mod making;
mod member_report;
mod messages;
pub mod nlp;
mod person;
mod post;
mod preview;
mod push;
mod raise;
mod report;
mod resources;
mod rules;
pub mod screen;
mod second_look;
mod sensitivity;
mod settings;
mod setup;
mod snooze;
mod state;
mod stats;
mod store;
mod storm;
mod team;
mod tell;
mod thresholds;
mod trend;
mod tuning;
mod userhistory;
mod watch;
mod webhook;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use twilight_model::application::command::CommandType;

use super::{Audited, Command, Component, EventHandler, Feature, SetupPage, registered};
use crate::{context::Cx, discord::interaction::Interaction, error::Result, jobs::Job};

/// The SQL function `note_crisis_post` owes it.
const CHAIN: &str = "crisis.chain";
/// `owe_crisis_guards` owes it.
pub const GUARD: &str = "crisis.guard";
/// `set_preferences` owes it, whichever way somebody opted out.
pub const OPTED_OUT: &str = "crisis.opted_out";

pub const FEATURE: Feature = Feature {
    commands: &[
        Command {
            name: "ash",
            kind: CommandType::ChatInput,
            definition: registered(command::ash_definition),
            run: |cx, call| Box::pin(command::run(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "crisis",
            kind: CommandType::ChatInput,
            definition: registered(command::crisis_definition),
            run: |cx, call| Box::pin(command::run(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "userhistory",
            kind: CommandType::ChatInput,
            definition: registered(userhistory::definition),
            run: |cx, call| Box::pin(userhistory::run(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "resources",
            kind: CommandType::ChatInput,
            definition: registered(resources::definition),
            run: |cx, call| Box::pin(resources::run(cx, call)),
            autocomplete: None,
        },
        Command {
            name: member_report::MENU,
            kind: CommandType::Message,
            definition: registered(member_report::message_definition),
            run: |cx, call| Box::pin(member_report::on_message(cx, call)),
            autocomplete: None,
        },
        Command {
            name: member_report::MENU,
            kind: CommandType::User,
            definition: registered(member_report::member_definition),
            run: |cx, call| Box::pin(member_report::on_member(cx, call)),
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
        Component { action: actions::STAY, run: |cx, call, id| Box::pin(duty::stay(cx, call, id)) },
        Component { action: setup::LET_READ, run: |cx, call, _| Box::pin(setup::let_read(cx, call)) },
        Component { action: setup::NOTICES_STAND, run: |cx, call, _| Box::pin(setup::notices_stand(cx, call)) },
        Component { action: setup::PAGE, run: |cx, call, _| Box::pin(setup::open(cx, call)) },
        Component { action: setup::POST_NOTICES, run: |cx, call, _| Box::pin(setup::post_notices(cx, call)) },
        Component { action: setup::STEP, run: |cx, call, id| Box::pin(setup::step(cx, call, id)) },
        Component { action: actions::ACKNOWLEDGE, run: |cx, call, id| Box::pin(buttons::acknowledge(cx, call, id)) },
        Component { action: actions::FALSE_ALARM, run: |cx, call, id| Box::pin(buttons::false_alarm(cx, call, id)) },
        Component {
            action: actions::FALSE_ALARM_REASON,
            run: |cx, call, id| Box::pin(buttons::false_alarm_chosen(cx, call, id)),
        },
        Component { action: actions::HISTORY, run: |cx, call, id| Box::pin(userhistory::pressed(cx, call, id)) },
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
        Component { action: human::ASK, run: |cx, call, id| Box::pin(human::pressed(cx, call, id)) },
    ],
    modals: &[
        Component { action: setup::LET_READ_TYPED, run: |cx, call, id| Box::pin(setup::let_read_typed(cx, call, id)) },
        Component {
            action: actions::RESOLVE_FORM,
            run: |cx, call, id| Box::pin(buttons::resolve_written(cx, call, id)),
        },
        Component { action: member_report::SENT, run: |cx, call, id| Box::pin(member_report::sent(cx, call, id)) },
    ],
    jobs: &[
        Job { kind: health::LOOK, every: Some(TimeDelta::minutes(1)), run: |cx, _| Box::pin(health::look(cx)) },
        Job { kind: health::NOTICE, every: None, run: |cx, row| Box::pin(health::notice(cx, row)) },
        Job { kind: health::PUSH, every: None, run: |cx, row| Box::pin(health::page(cx, row)) },
        Job { kind: low::COLLECT, every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(low::collect(cx)) },
        Job { kind: late::DIGEST, every: None, run: |cx, row| Box::pin(late::digest(cx, row)) },
        Job { kind: second_look::DRAIN, every: None, run: |cx, _| Box::pin(second_look::drain(cx)) },
        Job { kind: second_look::LOOK, every: None, run: |cx, row| Box::pin(second_look::look(cx, row)) },
        Job { kind: storm::SUMMARY, every: None, run: |cx, row| Box::pin(storm::sum_up(cx, row)) },
        Job { kind: webhook::DELIVER, every: None, run: |cx, row| Box::pin(webhook::deliver(cx, row)) },
        Job { kind: CHAIN, every: None, run: |cx, row| Box::pin(chain::run(cx, row)) },
        Job { kind: duty::REMIND, every: None, run: |cx, row| Box::pin(duty::remind(cx, row)) },
        Job { kind: GUARD, every: None, run: |cx, row| Box::pin(guard::run(cx, row)) },
        Job { kind: "crisis.guards", every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(guard::owe_all(cx)) },
        Job { kind: OPTED_OUT, every: None, run: |cx, row| Box::pin(consent::forget(cx, row)) },
        Job { kind: buttons::FOLLOW, every: None, run: |cx, row| Box::pin(buttons::follow_later(cx, row)) },
        Job { kind: preview::PREVIEW, every: None, run: |cx, row| Box::pin(preview::remove(cx, row)) },
        Job { kind: preview::PRUNE, every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(preview::prune(cx)) },
        Job { kind: "crisis.plan_report", every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(report::plan(cx)) },
        Job { kind: report::KIND, every: None, run: |cx, row| Box::pin(report::post(cx, row)) },
        Job { kind: drill::END, every: None, run: |cx, row| Box::pin(drill::end(cx, row)) },
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
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[
                EventKind::ChannelUpdated,
                EventKind::ChannelDeleted,
                EventKind::RoleUpdated,
                EventKind::RoleDeleted,
            ],
            handle: |cx, events| Box::pin(guard::heard(cx, events)),
        },
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageDeleted],
            handle: |cx, events| Box::pin(forget::take_direct(cx, events)),
        },
    ],
    settings: settings::ALL,
    setup_pages: &[SetupPage { action: setup::PAGE, label: messages::setup::page_label }],
    settings_changed: Some(|cx, guild, keys| Box::pin(guard::settings_changed(cx, guild, keys))),
    holds: person::HOLDS,
    export: Some(|cx, who| Box::pin(person::export(cx, who))),
    erase: Some(|cx, who| Box::pin(person::erase(cx, who))),
    caches: &["crisis:team:*", "crisis:nlp:*"],
    goes_on: true,
    ..Feature::named("crisis")
};

pub use for_others::{alert_for_team, call_team, guild_of, human_answered, team, tell_detection};
pub use human::on_duty_count as on_duty;
pub use nlp::{Health as NlpHealth, health as nlp_health};

pub async fn require_team(cx: &Cx, call: &Interaction) -> Result<()> {
    team::require_team(cx, call).await.map(drop)
}

/// A text that staff had audited.
pub async fn audited(cx: &Cx, audited: &Audited) {
    audited::take(cx, audited).await;
}
