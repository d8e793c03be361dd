//! Sessions as rows: what the SQL functions answer, and the calls.

use from_json::{FromJson, Value, json};
use relay_wire::Snowflake;

use crate::{
    care::Severity,
    context::Cx,
    edge::Time,
    error::Result,
    metrics::{SESSIONS_CLOSED, SESSIONS_OPENED},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It has no place yet, or its opener does not stand there yet.
    Opening,
    /// The member has not answered.
    Offered,
    Active,
    /// A person is there; Ash is silent.
    HandedOff,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A private thread with the member and the team.
    Thread,
    Direct,
    /// In a channel that others read and write, too.
    Channel,
}

impl Place {
    pub fn name(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Direct => "direct",
            Self::Channel => "channel",
        }
    }
}

/// Who or what began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum OpenedBy {
    Member,
    Team,
    /// Nobody reacted to an alert.
    Chain,
    Critical,
    FollowUp,
    CheckIn,
}

impl OpenedBy {
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Team => "team",
            Self::Chain => "chain",
            Self::Critical => "critical",
            Self::FollowUp => "follow_up",
            Self::CheckIn => "check_in",
        }
    }
}

/// A row of `ash_sessions`.
#[derive(Clone, Debug, FromJson)]
pub struct Session {
    pub session_id: i64,
    pub guild_id: Snowflake,
    pub member_id: Snowflake,
    pub alert_id: Option<i64>,
    pub severity: Severity,
    pub opened_by: OpenedBy,
    pub origin_channel_id: Option<Snowflake>,
    pub origin_is_direct: bool,
    pub place: Option<Place>,
    pub channel_id: Option<Snowflake>,
    pub status: Status,
    pub is_minor: bool,
    pub parent_id: Option<i64>,
    pub opened_at: Time,
    pub offered_at: Option<Time>,
    pub started_at: Option<Time>,
    pub last_message_id: Snowflake,
    pub last_member_at: Option<Time>,
    pub answered_message_id: Snowflake,
    pub last_ash_at: Option<Time>,
    pub writing_until: Option<Time>,
    pub wants_human_at: Option<Time>,
    pub human_id: Option<Snowflake>,
    pub human_wrote_at: Option<Time>,
    pub handed_off_at: Option<Time>,
    pub silence_told_at: Option<Time>,
    pub end_reason: Option<String>,
    pub closing_said_at: Option<Time>,
    pub message_count: u32,
    /// Answers that did not come.
    pub failures: u32,
    /// Where the post of its alert stands.
    pub alert_channel_id: Option<Snowflake>,
    pub alert_message_id: Option<Snowflake>,
}

impl Session {
    pub fn is_grave(&self) -> bool {
        self.severity >= Severity::High || self.wants_human_at.is_some()
    }

    pub fn is_open(&self) -> bool {
        self.status != Status::Closed
    }
}

/// What is to be opened, and why.
#[derive(Clone, Debug)]
pub struct Opening {
    pub guild_id: Snowflake,
    pub member_id: Snowflake,
    pub opened_by: OpenedBy,
    pub actor_id: Option<Snowflake>,
    pub alert_id: Option<i64>,
    pub severity: Severity,
    /// It goes on from this one, in its place.
    pub parent_id: Option<i64>,
    /// Where the member is: a channel, or direct messages.
    pub origin_channel_id: Option<Snowflake>,
    pub origin_is_direct: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    New,
    Open,
    OptedOut,
    Spent,
}

#[derive(Clone, Debug, FromJson)]
pub struct Opened {
    pub step: Step,
    pub session: Option<Session>,
}

pub async fn open(cx: &Cx, opening: &Opening) -> Result<Opened> {
    let arguments = json!({
        "guild_id": opening.guild_id, "member_id": opening.member_id, "opened_by": opening.opened_by.name(),
        "actor_id": opening.actor_id, "alert_id": opening.alert_id, "severity": opening.severity,
        "parent_id": opening.parent_id, "origin_channel_id": opening.origin_channel_id,
        "origin_is_direct": opening.origin_is_direct,
    });
    let opened: Opened = cx.supabase.rpc("open_ash_session", &json!({"opening": arguments, "at": cx.now})).await?;
    if opened.step == Step::New {
        cx.count(&SESSIONS_OPENED, &[opening.opened_by.name()]);
    }
    Ok(opened)
}

/// What came of a change.
#[derive(Clone, Debug, FromJson)]
pub struct Changed {
    pub changed: bool,
    /// Of `human_wrote`: how often this person did within the hour.
    pub count: u32,
    pub session: Session,
}

/// Does one thing to a session; `change` and `detail` as `change_ash_session` in migrations/ lists them. None if there is no
/// such session.
pub async fn change(
    cx: &Cx,
    session: i64,
    change: &str,
    detail: Value,
    actor: Option<Snowflake>,
) -> Result<Option<Changed>> {
    let mut arguments = json!({"session_id": session, "change": change, "detail": detail, "at": cx.now});
    if let (Some(actor), Some(fields)) = (actor, arguments.as_object_mut()) {
        fields.insert("actor_id".to_owned(), json!(actor));
    }
    let changed: Option<Changed> = cx.supabase.rpc("change_ash_session", &arguments).await?;
    if let ("close", Some(Changed { changed: true, session, .. })) = (change, &changed) {
        cx.count(&SESSIONS_CLOSED, &[session.end_reason.as_deref().unwrap_or_default()]);
    }
    Ok(changed)
}

pub async fn by_id(cx: &Cx, session: i64) -> Result<Option<Session>> {
    Ok(cx.supabase.rpc("ash_session", &json!({"session_id": session})).await?)
}

/// The open session of a member.
pub async fn of_member(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Option<Session>> {
    Ok(cx.supabase.rpc("ash_session_of", &json!({"guild_id": guild, "member": member})).await?)
}

/// Somebody wrote where a session is.
#[derive(Clone, Debug, FromJson)]
pub struct Heard {
    pub is_member: bool,
    /// The message was not known yet, and it is graver than what the session had so far.
    pub is_graver: bool,
    /// Of the message, as far as the team was told of it.
    pub severity: Severity,
    pub session: Session,
}

pub async fn hear(cx: &Cx, channel: Snowflake, author: Snowflake, message: Snowflake) -> Result<Option<Heard>> {
    let written_at = Time::from_timestamp_millis(message.created_at_ms()).unwrap_or(cx.now);
    let arguments = json!({
        "channel_id": channel, "author_id": author, "message_id": message, "written_at": written_at, "at": cx.now,
    });
    Ok(cx.supabase.rpc("hear_ash", &arguments).await?)
}

pub async fn begin_reply(cx: &Cx, session: i64, lease_seconds: u32) -> Result<Option<Session>> {
    // A lease begins when it is taken, not when the request came.
    let at = (cx.edge.now)().max(cx.now);
    let arguments = json!({"session_id": session, "lease_seconds": lease_seconds, "at": at});
    Ok(cx.supabase.rpc("begin_ash_reply", &arguments).await?)
}

/// A message that needs no generated answer; what is being generated goes on.
pub async fn pass(cx: &Cx, session: i64, message: Snowflake) -> Result<()> {
    let arguments = json!({"session_id": session, "message_id": message});
    Ok(cx.supabase.rpc::<()>("pass_ash_turn", &arguments).await?)
}

pub async fn end_reply(cx: &Cx, session: i64, answered: Snowflake, tally: &Value) -> Result<Option<Session>> {
    let at = (cx.edge.now)().max(cx.now);
    let arguments = json!({"session_id": session, "answered": answered, "tally": tally, "at": at});
    Ok(cx.supabase.rpc("end_ash_reply", &arguments).await?)
}
