//! Alerts as rows: what the SQL functions answer, and the calls.

use relay_wire::Snowflake;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{care::Severity, context::Cx, edge::Time, error::Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, Deserialize)]
pub struct Alert {
    pub alert_id: i64,
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub member_id: Snowflake,
    pub episode_id: Option<i64>,
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
    pub pinged_at: Option<Time>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, Deserialize)]
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

/// Of what is new: whether it still is, now that it is to be posted.
pub async fn settle(cx: &Cx, guild: Snowflake, message: Snowflake) -> Result<Recorded> {
    let arguments = json!({"guild_id": guild, "message_id": message, "at": cx.now});
    Ok(cx.supabase.rpc("settle_crisis_alert", &arguments).await?)
}

/// It was posted though it is counted on another one: it stands by itself.
pub async fn stands(cx: &Cx, guild: Snowflake, message: Snowflake) -> Result<()> {
    Ok(cx.supabase.rpc("crisis_alert_stands", &json!({"guild_id": guild, "message_id": message})).await?)
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

pub async fn posted(cx: &Cx, guild: Snowflake, message: Snowflake, posted: &Posted) -> Result<()> {
    let mut arguments = json!({
        "guild_id": guild, "message_id": message, "alert_channel_id": posted.channel_id,
        "alert_message_id": posted.message_id, "pinged": posted.pinged, "at": cx.now,
    });
    if let (Some(at), Some(fields)) = (posted.chain_at, arguments.as_object_mut()) {
        fields.insert("chain_at".to_owned(), json!(at));
    }
    let id: Option<i64> = cx.supabase.rpc("crisis_alert_posted", &arguments).await?;
    if let (Some(id), Some(at)) = (id, posted.chain_at) {
        crate::jobs::hint(cx, super::CHAIN, &id.to_string(), at).await;
    }
    Ok(())
}
