//! The job that reads a guild's list of members: when the guild is first heard of, and each week after.
//!
//! It goes by pages; where it is stands in its payload. Doing a page twice changes nothing.

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use serde::Serialize;

use super::{BACKFILL, messages, names, record::Heard, rules};
use crate::{
    context::Cx,
    edge::Time,
    error::{Error, Failure, Result},
    jobs::{self, JobRow},
    settings,
};

/// Discord's largest page.
const PAGE: usize = 1_000;
const MAX_PAGES: usize = 5;
/// No further page after this; a tick's lease is 60 s.
const LONGEST_RUN_MS: i64 = 12_000;
const STEP: TimeDelta = TimeDelta::seconds(1);
const WEEK: TimeDelta = TimeDelta::days(7);
/// What is in trouble without the Server Members Intent; no setting is to blame.
const LISTING: &str = "members.listing";

#[derive(Clone, Default, Serialize, FromJson)]
struct Progress {
    /// The last member that was listed; None before the first page.
    after: Option<Snowflake>,
    /// When this list was begun, and the one before it (ms since 1970).
    started_at: Option<i64>,
    known_since: Option<i64>,
    /// Failures in a row that pass by themselves.
    #[serde(default)]
    failures: u32,
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let guild: Snowflake = row.key.parse().map_err(|_| Error::bug("a list of members of no guild"))?;
    let mut progress = Progress::from_json(&row.payload)
        .map_err(|error| Error::bug(format!("payload of a list of members: {error}")))?;
    let started = *progress.started_at.get_or_insert(cx.now.timestamp_millis());
    if progress.after.is_none() {
        names::channels(&cx, guild).await;
    }
    for _ in 0..MAX_PAGES {
        if cx.elapsed_ms() > LONGEST_RUN_MS {
            break;
        }
        let page = match cx.discord.members_after(guild, progress.after.unwrap_or_default()).await {
            Ok(page) => page,
            Err(error) if error.is_passing() => {
                let asked = TimeDelta::milliseconds(error.retry_after_ms().unwrap_or_default() as i64);
                let pause = TimeDelta::seconds(15 << progress.failures.min(8)).max(asked);
                cx.log_failure("members", &error.into());
                progress.failures += 1;
                return again(&cx, guild, progress, pause).await;
            }
            Err(error) => match error.kind {
                // The bot is not in this guild any more.
                Failure::Refused { status: 404, .. } => return Ok(()),
                Failure::Refused { status: 403, .. } => {
                    settings::note_trouble(&cx, guild, LISTING, Some(messages::no_list(cx.lang))).await?;
                    let next = Progress { known_since: progress.known_since, ..Progress::default() };
                    return again(&cx, guild, next, WEEK).await;
                }
                _ => return Err(error.into()),
            },
        };
        progress.failures = 0;
        let last = page.len() < PAGE;
        progress.after = page.iter().map(|member| member.user.id).max().or(progress.after);
        let bots: Vec<Snowflake> = page.iter().filter(|member| member.is_bot()).map(|member| member.user.id).collect();
        if !bots.is_empty() {
            cx.supabase.rpc::<()>("note_bots", &json!({"guild_id": guild, "bot_ids": bots})).await?;
        }
        let heard: Vec<Heard> = page
            .iter()
            .filter(|member| !member.is_bot())
            .map(|member| Heard {
                kind: "list",
                guild_id: guild,
                user_id: member.user.id,
                name: Some(rules::stored_name(member.name())),
                at: member.joined_at().unwrap_or_default(),
            })
            .collect();
        let mut arguments = json!({"events": heard, "at": cx.now});
        // What is unknown is left out: the local PostgREST reads a null argument as an empty text.
        let known_since = progress.known_since.and_then(Time::from_timestamp_millis);
        if let (Some(known_since), Some(fields)) = (known_since, arguments.as_object_mut()) {
            fields.insert("known_since".to_owned(), json!(known_since));
        }
        cx.supabase.rpc::<()>("record_members", &arguments).await?;
        if last {
            return close(&cx, guild, started).await;
        }
    }
    again(&cx, guild, progress, STEP).await
}

async fn close(cx: &Cx, guild: Snowflake, started: i64) -> Result<()> {
    let started_at = Time::from_timestamp_millis(started).unwrap_or(cx.now);
    let closed = json!({"guild_id": guild, "started_at": started_at, "at": cx.now});
    let gone: i64 = cx.supabase.rpc("close_listing", &closed).await?;
    settings::note_trouble(cx, guild, LISTING, None).await?;
    cx.log("info", "members_listed", json!({"guild_id": guild, "left_unheard": gone}));
    let next = Progress { known_since: Some(started), ..Progress::default() };
    again(cx, guild, next, WEEK).await
}

async fn again(cx: &Cx, guild: Snowflake, progress: Progress, wait: TimeDelta) -> Result<()> {
    jobs::owe(cx, guild, BACKFILL, &guild.to_string(), cx.now + wait, json!(progress)).await
}
