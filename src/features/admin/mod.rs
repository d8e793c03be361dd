//! What administrators do: `/setup` shows and changes every setting that a feature declares.

mod file;
pub mod flush;
mod messages;
pub mod pause;
mod person;
mod rules;
mod setup;
pub mod step_up;

use chrono::TimeDelta;
use from_json::json;

use twilight_model::application::command::CommandType;

use super::{Command, Component, Feature, registered};
use crate::{context::Cx, error::Result, jobs::Job};

pub const FEATURE: Feature = Feature {
    commands: &[Command {
        name: "setup",
        kind: CommandType::ChatInput,
        definition: registered(setup::definition),
        run: |cx, call| Box::pin(setup::open(cx, call)),
        autocomplete: None,
    }],
    components: &[
        Component { action: setup::FEATURE_CHOSEN, run: |cx, call, _| Box::pin(setup::feature_chosen(cx, call)) },
        Component { action: setup::SETTING_CHOSEN, run: |cx, call, _| Box::pin(setup::setting_chosen(cx, call)) },
        Component { action: setup::VALUE_CHOSEN, run: |cx, call, id| Box::pin(setup::value_chosen(cx, call, id)) },
        Component { action: setup::RESET, run: |cx, call, id| Box::pin(setup::reset(cx, call, id)) },
        Component { action: file::EXPORT, run: |cx, call, _| Box::pin(file::export(cx, call)) },
        Component { action: file::IMPORT, run: |cx, call, _| Box::pin(file::apply(cx, call)) },
    ],
    modals: &[Component {
        action: setup::VALUE_WRITTEN,
        run: |cx, call, id| Box::pin(setup::value_written(cx, call, id)),
    }],
    jobs: &[
        Job {
            kind: "admin.prune_dead_letters",
            every: Some(TimeDelta::days(1)),
            run: |cx, _| Box::pin(prune_dead_letters(cx)),
        },
        Job { kind: pause::JOB, every: None, run: |cx, row| Box::pin(pause::run(cx, row)) },
    ],
    holds: person::HOLDS,
    ..Feature::named("admin")
};

/// How long the note about an event that could not be applied is kept.
const DEAD_LETTER_DAYS: i64 = 30;

async fn prune_dead_letters(cx: Cx) -> Result<()> {
    let before = cx.now - TimeDelta::days(DEAD_LETTER_DAYS);
    cx.supabase.rpc::<i64>("prune_dead_letters", &json!({"before": before})).await?;
    Ok(())
}
