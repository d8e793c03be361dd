//! The AI audit: a text judged Green, Yellow or Red for staff; and what AI costs a guild.

mod judge;
mod messages;
mod rules;
mod settings;
mod usage;

use chrono::TimeDelta;
use twilight_model::application::command::CommandType;

use super::{Command, Component, Feature, registered};
use crate::{ai, jobs::Job};

pub const FEATURE: Feature = Feature {
    commands: &[
        Command {
            name: "audit",
            kind: CommandType::ChatInput,
            definition: registered(judge::audit_definition),
            run: |cx, call| Box::pin(judge::audit(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "Audit message",
            kind: CommandType::Message,
            definition: registered(judge::menu_definition),
            run: |cx, call| Box::pin(judge::audit_message(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "ai",
            kind: CommandType::ChatInput,
            definition: registered(usage::definition),
            run: |cx, call| Box::pin(usage::usage(cx, call)),
            autocomplete: None,
        },
    ],
    components: &[
        Component { action: judge::SHARE, run: |cx, call, _| Box::pin(judge::share(cx, call)) },
        Component { action: judge::RETRY, run: |cx, call, id| Box::pin(judge::retry(cx, call, id)) },
    ],
    jobs: &[Job {
        kind: "audit.ledger",
        every: Some(TimeDelta::minutes(5)),
        run: |cx, _| Box::pin(async move { ai::ledger::write_waiting(&cx).await }),
    }],
    settings: settings::ALL,
    off: Some(|config, lang| config.gemini.is_none().then(|| messages::off(lang, config.gemini_unbilled).to_owned())),
    ..Feature::named("audit")
};
