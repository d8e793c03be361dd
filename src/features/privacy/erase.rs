//! `/privacy delete`: the dialog, the request, and the job that erases in every feature. Doing it twice changes nothing.

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{ERASE, command, messages};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::Nonce},
    edge::Time,
    error::{Error, Result},
    features::{self, FEATURES},
    jobs::{self, JobRow},
    person::{self, Person},
    reply::{Answer, Reply},
};

pub const CONFIRM: &str = "privacy.delete";
pub const CANCEL: &str = "privacy.cancel";

/// How long an open ticket may keep an erasure waiting, and how often it is looked at.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(72);
const LOOK: TimeDelta = TimeDelta::hours(1);
const STEP: TimeDelta = TimeDelta::seconds(1);
/// What was on its way while it was erased has arrived by then, and is erased with a second pass.
const SECOND_PASS: TimeDelta = TimeDelta::minutes(2);

/// What `request_erasure` answers of one guild; times are milliseconds since 1970.
#[derive(Debug, FromJson)]
pub struct Requested {
    pub due_at: i64,
    pub held_until: Option<i64>,
}

pub async fn ask(cx: &Cx, call: &Interaction) -> Result<Answer> {
    if command::guilds(cx, call).await?.is_empty() {
        return Ok(Answer::Message(Reply::private(messages::nothing_held(cx.lang))));
    }
    Ok(Answer::Message(Reply::private(messages::ask_delete(cx.lang, call.guild_id.is_none())?)))
}

pub async fn cancelled(cx: Cx) -> Result<Answer> {
    Ok(Answer::Update(Reply::private(messages::cancelled(cx.lang))))
}

pub async fn confirmed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let stop = id.argument::<String>(0, cx.lang)? == "stop";
    let mut guilds = command::guilds(&cx, &call).await?;
    if stop && !guilds.is_empty() {
        // First: nothing shall come in behind the erasure.
        command::stop_collecting(&cx, &guilds, call.user_id).await?;
    }
    if call.guild_id.is_none() {
        guilds.push(Snowflake(0));
    }
    let requested = request(&cx, &guilds, call.user_id, "delete", call.user_id).await?;
    Ok(Answer::Update(Reply::private(messages::deleting(cx.lang, &requested, cx.now.timestamp_millis(), stop))))
}

/// Asks for the erasure of `subject` in these guilds, once each.
pub async fn request(
    cx: &Cx,
    guilds: &[Snowflake],
    subject: Snowflake,
    kind: &str,
    requested_by: Snowflake,
) -> Result<Vec<Requested>> {
    let unfinished = unfinished(cx, subject).await?;
    let wanted: Vec<_> = guilds
        .iter()
        .map(|guild| {
            let wait = if unfinished.contains(guild) { LONGEST_WAIT } else { TimeDelta::zero() };
            json!({"guild_id": guild, "due_at": (cx.now + wait).timestamp_millis()})
        })
        .collect();
    let arguments = json!({
        "wanted": wanted, "subject_id": subject, "kind": kind, "requested_by": requested_by, "at": cx.now,
    });
    let requested = cx.supabase.rpc("request_erasure", &arguments).await?;
    cx.log(
        "info",
        "erasure_requested",
        json!({"subject_id": subject, "requested_by": requested_by, "guilds": guilds.len()}),
    );
    jobs::hint(cx, ERASE, &subject.to_string(), cx.now).await;
    Ok(requested)
}

async fn unfinished(cx: &Cx, user: Snowflake) -> Result<Vec<Snowflake>> {
    let mut guilds = vec![];
    for ask in FEATURES.iter().filter_map(|feature| feature.unfinished) {
        guilds.extend(ask(cx.clone(), user).await?);
    }
    Ok(guilds)
}

/// What `open_erasure` answers.
#[derive(FromJson)]
struct Open {
    guild_id: Snowflake,
    subject_id: Snowflake,
    due_at: i64,
    held_until: Option<i64>,
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let number = |name: &str| row.payload.get(name).and_then(from_json::Value::as_i64);
    let request_id = number("request_id").ok_or_else(|| Error::bug("an erasure without its request"))?;
    let second = number("pass") == Some(2);
    let asked = json!({"request_id": request_id, "at": cx.now});
    let Some(open) = cx.supabase.rpc::<Option<Open>>("open_erasure", &asked).await? else { return Ok(()) };
    let again = async |due: Time, pass: i64| {
        let payload = json!({"request_id": request_id, "pass": pass});
        jobs::owe(&cx, open.guild_id, ERASE, &row.key, due, payload).await
    };
    if let Some(until) = open.held_until.and_then(Time::from_timestamp_millis) {
        return again(until, 1).await;
    }
    let latest = Time::from_timestamp_millis(open.due_at).unwrap_or(cx.now);
    if !second && cx.now < latest && unfinished(&cx, open.subject_id).await?.contains(&open.guild_id) {
        return again(latest.min(cx.now + LOOK), 1).await;
    }
    let who = Person { guild_id: open.guild_id, user_id: open.subject_id };
    for erase in FEATURES.iter().filter_map(|feature| feature.erase) {
        erase(cx.clone(), who).await?;
    }
    if !person::erase(&cx, &features::holds(), who).await? {
        return again(cx.now + STEP, if second { 2 } else { 1 }).await;
    }
    if !second {
        return again(cx.now + SECOND_PASS, 2).await;
    }
    cx.supabase.rpc::<()>("finish_erasure", &asked).await?;
    cx.log("info", "erasure_done", json!({"guild_id": who.guild_id, "subject_id": who.user_id}));
    Ok(())
}

/// What `finished_erasure` answers.
#[derive(Debug, FromJson)]
pub struct Finished {
    subject_id: Snowflake,
    pub by_admin: bool,
    /// A part of what was asked for is on hold.
    pub held: bool,
}

/// Says by direct message that it is done, to who can be reached.
pub async fn tell(cx: Cx, row: JobRow) -> Result<()> {
    let request_id = row.payload.get("request_id").and_then(from_json::Value::as_u64);
    let request_id = request_id.ok_or_else(|| Error::bug("a deletion is done, and nobody knows which"))?;
    let asked = json!({"request_id": request_id});
    let Some(finished) = cx.supabase.rpc::<Option<Finished>>("finished_erasure", &asked).await? else { return Ok(()) };
    let told = async {
        let channel = cx.discord.direct_channel(finished.subject_id).await?;
        let message = messages::deleted(cx.lang, &finished).with_nonce(Nonce::of("gone", Snowflake(request_id)));
        cx.discord.create_message(channel, &message).await
    };
    match told.await {
        // Who shares no server with the bot any more, or takes no direct messages.
        Err(error) if !error.is_refused() => Err(error.into()),
        _ => Ok(()),
    }
}
