//! What is found long after it was written: said so, without haste; many at once are one digest.

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{
    messages,
    settings::{Chosen, HIDE_WORDS, Stage},
    storm,
    watch::Text,
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    edge::Time,
    error::Result,
    jobs::{self, JobRow},
    lang::Lang,
};

/// The job that posts the digest of a guild.
pub const DIGEST: &str = "crisis.digest";
/// From then on it is a late find.
const LATE: TimeDelta = TimeDelta::minutes(30);
/// Nobody is pinged for what is older.
pub const OLD: TimeDelta = TimeDelta::hours(24);
/// More late finds of a guild than this in 10 minutes share a digest.
const MOST: u32 = 5;
const GATHER: TimeDelta = TimeDelta::minutes(1);

/// How long ago a text was written, if that is long. An edit is of now, whenever the message was written.
pub fn of(cx: &Cx, text: &Text) -> Option<TimeDelta> {
    Some(cx.now - text.written_at(cx)).filter(|late| *late > LATE && !text.is_edit)
}

#[derive(FromJson)]
struct Since {
    /// When the member last wrote after it, anywhere in the guild.
    wrote_at: Option<Time>,
    /// Late finds of the guild in the last 10 minutes, with this one.
    recent: u32,
}

/// Whether its alert is a line of the digest; if not, `body` is told whether the member has written since.
pub async fn shares_digest(cx: &Cx, text: &Text, severity: Severity, body: &mut MessageBody) -> bool {
    let arguments =
        json!({"guild_id": text.guild_id, "member_id": text.author_id, "after": text.written_at(cx), "at": cx.now});
    let since = cx.supabase.rpc::<Since>("crisis_late_find", &arguments).await;
    let Some(since) = logged(cx, "crisis", since.map_err(Into::into)) else { return false };
    if since.recent > MOST && severity < Severity::Critical {
        let owed = jobs::owe(cx, text.guild_id, DIGEST, &text.guild_id.to_string(), cx.now + GATHER, json!({})).await;
        if logged(cx, "crisis", owed).is_some() {
            return true;
        }
    }
    messages::late::add(body, &messages::late::since(Lang::default(), since.wrote_at));
    false
}

/// A line of the digest.
#[derive(FromJson)]
pub struct Line {
    pub message_id: Snowflake,
    pub channel_id: Snowflake,
    pub member_id: Snowflake,
    pub severity: Severity,
    pub written_at: Time,
    pub wrote_at: Option<Time>,
}

/// Posts what waits for it, the gravest first, with one ping at most.
pub async fn digest(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let lines: Vec<Line> = cx.supabase.rpc("crisis_late_finds", &json!({"guild_id": guild, "at": cx.now})).await?;
    let Some(first) = lines.first() else { return Ok(()) };
    let chosen = Chosen::load(&cx, guild).await;
    let is_fresh = |line: &&Line| cx.now - line.written_at <= OLD;
    let gravest = lines.iter().filter(is_fresh).map(|line| line.severity).max().unwrap_or(Severity::Medium);
    let pings = gravest >= Severity::High && chosen.stage() == Stage::Live;
    let role = chosen.crt_role(&cx).filter(|_| pings);
    let mut body = messages::late::digest(Lang::default(), guild, &lines, chosen.switch(&HIDE_WORDS));
    if let Some(role) = role {
        body.content = format!("<@&{role}>");
        body.allowed_mentions = Mentions::of(&[], &[role]);
    }
    storm::post(&cx, &chosen, gravest, &body.with_nonce(Nonce::of("cd", first.message_id))).await?;
    let told: Vec<Snowflake> = lines.iter().take(messages::late::MOST_LINES).map(|line| line.message_id).collect();
    let arguments = json!({"guild_id": guild, "message_ids": told, "pinged": role.is_some(), "at": cx.now});
    cx.supabase.rpc::<()>("crisis_digest_posted", &arguments).await?;
    if lines.len() > told.len() {
        jobs::owe(&cx, guild, DIGEST, &guild.to_string(), cx.now + GATHER, json!({})).await?;
    }
    Ok(())
}
