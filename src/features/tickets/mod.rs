//! Tickets: a conversation between one member and the staff, from the panel to the archive.

mod access;
mod actions;
mod archive;
mod check;
mod command;
mod findings;
mod hours;
mod life;
mod messages;
mod open;
mod outside;
mod panel;
mod person;
mod place;
mod reconcile;
mod rules;
mod settings;
mod setup;
mod sla;
mod stats;
mod store;
mod transcript;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use serde_json::json;
use twilight_model::application::command::CommandType;

use self::store::Ticket;
use super::{Command, Component, EventHandler, Feature, SetupPage};
use crate::{
    context::Cx,
    error::{Error, Result},
    jobs::{Job, JobRow},
};

/// `open_ticket` and `change_ticket` owe these kinds in SQL.
const REPAIR: &str = "tickets.repair";
const SYNC: &str = "tickets.sync";
const ARCHIVE: &str = "tickets.archive";

pub const FEATURE: Feature = Feature {
    commands: &[Command {
        name: "ticket",
        kind: CommandType::ChatInput,
        definition: command::definition,
        run: |cx, call| Box::pin(command::run(cx, call)),
        autocomplete: None,
    }],
    components: &[
        Component { action: actions::OPEN, run: |cx, call, id| Box::pin(open::pressed(cx, call, id)) },
        Component { action: actions::CLAIM, run: |cx, call, id| Box::pin(life::claim_pressed(cx, call, id)) },
        Component { action: actions::RELEASE, run: |cx, call, id| Box::pin(life::release_pressed(cx, call, id)) },
        Component { action: actions::CATEGORIES, run: |cx, call, _| Box::pin(setup::list(cx, call)) },
        Component { action: actions::CATEGORY, run: |cx, call, _| Box::pin(setup::chosen(cx, call)) },
        Component { action: actions::CATEGORY_ADD, run: |cx, call, _| Box::pin(setup::add(cx, call)) },
        Component { action: actions::CATEGORY_CHANGE, run: |cx, call, id| Box::pin(setup::change(cx, call, id)) },
        Component { action: actions::CATEGORY_PICK, run: |cx, call, id| Box::pin(setup::picked(cx, call, id)) },
        Component { action: actions::CATEGORY_MOVE, run: |cx, call, id| Box::pin(setup::moved(cx, call, id)) },
        Component { action: actions::CATEGORY_RETIRE, run: |cx, call, id| Box::pin(setup::retire(cx, call, id)) },
        Component { action: actions::PANEL, run: |cx, call, _| Box::pin(panel::where_to(cx, call)) },
        Component { action: actions::PANEL_POST, run: |cx, call, _| Box::pin(panel::post_chosen(cx, call)) },
        Component { action: actions::PANEL_REFRESH, run: |cx, call, _| Box::pin(panel::refresh(cx, call)) },
        Component { action: actions::CHECK, run: |cx, call, _| Box::pin(check::check(cx, call)) },
    ],
    modals: &[
        Component { action: actions::OPEN_FORM, run: |cx, call, id| Box::pin(open::filled_in(cx, call, id)) },
        Component { action: actions::CATEGORY_TEXTS, run: |cx, call, id| Box::pin(setup::texts_written(cx, call, id)) },
        Component {
            action: actions::CATEGORY_QUESTIONS,
            run: |cx, call, id| Box::pin(setup::questions_written(cx, call, id)),
        },
        Component {
            action: actions::CATEGORY_LIMITS,
            run: |cx, call, id| Box::pin(setup::limits_written(cx, call, id)),
        },
    ],
    setup_pages: &[
        SetupPage { action: actions::CATEGORIES, label: messages::setup::page_label },
        SetupPage { action: actions::PANEL, label: messages::setup::panel_label },
        SetupPage { action: actions::CHECK, label: messages::setup::check_label },
    ],
    events: &[
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::MessageCreated, EventKind::MessageUpdated],
            handle: |cx, events| Box::pin(transcript::keep(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MessageDeleted, EventKind::MessagesBulkDeleted],
            handle: |cx, events| Box::pin(transcript::delete(cx, events)),
        },
    ],
    jobs: &[
        Job {
            kind: REPAIR,
            every: None,
            run: |cx, row| Box::pin(with_ticket(cx, row, async |cx, ticket| open::repair(cx, ticket).await)),
        },
        Job {
            kind: ARCHIVE,
            every: None,
            run: |cx, row| Box::pin(with_ticket(cx, row, async |cx, ticket| archive::put_away(cx, ticket).await)),
        },
        Job {
            kind: SYNC,
            every: None,
            run: |cx, row| Box::pin(with_ticket(cx, row, async |cx, ticket| place::sync(cx, ticket).await.map(drop))),
        },
        Job { kind: "tickets.reconcile", every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(reconcile::owe(cx)) },
        Job { kind: reconcile::GUILD, every: None, run: |cx, row| Box::pin(reconcile::guild(cx, row)) },
        Job {
            kind: "tickets.alarms",
            every: Some(TimeDelta::minutes(2)),
            run: |cx, _| Box::pin(sla::tell_overdue(cx)),
        },
        Job { kind: "tickets.prune", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(prune(cx)) },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    unfinished: Some(|cx, user| Box::pin(person::unfinished(cx, user))),
    ..Feature::named("tickets")
};

/// How long the transcript of a closed ticket is kept.
const TRANSCRIPT_DAYS: i64 = 365;

async fn prune(cx: Cx) -> Result<()> {
    let before = cx.now - TimeDelta::days(TRANSCRIPT_DAYS);
    cx.supabase.rpc::<i64>("prune_ticket_messages", &json!({"before": before})).await?;
    Ok(())
}

/// Runs a job about one ticket, whose id is the job's key. A ticket that was erased in the meantime needs nothing.
async fn with_ticket(cx: Cx, row: JobRow, run: impl AsyncFnOnce(&Cx, &Ticket) -> Result<()>) -> Result<()> {
    let id = row.key.parse().map_err(|_| Error::bug(format!("{} without a ticket", row.kind)))?;
    match store::by_id(&cx, row.guild_id, id).await? {
        Some(ticket) => run(&cx, &ticket).await,
        None => Ok(()),
    }
}
