//! Durable timers over the table `jobs`: owed in Postgres, claimed under a lease, run by ticks, announced to the relay.

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use futures_util::future::LocalBoxFuture;
use relay_wire::Snowflake;

use crate::{
    command,
    context::{Cx, logged},
    edge::Time,
    error::{Error, Result},
    metrics::JOBS,
    settings,
};

/// Units a tick may take: with a few calls each it stays under the free plan's 50 subrequests.
const MAX_PER_TICK: u32 = 8;
/// No job is begun after this; what runs then has calls with timeouts of its own.
const LONGEST_TICK_MS: i64 = 15_000;
/// Longer than a tick lives on Cloudflare.
const LEASE_SECONDS: u32 = 60;
/// Sorted set of what is owed by due time (ms): a hint for the relay's next tick, rebuilt from Postgres by each tick.
const WAKE_KEY: &str = "jobs:wake";

/// A kind of job that a feature can run.
pub struct Job {
    pub kind: &'static str,
    /// For a job that comes back by itself: owed anew this long after each run, the first time at once.
    pub every: Option<TimeDelta>,
    /// Must be idempotent: after a lost lease it runs again.
    pub run: fn(Cx, JobRow) -> LocalBoxFuture<'static, Result<()>>,
}

/// One owed unit. `payload` holds ids, never text.
#[derive(Clone, Debug, FromJson)]
pub struct JobRow {
    job_id: i64,
    pub guild_id: Snowflake,
    pub kind: String,
    pub key: String,
    pub attempts: u32,
    pub payload: Value,
}

/// Owes `kind` at `due`; the same (kind, key) again keeps the earlier time.
pub async fn owe(cx: &Cx, guild: Snowflake, kind: &str, key: &str, due: Time, payload: Value) -> Result<()> {
    let row = json!({"guild_id": guild, "kind": kind, "key": key, "due_at": due, "payload": payload});
    let due: Time = cx.supabase.rpc("owe_job", &row).await?;
    hint(cx, kind, key, due).await;
    Ok(())
}

/// Tells the relay when a job is due that a SQL function owed. Without the hint it is still found by the minute's tick.
pub async fn hint(cx: &Cx, kind: &str, key: &str, due: Time) {
    logged(cx, "jobs", cx.redis.pipeline(&[hint_command(kind, key, due)]).await.map_err(Into::into));
}

/// The same as a command, for a pipeline that goes anyway.
pub fn hint_command(kind: &str, key: &str, due: Time) -> crate::clients::redis::Command {
    command!["ZADD", WAKE_KEY, "LT", due.timestamp_millis(), format!("{kind}:{key}")]
}

/// Runs what is due, in order, and says how many. One failing job does not keep the others.
pub async fn tick(cx: &Cx, jobs: &[&Job]) -> Result<u32> {
    let claimed: Vec<JobRow> = cx
        .supabase
        .rpc("claim_due_jobs", &json!({"max_jobs": MAX_PER_TICK, "lease_seconds": LEASE_SECONDS, "at": cx.now}))
        .await?;
    let mut ran = 0;
    for row in &claimed {
        if cx.elapsed_ms() > LONGEST_TICK_MS {
            // Too late to begin: somebody else may have it at once.
            let later = settle(cx, row, Some((cx.now, "the tick ran out of time".to_owned()))).await;
            logged(cx, "jobs", later);
            continue;
        }
        ran += 1;
        let job = jobs.iter().find(|job| job.kind == row.kind);
        let mut cx = cx.with_request_id(format!("job-{}-{}", row.job_id, row.attempts));
        if row.guild_id != Snowflake(0) {
            cx = settings::for_guild(&cx, row.guild_id).await;
        }
        let result = match job {
            Some(job) => (job.run)(cx.clone(), row.clone()).await,
            // A newer version owed it and was rolled back: it is kept for the next one.
            None => Err(Error::bug(format!("no feature runs jobs of kind {}", row.kind))),
        };
        let again = match &result {
            Ok(()) => job.and_then(|job| job.every).map(|every| (cx.now + every, String::new())),
            Err(error) => Some((cx.now + backoff(row.attempts).max(asked_wait(error)), error.to_string())),
        };
        let outcome = if result.is_ok() { "done" } else { "failed" };
        cx.count(&JOBS, &[job.map_or("unknown", |job| job.kind), outcome]);
        logged(&cx, &row.kind, result);
        // If it cannot be settled, its lease ends by itself and it runs again.
        let settled = settle(&cx, row, again).await;
        logged(&cx, "jobs", settled);
    }
    announce(cx).await;
    Ok(ran)
}

/// Owes every recurring job that is not owed yet. Cheap to repeat: the scheduled handler does it each minute.
pub async fn owe_recurring(cx: &Cx, jobs: &[&Job]) -> Result<()> {
    let rows: Vec<Value> = jobs
        .iter()
        .filter(|job| job.every.is_some())
        .map(|job| json!({"kind": job.kind, "key": "recurring", "due_at": cx.now}))
        .collect();
    if !rows.is_empty() {
        let ignore = crate::clients::supabase::OnConflict::Ignore("kind,key");
        cx.supabase.insert("jobs", &rows, Some(ignore)).await?;
    }
    Ok(())
}

/// When the next tick is wanted, as far as Upstash knows; the replies of [`wake_command`].
pub fn wake_at(reply: &crate::clients::redis::Reply) -> Option<i64> {
    from_json::number(reply.array().get(1)?.text()?).map(|ms| ms as i64)
}

pub fn wake_command() -> crate::clients::redis::Command {
    command!["ZRANGE", WAKE_KEY, 0, 0, "WITHSCORES"]
}

async fn settle(cx: &Cx, row: &JobRow, again: Option<(Time, String)>) -> Result<()> {
    let ours: bool = match again {
        None => cx.supabase.rpc("finish_job", &json!({"job_id": row.job_id, "attempts": row.attempts})).await?,
        Some((due, reason)) => {
            let put_off = json!({"job_id": row.job_id, "attempts": row.attempts, "due_at": due, "reason": reason});
            cx.supabase.rpc("put_off_job", &put_off).await?
        }
    };
    if !ours {
        // It was owed again meanwhile, or took longer than its lease.
        cx.log("info", "job_not_ours_any_more", json!({"kind": row.kind, "attempts": row.attempts}));
    }
    Ok(())
}

/// Makes the hint in Upstash say what Postgres says. Past entries go: what they announced has been claimed.
async fn announce(cx: &Cx) {
    let next = cx.supabase.rpc::<Option<Time>>("next_job_due", &json!({})).await;
    let Some(next) = logged(cx, "jobs", next.map_err(Into::into)) else {
        return;
    };
    let mut commands = vec![command!["ZREMRANGEBYSCORE", WAKE_KEY, "-inf", cx.now.timestamp_millis()]];
    if let Some(next) = next {
        commands.push(command!["ZADD", WAKE_KEY, next.timestamp_millis(), "next"]);
    }
    logged(cx, "jobs", cx.redis.pipeline(&commands).await.map_err(Into::into));
}

/// What the failing service itself asked for.
fn asked_wait(error: &Error) -> TimeDelta {
    match error {
        Error::Service(error) => TimeDelta::milliseconds(error.retry_after_ms().unwrap_or_default() as i64),
        _ => TimeDelta::zero(),
    }
}

/// 5 s, doubled with each attempt, an hour at most.
fn backoff(attempts: u32) -> TimeDelta {
    TimeDelta::seconds(5 << attempts.min(10)).min(TimeDelta::hours(1))
}
