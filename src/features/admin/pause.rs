//! Stop and start: how the bot is paused, who did it, and that everybody who must know is told.

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use relay_wire::Snowflake;

use crate::{
    context::{Cx, logged},
    edge::Time,
    error::{Error, Result},
    features,
    jobs::{self, JobRow},
    orders,
};

/// The SQL function `set_pause` owes it.
pub const JOB: &str = "admin.pause";
const KEY: &str = "pause";
/// Detection is off for so long at most, unless somebody says it again.
const LONGEST: TimeDelta = TimeDelta::hours(2);
/// How often the teams are told that it is off.
const REMINDED: TimeDelta = TimeDelta::hours(1);
/// When a team could not be told.
const AGAIN: TimeDelta = TimeDelta::minutes(1);
const MAX_CLOSED: u32 = 20;

/// As `current_pause` answers.
#[derive(Clone, Debug, FromJson)]
struct Paused {
    level: String,
    /// The teams were told that detection is off, and not yet that it is on again.
    #[serde(default)]
    told_off: bool,
    at: Option<Time>,
    reason: Option<String>,
    until: Option<Time>,
}

/// The pause as the dashboard shows it.
pub async fn current(cx: &Cx) -> Result<Value> {
    Ok(cx.supabase.rpc("current_pause", &json!({"at": cx.now})).await?)
}

/// Notes it, then does it, then tells everybody; what fails is done by the job. Answers as [`current`]; None: it is at another
/// level by now than `was`, and nothing is changed.
pub async fn set(
    cx: &Cx,
    guild: Snowflake,
    actor: Snowflake,
    [was, level, reason]: [&str; 3],
) -> Result<Option<Value>> {
    let mut pause = json!({"guild": guild, "actor": actor, "level": level, "reason": reason, "at": cx.now});
    if let Some(fields) = pause.as_object_mut() {
        if level == "all" {
            fields.insert("until".to_owned(), json!(cx.now + LONGEST));
        }
        if !was.is_empty() {
            fields.insert("expected".to_owned(), json!(was));
        }
    }
    let set: Option<Value> = cx.supabase.rpc("set_pause", &pause).await?;
    let Some(set) = set else { return Ok(None) };
    cx.log("warn", "pause", json!({"level": level}));
    logged(cx, "admin", apply(cx, level, Some(LONGEST.num_milliseconds())).await);
    jobs::hint(cx, JOB, KEY, cx.now).await;
    Ok(Some(set))
}

async fn apply(cx: &Cx, level: &str, left_ms: Option<i64>) -> Result<()> {
    cx.redis.pipeline(&[orders::pause_command(level, left_ms.filter(|_| level == "all"))]).await?;
    cx.orders.expire();
    Ok(())
}

/// Makes Upstash say what was decided, and tells the teams when detection goes off, stays off, and is back.
pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let paused: Paused = cx.supabase.rpc("current_pause", &json!({"at": cx.now})).await?;
    let left = paused.until.map(|until| (until - cx.now).num_milliseconds());
    apply(&cx, &paused.level, left).await?;
    let is_off = paused.level == "all";
    let since = paused.at.unwrap_or(cx.now);
    if is_off {
        outage(&cx, true, since).await?;
    } else if !paused.told_off {
        return Ok(());
    }
    let is_more = is_off && features::close_talks(&cx, MAX_CLOSED).await?;
    let guilds: Vec<Snowflake> = cx.supabase.rpc("watched_guilds", &json!({})).await?;
    let mut failure = None;
    for guild in guilds {
        let off_until = paused.until.filter(|_| is_off);
        let told = features::tell_detection(&cx, guild, since, off_until, paused.reason.as_deref()).await;
        // A server without a channel that takes it keeps the others from nothing.
        let passing = |error: &Error| matches!(error, Error::Service(service) if service.is_passing());
        failure = told.inspect_err(|error| cx.log_failure("admin", error)).err().filter(passing).or(failure);
    }
    let next = match failure {
        Some(failure) if !is_off => return Err(failure),
        None if !is_off => return outage(&cx, false, cx.now).await,
        Some(_) => cx.now + AGAIN,
        None if is_more => cx.now,
        None => cx.now + REMINDED,
    };
    let next = next.min(paused.until.unwrap_or(next));
    jobs::owe(&cx, Snowflake(0), JOB, &row.key, next, json!({})).await
}

/// In the figures it is an outage of detection; that it stands there open says that the teams know.
async fn outage(cx: &Cx, is_down: bool, at: Time) -> Result<()> {
    let outage = json!({"guild_id": Snowflake(0), "service": "pause", "is_down": is_down, "at": at});
    cx.supabase.rpc::<bool>("note_crisis_outage", &outage).await?;
    Ok(())
}
