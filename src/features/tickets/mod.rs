//! Tickets: a conversation between one member and the staff, from the panel to the archive.

mod access;
mod actions;
mod archive;
mod check;
mod close;
mod command;
mod feedback;
mod files;
mod findings;
mod hours;
pub mod html;
mod idle;
mod intelligence;
mod life;
mod members;
mod messages;
mod open;
mod outside;
mod panel;
mod person;
mod place;
mod reconcile;
mod retention;
mod rules;
mod settings;
mod setup;
mod sla;
mod staff;
mod stats;
mod store;
mod tags;
mod transcript;

use chrono::TimeDelta;
use from_json::{Value, json};
use relay_wire::{EventKind, Lane, Snowflake};
use twilight_model::application::command::CommandType;

use self::store::Ticket;
use super::{Command, Component, EventHandler, Feature, PrefixCommand, SetupPage, registered};
use crate::{
    context::Cx,
    error::{Error, Result},
    jobs::{Job, JobRow},
};

/// `open_ticket` and `change_ticket` owe these kinds in SQL.
const REPAIR: &str = "tickets.repair";
const SYNC: &str = "tickets.sync";
const ARCHIVE: &str = "tickets.archive";

/// What `open.rs` could not offer at once.
const FORM: &str = "tickets.form";

pub const FEATURE: Feature = Feature {
    commands: &[
        Command {
            name: "ticket",
            kind: CommandType::ChatInput,
            definition: registered(command::definition),
            run: |cx, call| Box::pin(command::run(cx, call)),
            autocomplete: Some(|cx, call| Box::pin(life::categories_typed(cx, call))),
        },
        Command {
            name: "close",
            kind: CommandType::ChatInput,
            definition: registered(close::definition),
            run: |cx, call| Box::pin(close::command(cx, call)),
            autocomplete: None,
        },
        Command {
            name: "tag",
            kind: CommandType::ChatInput,
            definition: registered(tags::definition),
            run: |cx, call| Box::pin(tags::run(cx, call)),
            autocomplete: Some(|cx, call| Box::pin(tags::typed(cx, call))),
        },
    ],
    components: &[
        Component { action: actions::OPEN, run: |cx, call, id| Box::pin(open::pressed(cx, call, id)) },
        Component { action: actions::CLAIM, run: |cx, call, id| Box::pin(life::claim_pressed(cx, call, id)) },
        Component { action: actions::RELEASE, run: |cx, call, id| Box::pin(life::release_pressed(cx, call, id)) },
        Component { action: actions::CLOSE, run: |cx, call, id| Box::pin(close::pressed(cx, call, id)) },
        Component {
            action: actions::CLOSE_WITH_REASON,
            run: |cx, call, id| Box::pin(close::with_reason_pressed(cx, call, id)),
        },
        Component { action: actions::ACCEPT_CLOSE, run: |cx, call, id| Box::pin(close::accepted(cx, call, id)) },
        Component { action: actions::KEEP_OPEN, run: |cx, call, id| Box::pin(close::kept_open(cx, call, id)) },
        Component { action: actions::REOPEN, run: |cx, call, id| Box::pin(close::reopen_pressed(cx, call, id)) },
        Component { action: actions::ADD, run: |cx, call, id| Box::pin(members::add_pressed(cx, call, id)) },
        Component { action: actions::ADD_CHOSEN, run: |cx, call, id| Box::pin(members::add_chosen(cx, call, id)) },
        Component { action: actions::LIST, run: |cx, call, id| Box::pin(staff::list_turned(cx, call, id)) },
        Component { action: actions::STAY_OPEN, run: |cx, call, id| Box::pin(idle::keep_open(cx, call, id)) },
        Component { action: actions::RATE, run: |cx, call, id| Box::pin(feedback::rated(cx, call, id)) },
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
        Component { action: actions::CLOSE_FORM, run: |cx, call, id| Box::pin(close::filled_in(cx, call, id)) },
        Component { action: actions::TAG_FORM, run: |cx, call, id| Box::pin(tags::filled_in(cx, call, id)) },
        Component { action: actions::COMMENT, run: |cx, call, id| Box::pin(feedback::commented(cx, call, id)) },
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
    prefix_commands: &[PrefixCommand { name: "close", run: |cx, call| Box::pin(close::prefix(cx, call)) }],
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
            kind: FORM,
            every: None,
            run: |cx, row| Box::pin(with_ticket(cx, row, async |cx, ticket| open::offer_form(cx, ticket, 2).await)),
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
            kind: intelligence::TRIAGE,
            every: None,
            run: |cx, row| {
                Box::pin(async move {
                    let ticket = ticket_of(&cx, &row).await?;
                    intelligence::triage(cx, row, ticket).await
                })
            },
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
        Job { kind: "tickets.reconcile", every: Some(TimeDelta::hours(1)), run: |cx, _| Box::pin(reconcile::owe(cx)) },
        Job { kind: reconcile::GUILD, every: None, run: |cx, row| Box::pin(reconcile::guild(cx, row)) },
        Job {
            kind: "tickets.alarms",
            every: Some(TimeDelta::minutes(2)),
            run: |cx, _| Box::pin(sla::tell_overdue(cx)),
        },
    ],
    settings: settings::ALL,
    holds: person::HOLDS,
    erase: Some(|cx, who| {
        Box::pin(async move {
            person::erase(cx.clone(), who).await?;
            retention::erase(cx, who).await
        })
    }),
    unfinished: Some(|cx, user| Box::pin(person::unfinished(cx, user))),
    ..Feature::named("tickets")
};

/// Runs a job about one ticket, whose id is the job's key. A ticket that was erased in the meantime needs nothing.
async fn with_ticket(cx: Cx, row: JobRow, run: impl AsyncFnOnce(&Cx, &Ticket) -> Result<()>) -> Result<()> {
    match ticket_of(&cx, &row).await? {
        Some(ticket) => run(&cx, &ticket).await,
        None => Ok(()),
    }
}

async fn ticket_of(cx: &Cx, row: &JobRow) -> Result<Option<Ticket>> {
    let id = row.key.parse().map_err(|_| Error::bug(format!("{} without a ticket", row.kind)))?;
    store::by_id(cx, row.guild_id, id).await
}

/// Whether a channel is, or was, a ticket's.
pub async fn is_ticket(cx: &Cx, guild: Snowflake, channel: Snowflake) -> Result<bool> {
    let asked = json!({"guild_id": guild, "channel_id": channel});
    Ok(!cx.supabase.rpc::<Value>("find_ticket", &asked).await?.is_null())
}
