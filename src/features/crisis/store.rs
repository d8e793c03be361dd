//! Alerts as rows: what the SQL functions answer, and the calls.

use from_json::{FromJson, json};
use relay_wire::Snowflake;
use serde_json::Value;

use crate::{
    care::Severity,
    context::Cx,
    edge::Time,
    error::{Error, Result},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Open,
    Acknowledged,
    Taken,
    Resolved,
    FalseAlarm,
    /// Its member was quiet for a day.
    Ended,
    /// Counted on another alert.
    Merged,
}

/// A row of `crisis_alerts`.
#[derive(Clone, Debug, FromJson)]
pub struct Alert {
    pub alert_id: i64,
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub member_id: Snowflake,
    pub severity: Severity,
    pub found_severity: Option<Severity>,
    pub detector: String,
    pub score: Option<f32>,
    pub written_at: Time,
    pub found_at: Time,
    pub status: Status,
    pub mode: String,
    pub merged_count: u32,
    pub last_at: Time,
    pub alert_channel_id: Option<Snowflake>,
    pub alert_message_id: Option<Snowflake>,
    pub posted_at: Option<Time>,
    pub acknowledged_by: Option<Snowflake>,
    pub acknowledged_at: Option<Time>,
    pub taken_by: Option<Snowflake>,
    pub taken_at: Option<Time>,
    pub first_human_at: Option<Time>,
    pub resolved_by: Option<Snowflake>,
    pub resolved_at: Option<Time>,
    pub preview_gone_at: Option<Time>,
    /// Episodes of the same member in the 7 days before.
    pub repeats: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    New,
    Posted,
    Raise,
    Merged,
    Again,
    /// Another one, as grave, is being posted just now.
    Wait,
}

/// What is to be done about something that was found.
#[derive(Clone, Debug, FromJson)]
pub struct Recorded {
    pub step: Step,
    pub alert: Alert,
    /// What it was before an edit made it graver.
    #[serde(default)]
    pub before: Option<Alert>,
}

pub async fn record(cx: &Cx, found: &Value, cooldown_seconds: i64) -> Result<Recorded> {
    let arguments = json!({"finding": found, "cooldown_seconds": cooldown_seconds, "at": cx.now});
    Ok(cx.supabase.rpc("record_crisis_alert", &arguments).await?)
}

/// Where an alert was posted.
#[derive(Clone, Copy, Debug)]
pub struct Posted {
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub pinged: bool,
    /// When somebody must have reacted; None: nobody has to.
    pub chain_at: Option<Time>,
}

/// Notes where it stands. If two were posted at once: the alert on which this one is counted now, so that its post has to go.
pub async fn posted(cx: &Cx, guild: Snowflake, message: Snowflake, posted: &Posted) -> Result<Option<Alert>> {
    let mut arguments = json!({
        "guild_id": guild, "message_id": message, "alert_channel_id": posted.channel_id,
        "alert_message_id": posted.message_id, "pinged": posted.pinged, "at": cx.now,
    });
    if let (Some(at), Some(fields)) = (posted.chain_at, arguments.as_object_mut()) {
        fields.insert("chain_at".to_owned(), json!(at));
    }
    Ok(cx.supabase.rpc("note_crisis_post", &arguments).await?)
}

/// What became of a press, as `change_crisis_alert` answers it.
pub struct Change {
    pub outcome: Outcome,
    pub alert: Alert,
    /// Alerts that changed with it.
    pub others: Vec<Alert>,
    /// The severity of the member's newest open alert.
    pub open: Option<Severity>,
    /// The alert's message and those that were counted on it.
    pub messages: Vec<Snowflake>,
    pub event_id: Option<i64>,
    /// Alerts of this detector in 90 days that the team dealt with, and those of them that were false alarms.
    pub handled: u64,
    pub wrong: u64,
    /// Who was first, what they did and when.
    pub kind: String,
    pub by: Option<Snowflake>,
    pub at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Changed,
    /// Somebody else was first.
    Lost,
    /// Too long ago.
    Refused,
}

impl Change {
    fn read(answer: &Value) -> Result<Self> {
        let unreadable = || Error::bug("a change of an alert that cannot be read");
        let text = |field: &str| answer.get(field).and_then(Value::as_str);
        let number = |field: &str| answer.get(field).and_then(Value::as_u64).unwrap_or_default();
        let list = |field: &str| answer.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            outcome: match text("outcome") {
                Some("changed") => Outcome::Changed,
                Some("lost") => Outcome::Lost,
                _ => Outcome::Refused,
            },
            alert: Alert::from_json(answer.get("alert").ok_or_else(unreadable)?).map_err(|_| unreadable())?,
            others: list("others").iter().filter_map(|one| Alert::from_json(one).ok()).collect(),
            open: text("open").and_then(Severity::read),
            messages: list("messages").iter().filter_map(|one| one.as_str()?.parse().ok()).collect(),
            event_id: answer.get("event_id").and_then(Value::as_i64),
            handled: number("handled"),
            wrong: number("wrong"),
            kind: text("kind").unwrap_or_default().to_owned(),
            by: text("by").and_then(|id| id.parse().ok()),
            at: text("at").and_then(|at| at.parse().ok()),
        })
    }
}

/// The only way in which the team changes an alert. None: there is none about this message.
pub async fn change(
    cx: &Cx,
    (guild, message): (Snowflake, Snowflake),
    action: &str,
    actor: Snowflake,
    detail: &Value,
) -> Result<Option<Change>> {
    let arguments = json!({
        "guild_id": guild, "message_id": message, "action": action, "actor_id": actor, "detail": detail, "at": cx.now,
    });
    let answer: Option<Value> = cx.supabase.rpc("change_crisis_alert", &arguments).await?;
    answer.as_ref().map(Change::read).transpose()
}

/// A change that somebody else began, to finish it.
pub async fn to_follow(cx: &Cx, guild: Snowflake, message: Snowflake) -> Result<Option<Change>> {
    let arguments = json!({"guild_id": guild, "message_id": message, "at": cx.now});
    let answer: Option<Value> = cx.supabase.rpc("crisis_alert_to_follow", &arguments).await?;
    answer.as_ref().map(Change::read).transpose()
}

/// The alert about a message, or the one it was counted on.
pub async fn about(cx: &Cx, guild: Snowflake, message: Snowflake) -> Result<Option<Alert>> {
    Ok(cx.supabase.rpc("crisis_alert_about", &json!({"guild_id": guild, "message_id": message})).await?)
}
