//! Privacy: what is held about somebody, shown, given out, stopped and deleted; and what leaving leads to.

mod admin;
mod command;
mod erase;
mod export;
mod export_file;
mod goodbye;
mod messages;
mod person;
mod status;

use chrono::TimeDelta;
use from_json::json;
use relay_wire::{EventKind, Lane};
use twilight_model::application::command::CommandType;

use super::{Command, Component, EventHandler, Feature, registered};
use crate::{
    context::Cx,
    error::Result,
    jobs::Job,
    lang::Lang,
    settings::{Kind, Setting},
};

/// SQL functions owe these kinds; a test holds the two together.
pub const ERASE: &str = "privacy.erase";
pub const LEFT: &str = "privacy.left";
pub const TELL: &str = "privacy.tell";
pub const FORGET_GUILD: &str = "privacy.forget_guild";

pub const FEATURE: Feature = Feature {
    commands: &[Command {
        name: "privacy",
        kind: CommandType::ChatInput,
        definition: registered(command::definition),
        run: |cx, call| Box::pin(command::run(cx, call)),
        autocomplete: None,
    }],
    components: &[
        Component { action: status::SWITCH, run: |cx, call, id| Box::pin(status::switched(cx, call, id)) },
        Component { action: erase::CONFIRM, run: |cx, call, id| Box::pin(erase::confirmed(cx, call, id)) },
        Component { action: erase::CANCEL, run: |cx, _, _| Box::pin(erase::cancelled(cx)) },
        Component { action: export::NEXT, run: |cx, call, id| Box::pin(export::next(cx, call, id)) },
        Component { action: admin::CONFIRM, run: |cx, call, id| Box::pin(admin::delete_confirmed(cx, call, id)) },
    ],
    events: &[EventHandler {
        lane: Lane::Bulk,
        kinds: &[EventKind::MemberJoined, EventKind::MemberLeft, EventKind::GuildAvailable, EventKind::GuildLeft],
        handle: |cx, events| Box::pin(goodbye::heard(cx, events)),
    }],
    jobs: &[
        Job { kind: ERASE, every: None, run: |cx, row| Box::pin(erase::run(cx, row)) },
        Job { kind: TELL, every: None, run: |cx, row| Box::pin(erase::tell(cx, row)) },
        Job { kind: LEFT, every: None, run: |cx, row| Box::pin(goodbye::left(cx, row)) },
        Job { kind: FORGET_GUILD, every: None, run: |cx, row| Box::pin(goodbye::forget_guild(cx, row)) },
        Job { kind: "privacy.prune", every: Some(TimeDelta::days(1)), run: |cx, _| Box::pin(prune(cx)) },
    ],
    settings: &[CONTACT],
    holds: person::HOLDS,
    erase: Some(|cx, who| Box::pin(person::forget(cx, who))),
    goes_on: true,
    ..Feature::named("privacy")
};

const CONTACT: Setting = Setting {
    key: "privacy.contact",
    kind: Kind::Text { default: |_| "", max_length: 300 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Who answers for privacy",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Shown by `/privacy report`: a name, an address, a member. Empty: the administrators.",
    },
};

/// How long it is remembered that an erasure was done (to say so, and to prove it), a hold that is over, and who opened whose
/// history.
const REQUEST_DAYS: i64 = 30;
const HOLD_DAYS: i64 = 90;
const ACCESS_DAYS: i64 = 365;

async fn prune(cx: Cx) -> Result<()> {
    let before = |days| cx.now - TimeDelta::days(days);
    let arguments = json!({
        "done_before": before(REQUEST_DAYS), "held_before": before(HOLD_DAYS), "seen_before": before(ACCESS_DAYS),
    });
    cx.supabase.rpc::<i64>("prune_privacy", &arguments).await?;
    Ok(())
}
