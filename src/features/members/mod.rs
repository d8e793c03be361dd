//! Members: who is here and since when, who is online if they agreed, and how newcomers are welcomed.

mod backfill;
mod messages;
mod names;
mod person;
mod presence;
mod record;
mod rules;
mod welcome;

use chrono::TimeDelta;
use from_json::json;
use relay_wire::{EventKind, Lane};

use super::{EventHandler, Feature};
use crate::{
    context::Cx,
    error::Result,
    jobs::Job,
    lang::Lang,
    settings::{Kind, Setting},
};

/// SQL functions owe these kinds; a test holds the two together.
pub const BACKFILL: &str = "members.backfill";
pub const WELCOME: &str = "members.welcome";
pub const CHECKLIST: &str = "members.checklist";

pub const FEATURE: Feature = Feature {
    events: &[
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MemberJoined, EventKind::MemberUpdated, EventKind::MemberLeft],
            handle: |cx, events| Box::pin(record::members(cx, events)),
        },
        // After they were recorded: who left in the meantime is not welcomed.
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::MemberJoined],
            handle: |cx, events| Box::pin(welcome::joined(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::GuildAvailable],
            handle: |cx, events| Box::pin(record::guilds(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::ChannelUpdated],
            handle: |cx, events| Box::pin(names::changed(cx, events)),
        },
        EventHandler {
            lane: Lane::Bulk,
            kinds: &[EventKind::PresenceChanged],
            handle: |cx, events| Box::pin(presence::changed(cx, events)),
        },
        EventHandler {
            lane: Lane::Urgent,
            kinds: &[EventKind::RelayGap],
            handle: |cx, events| Box::pin(presence::gap(cx, events)),
        },
    ],
    jobs: &[
        Job { kind: BACKFILL, every: None, run: |cx, row| Box::pin(backfill::run(cx, row)) },
        Job { kind: WELCOME, every: None, run: |cx, row| Box::pin(welcome::run(cx, row)) },
        Job { kind: CHECKLIST, every: None, run: |cx, row| Box::pin(welcome::remove_checklist(cx, row)) },
        Job { kind: "members.presence", every: Some(TimeDelta::minutes(5)), run: |cx, _| Box::pin(presence::tend(cx)) },
        Job { kind: "members.prune", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(prune(cx)) },
    ],
    settings: &[WELCOME_CHANNEL, WELCOME_TEXT, CHECKLIST_TEXT, PRESENCE],
    holds: person::HOLDS,
    ..Feature::named("members")
};

const WELCOME_CHANNEL: Setting = Setting {
    key: "members.welcome_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Welcome channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Where newcomers are welcomed. Nobody is welcomed while it is not set.",
    },
};

const WELCOME_TEXT: Setting = Setting {
    key: "members.welcome_text",
    kind: Kind::Text {
        default: |lang| match lang {
            Lang::En => "Welcome to {guild}, {member}! Good to have you here.",
            Lang::De => "Willkommen bei {guild}, {member}! Schön, dass du da bist.",
        },
        max_length: 1_000,
    },
    label: |lang| match lang {
        Lang::En | Lang::De => "Welcome text",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "{member} and {guild} are filled in. Only the newcomer is pinged.",
    },
};

const CHECKLIST_TEXT: Setting = Setting {
    key: "members.checklist_text",
    kind: Kind::Text { default: |_| "", max_length: 1_000 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Getting started",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "A checklist posted with the welcome and removed after 7 days. Empty: none.",
    },
};

/// `record_presence` and `tend_presence` read it in SQL; a test holds them together.
const PRESENCE: Setting = Setting {
    key: "members.presence",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En | Lang::De => "Online times",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Keeps when members are online, only of those who agreed in `/privacy status`.",
    },
};

/// How long it is remembered who was welcomed; a joining older than a day is not welcomed any more.
const WELCOME_DAYS: i64 = 30;

async fn prune(cx: Cx) -> Result<()> {
    let before = cx.now - TimeDelta::days(WELCOME_DAYS);
    cx.supabase.rpc::<i64>("prune_welcomes", &json!({"before": before})).await?;
    Ok(())
}
