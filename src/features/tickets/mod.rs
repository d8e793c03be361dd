//! Tickets: a conversation between one member and the staff, from the panel to the archive.

mod access;
mod actions;
mod archive;
mod command;
mod feedback;
mod files;
mod html;
mod idle;
mod life;
mod messages;
mod open;
mod person;
mod place;
mod retention;
mod rules;
mod settings;
mod store;
mod transcript;

use chrono::TimeDelta;
use relay_wire::{EventKind, Lane};
use twilight_model::application::command::CommandType;

use self::store::Ticket;
use super::{Command, Component, EventHandler, Feature};
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
        Component { action: actions::KEEP_OPEN, run: |cx, call, id| Box::pin(idle::keep_open(cx, call, id)) },
        Component { action: actions::RATE, run: |cx, call, id| Box::pin(feedback::rated(cx, call, id)) },
    ],
    modals: &[
        Component { action: actions::OPEN_FORM, run: |cx, call, id| Box::pin(open::filled_in(cx, call, id)) },
        Component { action: actions::COMMENT, run: |cx, call, id| Box::pin(feedback::commented(cx, call, id)) },
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
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MemberLeft, EventKind::ChannelDeleted, EventKind::ThreadDeleted],
            handle: |cx, events| Box::pin(idle::losses(cx, events)),
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
        Job {
            kind: idle::WARN,
            every: None,
            run: |cx, row| Box::pin(with_ticket(cx, row, async |cx, ticket| idle::warn(cx, ticket).await)),
        },
        Job {
            kind: files::KEEP,
            every: None,
            run: |cx, row| Box::pin(with_ticket(cx, row, async |cx, ticket| files::keep(cx, ticket).await)),
        },
        Job { kind: retention::REMOVE, every: None, run: |cx, row| Box::pin(retention::remove(cx, row)) },
        Job { kind: "tickets.tend", every: Some(TimeDelta::minutes(5)), run: |cx, _| Box::pin(idle::tend(cx)) },
        Job { kind: "tickets.prune", every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(retention::prune(cx)) },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    unfinished: Some(|cx, user| Box::pin(person::unfinished(cx, user))),
    erase: Some(|cx, who| Box::pin(retention::erase(cx, who))),
    ..Feature::named("tickets")
};

/// Runs a job about one ticket, whose id is the job's key. A ticket that was erased in the meantime needs nothing.
async fn with_ticket(cx: Cx, row: JobRow, run: impl AsyncFnOnce(&Cx, &Ticket) -> Result<()>) -> Result<()> {
    let id = row.key.parse().map_err(|_| Error::bug(format!("{} without a ticket", row.kind)))?;
    match store::by_id(&cx, row.guild_id, id).await? {
        Some(ticket) => run(&cx, &ticket).await,
        None => Ok(()),
    }
}
