//! The job that reads what was written during a gap and offers it to the same handlers as a live message.
//!
//! It goes by small steps, each a run of the job; where it is stands in the job's payload, ids and counts only. Doing a step
//! twice changes nothing, because handlers know a message by its id. Prefix commands of then are not run now. Direct
//! messages and archived threads are not read: Discord lists neither for a bot in one call.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::{Event, EventBody, Lane, MAX_BULK_EVENTS, MAX_URGENT_EVENTS, Outcome, RelayConfig, Snowflake};
use serde::Serialize;

use super::BACKFILL;
use crate::{
    clients::supabase::Filter,
    command,
    context::{Cx, logged},
    discord::read::{Message, Page, Thread},
    edge::Time,
    error::{Error, Result, ServiceError},
    features, jobs,
    jobs::JobRow,
    relay_filter::{self, Place},
    retry::outcome_of,
};

/// Of a run, so that a tick with other jobs stays under the free plan's 50 subrequests.
const MAX_CALLS: usize = 15;
/// Of a run: what is read is offered in one delivery.
const MAX_EVENTS: usize = 200;
/// No further page after this; a tick's lease is 60 s.
const LONGEST_RUN_MS: i64 = 20_000;
const MAX_OF_A_CHANNEL: usize = 1_000;
/// The clocks of relay and Discord differ a little; what is read twice counts once.
const MARGIN: TimeDelta = TimeDelta::seconds(10);
/// Until the turn of a backfill that found another one in its tick.
const TURN: TimeDelta = TimeDelta::seconds(2);
const STEP: TimeDelta = TimeDelta::seconds(1);
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(15);
/// Failures that pass by themselves, of a channel or of one step; with the pauses between them about an hour.
const MAX_FAILURES: u32 = 10;

#[derive(FromJson)]
struct Gap {
    shard: u32,
    shard_count: u32,
    started_at: Time,
    ended_at: Time,
    status: String,
}

#[derive(Clone, Serialize, FromJson)]
struct Progress {
    gap_id: i64,
    /// None before the first run.
    #[serde(default)]
    plan: Option<Plan>,
}

/// What is left to do, and what was found so far.
#[derive(Clone, Default, Serialize, FromJson)]
struct Plan {
    /// Guilds whose threads are to be listed.
    guilds: Vec<Guild>,
    /// Channels and threads to be read.
    channels: Vec<Channel>,
    found: usize,
    /// How often handlers asked to come again with this very step.
    again: u32,
    detail: Detail,
}

#[derive(Clone, Serialize, FromJson)]
struct Guild {
    guild_id: Snowflake,
    /// Those of it whose threads are wanted.
    channels: Vec<Snowflake>,
    failures: u32,
}

#[derive(Clone, Serialize, FromJson)]
struct Channel {
    guild_id: Snowflake,
    channel_id: Snowflake,
    #[serde(default)]
    parent_id: Option<Snowflake>,
    /// The last message that was read.
    #[serde(default)]
    after: Option<Snowflake>,
    #[serde(default)]
    read: usize,
    #[serde(default)]
    failures: u32,
}

/// What `relay_gaps.detail` says.
#[derive(Clone, Default, Serialize, FromJson)]
struct Detail {
    channels: usize,
    /// Channels that could not be read, with the reason.
    unread: BTreeMap<String, String>,
    /// Channels with more messages than are read.
    cut: Vec<Snowflake>,
    /// Messages that could not be read, and that a handler refused for good.
    unreadable: usize,
    refused: usize,
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    // Many shards may lose their sessions at once; one of their backfills a tick is what its subrequests allow.
    let turn = command!["SET", format!("relay:backfill:{}", cx.now.timestamp_millis()), &*row.key, "NX", "EX", 60];
    let replies = logged(&cx, "relay", cx.redis.pipeline(&[turn]).await.map_err(Into::into));
    if replies.as_deref().is_some_and(|replies| replies.first().is_none_or(|reply| reply.text().is_none())) {
        return jobs::owe(&cx, Snowflake(0), BACKFILL, &row.key, cx.now + TURN, row.payload).await;
    }
    match step(&cx, &row).await {
        // Each step counts as an attempt, so that the job's own pauses would be an hour long after a few.
        Err(Error::Service(error)) if error.is_passing() => {
            cx.log_failure("relay", &error.into());
            jobs::owe(&cx, Snowflake(0), BACKFILL, &row.key, cx.now + AFTER_FAILURE, row.payload).await
        }
        result => result,
    }
}

async fn step(cx: &Cx, row: &JobRow) -> Result<()> {
    let mut progress =
        Progress::from_json(&row.payload).map_err(|error| Error::bug(format!("payload of a backfill: {error}")))?;
    let gap_id = progress.gap_id;
    let columns = "shard,shard_count,started_at,ended_at,status";
    let gaps: Vec<Gap> = cx.supabase.select("relay_gaps", columns, &[Filter::eq("gap_id", gap_id)]).await?;
    let Some(gap) = gaps.into_iter().next().filter(|gap| gap.status == "OPEN") else { return Ok(()) };
    let before = match progress.plan.take() {
        Some(plan) => plan,
        None => first_plan(cx, &gap).await?,
    };
    let mut plan = before.clone();
    // Not the copy: the channels are those of this moment, and whoever opted out meanwhile is not read.
    let filter = relay_filter::fresh(cx).await?;
    let (messages, mut wait) = read(cx, &gap, &mut plan).await?;
    plan.found += messages.len();
    plan.again = 0;
    let offered = offer(cx, gap_id, &filter, &messages).await;
    plan.detail.refused += offered.refused;
    if let Some(asked) = offered.again_in {
        if before.again < MAX_FAILURES {
            // Nothing of this step counts; it is done again.
            wait = asked.max(pause(before.again));
            plan = Plan { again: before.again + 1, ..before };
        } else {
            plan.detail.refused += offered.not_taken;
        }
    }
    if plan.guilds.is_empty() && plan.channels.is_empty() {
        let done = json!({"gap_id": gap_id, "messages_found": plan.found, "detail": plan.detail, "at": cx.now});
        cx.supabase.rpc::<()>("finish_relay_gap", &done).await?;
        cx.log("info", "relay_gap_done", json!({"gap_id": gap_id, "found": plan.found, "detail": plan.detail}));
        return Ok(());
    }
    progress.plan = Some(plan);
    let payload = serde_json::to_value(&progress).map_err(|error| Error::bug(format!("a backfill's plan: {error}")))?;
    jobs::owe(cx, Snowflake(0), BACKFILL, &row.key, cx.now + wait, payload).await
}

async fn first_plan(cx: &Cx, gap: &Gap) -> Result<Plan> {
    let of_shard = json!({"shard": gap.shard, "shard_count": gap.shard_count});
    let channels: Vec<Channel> = cx.supabase.rpc("relay_channels", &of_shard).await?;
    let guilds = channels.chunk_by(|a, b| a.guild_id == b.guild_id).filter_map(|of_guild| {
        let channels = of_guild.iter().map(|channel| channel.channel_id).collect();
        Some(Guild { guild_id: of_guild.first()?.guild_id, channels, failures: 0 })
    });
    Ok(Plan { guilds: guilds.collect(), channels, ..Plan::default() })
}

/// 4 s, doubled with each failure.
fn pause(failures: u32) -> TimeDelta {
    TimeDelta::seconds(4 << failures.min(MAX_FAILURES))
}

/// What a limit asks for, or a pause that grows; None after too many failures.
fn pause_after(error: &ServiceError, failures: &mut u32) -> Option<TimeDelta> {
    if !error.is_passing() || *failures >= MAX_FAILURES {
        return None;
    }
    if let Some(ms) = error.retry_after_ms() {
        return Some(TimeDelta::milliseconds(ms as i64));
    }
    *failures += 1;
    Some(pause(*failures - 1))
}

/// A message and where it was written.
type Found = (Channel, Message);

/// Reads pages until the run's share is done. What passes by itself keeps a channel waiting, and the others go on.
async fn read(cx: &Cx, gap: &Gap, plan: &mut Plan) -> Result<(Vec<Found>, TimeDelta)> {
    let (from, to) = (gap.started_at - MARGIN, (gap.ended_at + MARGIN).timestamp_millis());
    let start = Snowflake(Snowflake::at_ms(from.timestamp_millis()).0.saturating_sub(1));
    let (mut found, mut wait) = (vec![], STEP);
    // What failed in this run, and waits for the next.
    let (mut guilds, mut channels) = (vec![], vec![]);
    for _ in 0..MAX_CALLS {
        if found.len() >= MAX_EVENTS || cx.elapsed_ms() > LONGEST_RUN_MS {
            break;
        }
        if !plan.guilds.is_empty() {
            let mut guild = plan.guilds.remove(0);
            match cx.discord.active_threads(guild.guild_id).await {
                Ok(threads) => plan.channels.extend(wanted(&guild, &threads)),
                Err(error) => match pause_after(&error, &mut guild.failures) {
                    Some(pause) => {
                        wait = wait.max(pause);
                        guilds.push(guild);
                    }
                    None => note_or_fail(plan, guild.guild_id, error)?,
                },
            }
            continue;
        }
        if plan.channels.is_empty() {
            break;
        }
        let mut channel = plan.channels.remove(0);
        match cx.discord.messages_after(channel.channel_id, channel.after.unwrap_or(start)).await {
            Ok(page) => {
                channel.read += page.len();
                plan.detail.unreadable += page.unreadable;
                let last = is_last(&page, to);
                channel.after = page.newest.or(channel.after);
                let of_gap = |message: &Message| message.id.created_at_ms() <= to && message.is_by_a_member();
                found.extend(page.messages.into_iter().filter(of_gap).map(|message| (channel.clone(), message)));
                if last {
                    plan.detail.channels += 1;
                } else if channel.read >= MAX_OF_A_CHANNEL {
                    plan.detail.channels += 1;
                    plan.detail.cut.push(channel.channel_id);
                } else {
                    plan.channels.insert(0, channel);
                }
            }
            Err(error) => match pause_after(&error, &mut channel.failures) {
                Some(pause) => {
                    wait = wait.max(pause);
                    channels.push(channel);
                }
                None => note_or_fail(plan, channel.channel_id, error)?,
            },
        }
    }
    // With others left to read, nobody waits for those that failed.
    if !plan.guilds.is_empty() || !plan.channels.is_empty() {
        wait = STEP;
    }
    plan.guilds.extend(guilds);
    plan.channels.extend(channels);
    Ok((found, wait))
}

/// The threads of monitored channels.
fn wanted(guild: &Guild, threads: &[Thread]) -> Vec<Channel> {
    let of_channels = threads.iter().filter(|thread| {
        thread.parent_id.is_some_and(|parent| guild.channels.contains(&parent)) && !guild.channels.contains(&thread.id)
    });
    of_channels
        .map(|thread| Channel {
            guild_id: guild.guild_id,
            channel_id: thread.id,
            parent_id: thread.parent_id,
            after: None,
            read: 0,
            failures: 0,
        })
        .collect()
}

fn is_last(page: &Page, to: i64) -> bool {
    page.len() < 100 || page.newest.is_none_or(|newest| newest.created_at_ms() > to)
}

/// A missing permission or a deleted channel is noted. What a person has to mend (a token, say) holds the whole job back.
fn note_or_fail(plan: &mut Plan, id: Snowflake, error: ServiceError) -> Result<()> {
    let error = Error::from(error);
    let passing = matches!(&error, Error::Service(error) if error.is_passing());
    if !passing && !matches!(outcome_of(&error), Outcome::Dead { .. }) {
        return Err(error);
    }
    plan.detail.unread.insert(id.to_string(), error.to_string());
    Ok(())
}

/// What became of the events of one step.
struct Offered {
    /// For good.
    refused: usize,
    /// When handlers want to see the rest again, and how many that are.
    again_in: Option<TimeDelta>,
    not_taken: usize,
}

async fn offer(cx: &Cx, gap_id: i64, filter: &RelayConfig, found: &[Found]) -> Offered {
    let events: Vec<(Lane, Event)> =
        found.iter().flat_map(|(channel, message)| events_of(gap_id, filter, channel, message)).collect();
    let mut outcomes = vec![];
    for (lane, at_once) in [(Lane::Urgent, MAX_URGENT_EVENTS), (Lane::Bulk, MAX_BULK_EVENTS)] {
        let of_lane: Vec<Event> = events.iter().filter(|(of, _)| *of == lane).map(|(_, event)| event.clone()).collect();
        for some in of_lane.chunks(at_once) {
            outcomes.extend(features::offer(cx, lane, some.to_vec()).await);
        }
    }
    let delays = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Retry { delay_ms, .. } => Some(TimeDelta::milliseconds(*delay_ms as i64)),
        _ => None,
    });
    Offered {
        refused: outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Dead { .. })).count(),
        not_taken: delays.clone().count(),
        again_in: delays.max(),
    }
}

/// What the relay would have made of the message, had it heard of it.
fn events_of(gap_id: i64, filter: &RelayConfig, channel: &Channel, message: &Message) -> Vec<(Lane, Event)> {
    let (guild_id, channel_id, parent_id) = (channel.guild_id, channel.channel_id, channel.parent_id);
    let (message_id, author_id) = (message.id, message.author.id);
    let event = |kind: &str, body: EventBody| Event {
        id: format!("gap-{gap_id}:{message_id}:{kind}"),
        order: 0,
        // It may have been delivered just before the gap: who posts something has to look first.
        attempt: 2,
        body,
    };
    let created = |text: Option<String>| EventBody::MessageCreated {
        guild_id: Some(guild_id),
        channel_id,
        parent_id,
        message_id,
        author_id,
        author_name: message.author.name().to_owned(),
        // Nobody shall look for the text again: it is offered here, or it may not be read.
        text_sent: text.is_none(),
        attachments: if text.is_some() { message.attachments() } else { vec![] },
        text,
    };
    let mut events = vec![];
    if relay_filter::allows(filter, Place { guild_id, channel_id, parent_id }, author_id) {
        let text = Some(message.text().to_owned());
        events.push((Lane::Urgent, event("urgent", created(text.clone()))));
        if message.is_edited() {
            let author_name = message.author.name().to_owned();
            let body = EventBody::MessageUpdated {
                guild_id: Some(guild_id),
                channel_id,
                parent_id,
                message_id,
                author_id,
                author_name,
                text,
                text_sent: false,
                edited_at: message.edited_at_ms(),
                attachments: message.attachments(),
            };
            events.push((Lane::Urgent, event("edited", body)));
        }
    }
    events.push((Lane::Bulk, event("bulk", created(None))));
    events
}
