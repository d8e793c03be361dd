//! The Rising Star role: once a day each guild's newcomers are looked at, a few calls of Discord at a time.

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use reqwest::Method;
use serde::Serialize;

use super::{
    messages,
    rules::{self, Rule, Step},
    settings::{RISING_STAR_DAYS, RISING_STAR_PERCENT, RISING_STAR_ROLE},
};
use crate::{
    context::Cx,
    edge::Time,
    error::{Error, Failure, Result, ServiceError},
    jobs::{self, JobRow},
    settings::{self, Settings},
};

/// `owe_rising_stars` owes this kind in SQL.
pub const KIND: &str = "engagement.rising_guild";
/// Of a run, so that a tick with other jobs stays under the free plan's 50 subrequests.
const MAX_CALLS: usize = 10;
/// Members looked at in a run.
const MAX_FACTS: usize = 500;
const STEP: TimeDelta = TimeDelta::seconds(5);
const REASON: &str = "Rising Star: an active newcomer";
/// Discord's codes. Source: API reference, "JSON Error Codes".
const UNKNOWN_MEMBER: &str = "10007";
const UNKNOWN_ROLE: &str = "10011";
const UNKNOWN_USER: &str = "10013";

/// How far a day's look has come.
#[derive(Default, Serialize, FromJson)]
struct Progress {
    /// The last member that was looked at.
    #[serde(default)]
    after: Option<Snowflake>,
}

/// What `rising_star_facts` says of a member.
#[derive(FromJson)]
struct Fact {
    user_id: Snowflake,
    joined_at: Option<i64>,
    place: Option<u64>,
    members: u64,
    role_id: Option<Snowflake>,
}

/// What came of a run.
#[derive(Default)]
struct Changes {
    given: Vec<Snowflake>,
    taken: Vec<Snowflake>,
    after: Snowflake,
    is_done: bool,
    /// Discord refused, and would go on refusing.
    problem: Option<&'static str>,
    failure: Option<ServiceError>,
}

pub async fn plan(cx: Cx) -> Result<()> {
    cx.supabase.rpc::<()>("owe_rising_stars", &json!({"at": cx.now})).await?;
    Ok(())
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let progress = Progress::from_json(&row.payload)
        .map_err(|error| Error::bug(format!("payload of a look at rising stars: {error}")))?;
    let settings = settings::load(&cx, guild).await?;
    let rule = Rule { days: settings.number(&RISING_STAR_DAYS), percent: settings.number(&RISING_STAR_PERCENT) };
    let arguments = json!({
        "guild_id": guild, "at": cx.now, "joined_after": rule.newcomer_since(cx.now), "percent": rule.percent,
        "after": progress.after.unwrap_or_default(), "max_rows": MAX_FACTS,
    });
    let facts: Vec<Fact> = cx.supabase.rpc("rising_star_facts", &arguments).await?;
    let changes = change(&cx, guild, &settings, rule, &facts).await;
    if !changes.given.is_empty() || !changes.taken.is_empty() {
        let mut rows = json!({"guild_id": guild, "given": changes.given, "taken": changes.taken, "at": cx.now});
        if let (Some(role), Some(fields)) = (settings.id(&RISING_STAR_ROLE), rows.as_object_mut()) {
            fields.insert("role_id".to_owned(), json!(role));
        }
        cx.supabase.rpc::<()>("record_rising_stars", &rows).await?;
    }
    if changes.problem.is_some() || changes.is_done {
        settings::note_problem(&cx, guild, &RISING_STAR_ROLE, changes.problem).await?;
    }
    match changes.failure {
        Some(error) => Err(error.into()),
        None if changes.is_done || changes.problem.is_some() => Ok(()),
        None => {
            let payload = json!(Progress { after: Some(changes.after) });
            jobs::owe(&cx, guild, KIND, &row.key, cx.now + STEP, payload).await
        }
    }
}

/// Goes through the members until the run's share is done or Discord does not want to.
async fn change(cx: &Cx, guild: Snowflake, settings: &Settings, rule: Rule, facts: &[Fact]) -> Changes {
    let chosen = settings.id(&RISING_STAR_ROLE);
    let mut changes = Changes { is_done: facts.len() < MAX_FACTS, ..Changes::default() };
    let mut calls = 0;
    for fact in facts {
        let joined = fact.joined_at.and_then(Time::from_timestamp_millis);
        let holds = rule.holds(cx.now, joined, fact.place, fact.members);
        // Of two roles the old one is taken, and the new one given in the same look.
        let mut worn = fact.role_id;
        loop {
            let step = rules::step(holds, chosen, worn);
            let (method, role) = match step {
                Step::Nothing => break,
                Step::Give(role) => (Method::PUT, role),
                Step::Take(role) => (Method::DELETE, role),
            };
            if calls == MAX_CALLS {
                changes.is_done = false;
                return changes;
            }
            calls += 1;
            let path = format!("/guilds/{guild}/members/{}/roles/{role}", fact.user_id);
            match (cx.discord.call(method, path).reason(REASON).sent().await, step) {
                (Ok(_), Step::Give(_)) => {
                    changes.given.push(fact.user_id);
                    break;
                }
                (Ok(_), _) => {
                    changes.taken.push(fact.user_id);
                    worn = None;
                }
                (Err(error), step) => match (error.code(), step) {
                    // Who left wears nothing; a role that is gone is worn by nobody.
                    (Some(UNKNOWN_MEMBER | UNKNOWN_USER), _) => {
                        changes.taken.push(fact.user_id);
                        break;
                    }
                    (Some(UNKNOWN_ROLE), Step::Take(_)) => {
                        changes.taken.push(fact.user_id);
                        worn = None;
                    }
                    (Some(UNKNOWN_ROLE), _) => {
                        changes.problem = Some(messages::role_gone(cx.lang));
                        return changes;
                    }
                    _ if matches!(error.kind, Failure::Refused { status: 403, .. }) => {
                        changes.problem = Some(messages::role_out_of_reach(cx.lang));
                        return changes;
                    }
                    _ => {
                        changes.failure = Some(error);
                        return changes;
                    }
                },
            }
        }
        changes.after = fact.user_id;
    }
    changes
}
