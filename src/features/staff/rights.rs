//! How a right begins and ends: with what the relay hears of members, and with what Discord answers where nothing was heard.

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{COMPARE, messages};
use crate::{
    context::Cx,
    error::{Failure, Result, ServiceError},
    jobs::{self, JobRow},
    retry::outcome_of,
    settings,
};

/// Asked in a run, which is each minute: 40 of the staff in five, and few enough for what an invocation may call.
const MAX_ASKED: u32 = 8;
/// Nobody is asked about after this; a tick's lease is 60 s.
const LONGEST_RUN_MS: i64 = 12_000;
/// Discord's largest page of members, and pages in a run.
const PAGE: usize = 1_000;
const MAX_PAGES: usize = 5;
const STEP: TimeDelta = TimeDelta::seconds(1);
/// What is in trouble without the Server Members Intent; no setting is to blame.
pub const LISTING: &str = "staff.listing";

/// Members that cannot be stored are not offered here any more: `members` comes before.
pub async fn heard(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let rows: Vec<Value> = events.iter().filter_map(|event| row(&event.body)).collect();
    let outcome = match hear(&cx, json!({"heard": rows, "at": cx.now}), "heard").await {
        Ok(()) => Outcome::Done,
        Err(error) => {
            cx.log_failure("staff", &error);
            outcome_of(&error)
        }
    };
    vec![outcome; events.len()]
}

/// As `hear_staff` reads it.
fn row(body: &EventBody) -> Option<Value> {
    Some(match body {
        EventBody::MemberUpdated { guild_id, user_id, role_ids, .. } => {
            json!({"guild_id": guild_id, "user_id": user_id, "role_ids": role_ids})
        }
        EventBody::MemberLeft { guild_id, user_id, .. } => left(*guild_id, *user_id),
        EventBody::RoleDeleted { guild_id, role_id } => json!({"guild_id": guild_id, "role_id": role_id}),
        _ => return None,
    })
}

fn left(guild: Snowflake, user: Snowflake) -> Value {
    json!({"guild_id": guild, "user_id": user, "left": true})
}

async fn hear(cx: &Cx, arguments: Value, how: &str) -> Result<()> {
    let changed: Value = cx.supabase.rpc("hear_staff", &arguments).await?;
    if changed != json!({"given": 0, "taken": 0}) {
        cx.log("info", "staff_rights_changed", json!({"how": how, "changed": changed}));
    }
    Ok(())
}

/// Asks Discord about some of the staff, in turn: an event can be lost, a right may not stay.
pub async fn check(cx: Cx) -> Result<()> {
    #[derive(FromJson)]
    struct One {
        guild_id: Snowflake,
        user_id: Snowflake,
    }
    let due: Vec<One> = cx.supabase.rpc("staff_to_check", &json!({"max_rows": MAX_ASKED})).await?;
    let mut answers = vec![];
    let mut failure: Option<ServiceError> = None;
    for One { guild_id, user_id } in due {
        if cx.elapsed_ms() > LONGEST_RUN_MS {
            break;
        }
        answers.push(match cx.discord.member(guild_id, user_id).await {
            Ok(member) => json!({"guild_id": guild_id, "user_id": user_id, "role_ids": member.roles}),
            Err(error) if is_no_member(&error) => left(guild_id, user_id),
            // The bot cannot see this guild: nothing is known.
            Err(error) if error.is_refused() => json!({"guild_id": guild_id, "user_id": user_id}),
            Err(error) if error.retry_after_ms().is_some() => {
                failure = Some(error);
                break;
            }
            // Whoever cannot be asked now does not keep the others waiting.
            Err(error) => {
                cx.log_failure("staff", &error.into());
                json!({"guild_id": guild_id, "user_id": user_id})
            }
        });
    }
    if !answers.is_empty() {
        hear(&cx, json!({"heard": answers, "at": cx.now, "asked": true}), "asked").await?;
    }
    failure.map_or(Ok(()), |error| Err(error.into()))
}

/// Discord knows the guild, but not this member (10007) or nobody of this id at all (10013).
fn is_no_member(error: &ServiceError) -> bool {
    matches!(&error.kind, Failure::Refused { status: 404, code, .. } if ["10007", "10013"].contains(&code.as_str()))
}

pub async fn daily(cx: Cx) -> Result<()> {
    cx.supabase.rpc::<i64>("owe_staff_compare", &json!({"at": cx.now})).await?;
    Ok(())
}

/// Compares the rights of a guild with the roles of all its members. Where it is stands in the payload.
pub async fn compare(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let mut after = row.payload.get("after").and_then(|id| Snowflake::from_json(id).ok()).unwrap_or_default();
    for _ in 0..MAX_PAGES {
        if cx.elapsed_ms() > LONGEST_RUN_MS {
            break;
        }
        let page = match cx.discord.members_after(guild, after).await {
            Ok(page) => page,
            Err(error) => match error.kind {
                // The bot is not in this guild any more.
                Failure::Refused { status: 404, .. } => return Ok(()),
                Failure::Refused { status: 403, .. } => {
                    return settings::note_trouble(&cx, guild, LISTING, Some(messages::no_list(cx.lang))).await;
                }
                _ => return Err(error.into()),
            },
        };
        after = page.iter().map(|member| member.user.id).max().unwrap_or(after);
        let people: Vec<Value> = page
            .iter()
            .filter(|member| !member.is_bot())
            .map(|member| json!({"guild_id": guild, "user_id": member.user.id, "role_ids": member.roles}))
            .collect();
        hear(&cx, json!({"heard": people, "at": cx.now, "asked": true}), "compared").await?;
        if page.len() < PAGE {
            return settings::note_trouble(&cx, guild, LISTING, None).await;
        }
    }
    jobs::owe(&cx, guild, COMPARE, &guild.to_string(), cx.now + STEP, json!({"after": after})).await
}
