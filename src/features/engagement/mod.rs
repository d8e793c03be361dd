//! Engagement: what members do is worth points, and a member's score is their sum.

mod ingest;
mod messages;
mod person;
mod score;

use relay_wire::{EventKind, Lane};

use twilight_model::application::command::CommandType;

use super::{Command, EventHandler, Feature};
use crate::{
    lang::Lang,
    settings::{Kind, Setting},
};

pub const FEATURE: Feature = Feature {
    commands: &[Command {
        name: "score",
        kind: CommandType::ChatInput,
        definition: score::definition,
        run: |cx, call| Box::pin(score::score(cx, call)),
        autocomplete: None,
    }],
    events: &[EventHandler {
        lane: Lane::Bulk,
        kinds: &[EventKind::MessageCreated, EventKind::ReactionAdded],
        handle: |cx, events| Box::pin(ingest::ingest(cx, events)),
    }],
    settings: &[MESSAGE_POINTS, REACTION_POINTS],
    holds: person::HOLDS,
    ..Feature::named("engagement")
};

/// `ingest_activity` reads these keys in SQL; a test holds the two together.
const MESSAGE_POINTS: Setting = Setting {
    key: "engagement.message_points",
    kind: Kind::Number { default: 1.0, min: 0.0, max: 100.0 },
    label: |lang| match lang {
        Lang::En => "Points for a message",
    },
    help: |lang| match lang {
        Lang::En => "What one message adds to its author's score. Past messages keep what they were worth.",
    },
};

const REACTION_POINTS: Setting = Setting {
    key: "engagement.reaction_points",
    kind: Kind::Number { default: 0.5, min: 0.0, max: 100.0 },
    label: |lang| match lang {
        Lang::En => "Points for a reaction",
    },
    help: |lang| match lang {
        Lang::En => "What one reaction adds to the score of the member who reacts.",
    },
};
