//! Engagement: what members do is worth points, and a member's score is their sum.

mod ingest;
mod leaderboard;
mod messages;
mod person;
mod rising;
mod rules;
mod score;
mod settings;
mod upkeep;
mod weekly;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use twilight_model::application::command::CommandType;

use super::{Command, Component, EventHandler, Feature, registered};
use crate::jobs::Job;

/// SQL functions owe these kinds; a test holds the two together.
pub const OWED_IN_SQL: &[&str] = &[weekly::KIND, rising::KIND];

pub const FEATURE: Feature = Feature {
    commands: &[
        Command {
            name: "score",
            kind: CommandType::ChatInput,
            definition: registered(score::definition),
            run: |cx, call| Box::pin(score::score(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "leaderboard",
            kind: CommandType::ChatInput,
            definition: registered(leaderboard::definition),
            run: |cx, call| Box::pin(leaderboard::open(cx, call)),
            autocomplete: None,
        },
    ],
    components: &[Component {
        action: leaderboard::PAGE,
        run: |cx, call, id| Box::pin(leaderboard::turned(cx, call, id)),
    }],
    events: &[EventHandler {
        lane: Lane::Bulk,
        kinds: &[
            EventKind::MessageCreated,
            EventKind::MessageDeleted,
            EventKind::MessagesBulkDeleted,
            EventKind::ReactionAdded,
            EventKind::ReactionRemoved,
            EventKind::ReactionsCleared,
        ],
        handle: |cx, events| Box::pin(ingest::ingest(cx, events)),
    }],
    jobs: &[
        Job {
            kind: "engagement.plan_weekly",
            every: Some(TimeDelta::hours(1)),
            run: |cx, _| Box::pin(weekly::plan(cx)),
        },
        Job { kind: weekly::KIND, every: None, run: |cx, row| Box::pin(weekly::post(cx, row)) },
        Job { kind: "engagement.rising", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(rising::plan(cx)) },
        Job { kind: rising::KIND, every: None, run: |cx, row| Box::pin(rising::run(cx, row)) },
        Job {
            kind: "engagement.prune",
            every: Some(TimeDelta::days(1)),
            run: |cx, row| Box::pin(upkeep::prune(cx, row)),
        },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    ..Feature::named("engagement")
};
