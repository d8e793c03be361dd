//! Ash asks a member how they are, because they asked for it: the button below a talk that ended, and `/ash checkin`.

use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{StringBuilder, SubCommandBuilder};

use super::{
    after_messages::{self as messages, Planned},
    press,
    settings::{Chosen, QUIET_FROM, QUIET_TO},
    start::{self, Started},
    store::{self, OpenedBy, Opening, Place, Session},
};
use crate::{
    care::Severity,
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    edge::Time,
    error::{Error, Result},
    jobs::{self, JobRow},
    relay_filter,
    reply::{Answer, Reply},
};

/// The SQL function `plan_ash_checkin` owes it; its key is the check-in's id.
pub const CHECK_IN: &str = "companion.checkin";
/// Their kinds, as in `ash_checkins.kind`.
pub const FOLLOW_UP: &str = "follow_up";
pub const WISH: &str = "check_in";
const STOP: &str = "stop";

pub fn option() -> CommandOption {
    let when = StringBuilder::new("when", "When Ash asks you how you are").required(true).choices([
        ("In 3 hours", "three_hours"),
        ("Tonight", "tonight"),
        ("Tomorrow", "tomorrow"),
        ("Every day for a week", "week"),
        ("Stop", STOP),
    ]);
    SubCommandBuilder::new("checkin", "Have Ash, an AI, ask you how you are; only you see that you wished for it")
        .option(when)
        .build()
}

/// `/ash checkin`
pub async fn command(cx: Cx, call: Interaction) -> Result<Answer> {
    let work = async move {
        let guild = press::guild_meant(&cx, &call).await?;
        let choice = call.input.text("when").unwrap_or_default();
        if choice == STOP {
            return stopped(&cx, guild, call.user_id, None).await;
        }
        let wish = Wish {
            guild,
            member: call.user_id,
            kind: WISH,
            choice,
            session: None,
            origin: call.channel_id,
            is_direct: call.guild_id.is_none(),
        };
        plan(&cx, &wish).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// *Ask me tomorrow how I am*
pub async fn follow_up(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = press::own(&cx, &call, &id).await?;
    let work = async move {
        let wish = Wish {
            guild: session.guild_id,
            member: session.member_id,
            kind: FOLLOW_UP,
            choice: "tomorrow",
            session: Some(session.session_id),
            origin: if session.place == Some(Place::Channel) { session.channel_id } else { session.origin_channel_id },
            is_direct: session.place == Some(Place::Direct),
        };
        plan(&cx, &wish).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// *Never mind*
pub async fn never_mind(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (guild, kind): (Snowflake, String) = (id.argument(0, cx.lang)?, id.argument(1, cx.lang)?);
    let work = async move { stopped(&cx, guild, call.user_id, Some(&kind)).await };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

struct Wish<'a> {
    guild: Snowflake,
    member: Snowflake,
    kind: &'static str,
    choice: &'a str,
    session: Option<i64>,
    origin: Option<Snowflake>,
    is_direct: bool,
}

async fn plan(cx: &Cx, wish: &Wish<'_>) -> Result<Reply> {
    if !start::talks(cx, wish.guild).await {
        return Err(Error::user(messages::off(cx.lang)));
    }
    let chosen = Chosen::load(cx, wish.guild).await?;
    let plan = json!({
        "guild_id": wish.guild, "member_id": wish.member, "kind": wish.kind, "choice": wish.choice,
        "session_id": wish.session, "origin_channel_id": wish.origin, "origin_is_direct": wish.is_direct,
        "quiet_from": chosen.minutes(&QUIET_FROM), "quiet_to": chosen.minutes(&QUIET_TO),
    });
    let planned: Planned = cx.supabase.rpc("plan_ash_checkin", &json!({"plan": plan, "at": cx.now})).await?;
    Ok(Reply::private(messages::planned(cx.lang, wish.guild, wish.kind, &planned)?))
}

async fn stopped(cx: &Cx, guild: Snowflake, member: Snowflake, kind: Option<&str>) -> Result<Reply> {
    let mut arguments = json!({"guild_id": guild, "member": member});
    if let (Some(kind), Some(fields)) = (kind, arguments.as_object_mut()) {
        fields.insert("kind".to_owned(), json!(kind));
    }
    let was_planned: bool = cx.supabase.rpc("stop_ash_checkins", &arguments).await?;
    Ok(Reply::private(messages::stopped(cx.lang, was_planned)))
}

/// What is planned, for `/ash status`.
pub async fn planned(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Option<String>> {
    #[derive(FromJson)]
    struct Plans {
        follow_up: Option<Time>,
        check_in: Option<Time>,
    }
    let of = json!({"guild_id": guild, "member": member});
    let plans: Plans = cx.supabase.rpc("ash_checkins_of", &of).await?;
    let next = [plans.follow_up, plans.check_in].into_iter().flatten().min();
    Ok(next.map(|next| messages::next(cx.lang, next)))
}

#[derive(FromJson)]
#[serde(rename_all = "snake_case")]
enum Step {
    Wait,
    Stop,
    Skip,
    Open,
}

/// As `due_ash_checkin` answers it; all but the step only where that needs it.
#[derive(FromJson)]
struct Due {
    step: Step,
    until: Option<Time>,
    kind: Option<String>,
    member_id: Option<Snowflake>,
    session_id: Option<i64>,
    origin_channel_id: Option<Snowflake>,
    origin_is_direct: Option<bool>,
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let id: i64 = row.key.parse().map_err(|_| Error::bug("a check-in without its number"))?;
    let chosen = Chosen::load(&cx, row.guild_id).await?;
    let arguments = json!({
        "checkin_id": id, "quiet_from": chosen.minutes(&QUIET_FROM), "quiet_to": chosen.minutes(&QUIET_TO), "at": cx.now,
    });
    // Taken back meanwhile: there is nothing to do.
    let Some(due) = cx.supabase.rpc::<Option<Due>>("due_ash_checkin", &arguments).await? else { return Ok(()) };
    let next = match due.step {
        Step::Wait => due.until,
        Step::Stop => pass(&cx, id, true, None).await?,
        Step::Skip => pass(&cx, id, false, None).await?,
        Step::Open => match open(&cx, row.guild_id, &due).await? {
            Asked::Gone => pass(&cx, id, true, None).await?,
            Asked::In(session) => pass(&cx, id, false, session).await?,
        },
    };
    match next {
        Some(next) => jobs::owe(&cx, row.guild_id, CHECK_IN, &row.key, next, json!({})).await,
        None => Ok(()),
    }
}

async fn pass(cx: &Cx, id: i64, is_last: bool, session: Option<i64>) -> Result<Option<Time>> {
    let mut arguments = json!({"checkin_id": id, "at": cx.now, "is_last": is_last});
    if let (Some(session), Some(fields)) = (session, arguments.as_object_mut()) {
        fields.insert("session_id".to_owned(), json!(session));
    }
    Ok(cx.supabase.rpc("pass_ash_checkin", &arguments).await?)
}

enum Asked {
    /// They left, or there is no talking here any more.
    Gone,
    /// Where the next one goes on.
    In(Option<i64>),
}

async fn open(cx: &Cx, guild: Snowflake, due: &Due) -> Result<Asked> {
    let Some(member) = due.member_id else { return Ok(Asked::Gone) };
    match cx.discord.member(guild, member).await {
        Err(error) if error.is_refused() => return Ok(Asked::Gone),
        member => member?,
    };
    let opened_by = if due.kind.as_deref() == Some(FOLLOW_UP) { OpenedBy::FollowUp } else { OpenedBy::CheckIn };
    let opening = Opening {
        guild_id: guild,
        member_id: member,
        opened_by,
        actor_id: None,
        alert_id: None,
        severity: Severity::Safe,
        parent_id: before(cx, due.session_id).await?.map(|session| session.session_id),
        origin_channel_id: due.origin_channel_id,
        origin_is_direct: due.origin_is_direct.unwrap_or_default(),
    };
    Ok(match start::open(cx, &opening).await? {
        Started::Offered(session) => {
            // An old thread may have left the relay's filter.
            relay_filter::changed(cx).await;
            Asked::In(Some(session.session_id))
        }
        Started::Off => Asked::Gone,
        _ => Asked::In(None),
    })
}

/// The talk whose thread it goes on in, if that still stands. Everywhere else the place is looked for anew: the member or the
/// guild may have decided otherwise since.
async fn before(cx: &Cx, session: Option<i64>) -> Result<Option<Session>> {
    let Some(session) = session else { return Ok(None) };
    let session = store::by_id(cx, session).await?.filter(|session| session.place == Some(Place::Thread));
    let Some(thread) = session.as_ref().and_then(|session| session.channel_id) else { return Ok(None) };
    match cx.discord.channel(thread).await {
        Err(error) if error.is_refused() => Ok(None),
        channel => channel.map(|_| session).map_err(Into::into),
    }
}
