//! Messages that Ash-NLP could not be asked about are remembered by their ids, and looked at again once it answers.
//!
//! A second look may raise an alert, it never takes one back. The text is read again from Discord: what was deleted is gone.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use from_json::json;
use futures_util::{StreamExt, stream};
use relay_wire::{RelayConfig, Snowflake};

use super::{
    nlp,
    settings::{Chosen, Stage, USE_NLP},
    state,
    watch::{self, Asked, Text},
};
use crate::{
    care::Severity,
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    error::{Error, Result},
    jobs::{self, JobRow},
    relay_filter,
};

/// The job that works through the queue.
pub const DRAIN: &str = "crisis.second_look";
/// The job that remembers one message while Upstash cannot.
pub const LOOK: &str = "crisis.look";

/// Sorted set in Upstash: `guild:channel:message:author`, by what the screen found (the first digits) and when it was written.
const QUEUE: &str = "crisis:second_look";
/// Between the scores of two severities: more than the milliseconds since 1970 will be for 300 years.
const SPAN: i64 = 10_000_000_000_000;
const OLDEST: TimeDelta = TimeDelta::hours(24);

/// Of a run: with the calls that each leads to it stays under the free plan's 50 subrequests.
const MOST: usize = 8;
const MOST_CHANNELS: usize = 4;
/// Calls for a message that is SAFE, and those that an alert adds.
const CALLS: usize = 2;
const CALLS_OF_ALERT: usize = 7;
const MAX_CALLS: usize = 26;
/// No further message after this; a tick's lease is 60 s, and Ash-NLP may take 5.
const LONGEST_RUN_MS: i64 = 12_000;
/// Of a limited Ash-NLP's 60 requests a minute, what second looks leave to live messages.
const FOR_LIVE: i64 = 50;
const STEP: TimeDelta = TimeDelta::milliseconds(250);
const LIMITED_STEP: TimeDelta = TimeDelta::seconds(10);
const AFTER_OUTAGE: TimeDelta = TimeDelta::minutes(1);

/// Remembers a message; `screened` says who comes first.
///
/// # Errors
/// If nobody can remember it: the relay has to bring it again.
pub async fn queue(cx: &Cx, text: &Text, screened: Severity) -> Result<()> {
    let one = Waiting::of(text);
    match cx.redis.pipeline(&[one.add(screened)]).await {
        Ok(_) => Ok(()),
        Err(error) => {
            cx.log_failure("crisis", &error.into());
            let ids = json!({"channel_id": one.channel_id, "author_id": one.author_id, "rank": screened.rank()});
            jobs::owe(cx, one.guild_id, LOOK, &one.message_id.to_string(), cx.now + AFTER_OUTAGE, ids).await
        }
    }
}

/// It was judged meanwhile.
pub async fn settled(cx: &Cx, text: &Text) {
    let remove = command!["ZREM", QUEUE, Waiting::of(text)];
    logged(cx, "crisis", cx.redis.pipeline(&[remove]).await.map_err(Into::into));
}

/// Takes out what waits of a member: an erasure.
pub async fn forget_member(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    const FORGET: &str = "for _, one in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local guild, author = string.match(one, '^(%d+):%d+:%d+:(%d+)$')
  if guild == ARGV[1] and author == ARGV[2] then redis.call('ZREM', KEYS[1], one) end
end";
    cx.redis.pipeline(&[command!["EVAL", FORGET, 1, QUEUE, guild, member]]).await?;
    Ok(())
}

/// A message that waits, by its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    guild_id: Snowflake,
    channel_id: Snowflake,
    message_id: Snowflake,
    author_id: Snowflake,
}

impl Waiting {
    fn of(text: &Text) -> Self {
        let Text { guild_id, channel_id, message_id, author_id, .. } = *text;
        Self { guild_id, channel_id, message_id, author_id }
    }

    fn read(member: &str) -> Option<Self> {
        let mut ids = member.split(':').map(|id| id.parse().ok());
        let mut next = || ids.next().flatten();
        Some(Self { guild_id: next()?, channel_id: next()?, message_id: next()?, author_id: next()? })
    }

    fn add(&self, severity: Severity) -> Command {
        let score = i64::from(severity.rank()) * SPAN + self.message_id.created_at_ms();
        command!["ZADD", QUEUE, score, self.to_string()]
    }
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}:{}", self.guild_id, self.channel_id, self.message_id, self.author_id)
    }
}

/// How many wait, and when the oldest was written (ms): asked by [`backlog_commands`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub waiting: i64,
    pub oldest_ms: Option<i64>,
}

pub fn backlog_commands() -> Vec<Command> {
    let mut commands = vec![command!["ZCARD", QUEUE]];
    let oldest = |rank: i64| {
        command!["ZRANGE", QUEUE, rank * SPAN, (rank + 1) * SPAN - 1, "BYSCORE", "LIMIT", 0, 1, "WITHSCORES"]
    };
    commands.extend((0..=i64::from(Severity::Critical.rank())).map(oldest));
    commands
}

/// Of the replies to [`backlog_commands`].
pub fn backlog(replies: &[Reply]) -> Backlog {
    let written = |reply: &Reply| Some(from_json::number(reply.array().get(1)?.text()?)? as i64 % SPAN);
    Backlog {
        waiting: replies.first().and_then(Reply::int).unwrap_or_default(),
        oldest_ms: replies.iter().skip(1).filter_map(written).min(),
    }
}

/// Owes the next run, if anything waits. The job [`super::health::look`] asks each minute.
pub async fn owe(cx: &Cx, wait: TimeDelta) -> Result<()> {
    jobs::owe(cx, Snowflake(0), DRAIN, "queue", cx.now + wait, json!({})).await
}

/// One message that only the database remembered: into the queue, or, while Upstash is still away, looked at on its own.
pub async fn look(cx: Cx, row: JobRow) -> Result<()> {
    let id = |field: &str| row.payload.get(field)?.as_str()?.parse::<Snowflake>().ok();
    let (Some(channel_id), Some(author_id), Ok(message_id)) = (id("channel_id"), id("author_id"), row.key.parse())
    else {
        return Err(Error::bug("a second look without its ids"));
    };
    let one = Waiting { guild_id: row.guild_id, channel_id, message_id, author_id };
    if age(&cx, &one) > OLDEST {
        return Ok(());
    }
    let rank = row.payload.get("rank").and_then(serde_json::Value::as_u64).and_then(|rank| u8::try_from(rank).ok());
    let severity = rank.and_then(Severity::of_rank).unwrap_or_default();
    if cx.redis.pipeline(&[one.add(severity)]).await.is_ok() {
        return owe(&cx, STEP).await;
    }
    match again(&cx, &mut vec![one]).await? {
        Ran { left: true, .. } => {
            jobs::owe(&cx, row.guild_id, LOOK, &row.key, cx.now + AFTER_OUTAGE, row.payload.clone()).await
        }
        Ran { .. } => Ok(()),
    }
}

/// One run: the gravest and newest first. Comes again at once while something is left and Ash-NLP answers.
pub async fn drain(cx: Cx) -> Result<()> {
    if cx.config.nlp.is_none() {
        cx.redis.pipeline(&[command!["DEL", QUEUE]]).await?;
        return Ok(());
    }
    let too_old = cx.now.timestamp_millis() - OLDEST.num_milliseconds();
    let mut commands: Vec<Command> = (0..=i64::from(Severity::Critical.rank()))
        .map(|rank| command!["ZREMRANGEBYSCORE", QUEUE, rank * SPAN, rank * SPAN + too_old])
        .collect();
    let asked = commands.len();
    commands.push(command!["ZRANGE", QUEUE, 0, MOST - 1, "REV"]);
    commands.extend(state::nlp_commands(&cx));
    let replies = cx.redis.pipeline(&commands).await?;
    let replies = replies.get(asked..).unwrap_or_default();
    let entries = replies.first().map(Reply::array).unwrap_or_default();
    let mut waiting: Vec<Waiting> = entries.iter().filter_map(|one| Waiting::read(one.text()?)).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let nlp = state::nlp_of(replies.get(1..).unwrap_or_default());
    if let Some(rest) = nlp.rests_ms {
        return owe(&cx, TimeDelta::milliseconds(rest as i64)).await;
    }
    let is_limited = nlp.is_limited;
    if is_limited {
        // At least two, or a busy server's backlog would never end.
        waiting.truncate((FOR_LIVE - nlp.this_minute).max(2) as usize);
    }
    if !logged(&cx, "crisis", nlp::is_ready(&cx).await.map_err(Into::into)).unwrap_or(false) {
        // It is asked again each minute.
        return Ok(());
    }
    let ran = again(&cx, &mut waiting).await?;
    if !waiting.is_empty() {
        let mut remove = command!["ZREM", QUEUE];
        remove.extend(waiting.iter().map(ToString::to_string));
        cx.redis.pipeline(&[remove]).await?;
    }
    match (ran.progress, is_limited) {
        (false, _) => Ok(()),
        (true, false) => owe(&cx, STEP).await,
        (true, true) => owe(&cx, LIMITED_STEP).await,
    }
}

/// What a run came to.
struct Ran {
    /// Something is done with.
    progress: bool,
    /// Something is not.
    left: bool,
}

/// Looks at messages again, in their order; those that remain in `waiting` are done with.
async fn again(cx: &Cx, waiting: &mut Vec<Waiting>) -> Result<Ran> {
    let filter = relay_filter::copy(cx).await?;
    let all = waiting.len();
    let texts = read(cx, waiting).await;
    let mut done = vec![];
    let mut calls = MOST_CHANNELS;
    for one in waiting.iter() {
        let Some(found) = texts.get(&one.message_id) else { continue };
        if age(cx, one) > OLDEST || may_not_be_read(&filter, one) {
            done.push(*one);
            continue;
        }
        // Deleted, or nothing but a picture by now.
        let Some(text) = found else {
            done.push(*one);
            continue;
        };
        if calls + CALLS > MAX_CALLS || cx.elapsed_ms() > LONGEST_RUN_MS {
            break;
        }
        let chosen = Chosen::load(cx, one.guild_id).await;
        if chosen.stage() == Stage::Off || !chosen.switch(&USE_NLP) {
            done.push(*one);
            continue;
        }
        let Waiting { guild_id, channel_id, message_id, author_id } = *one;
        // As a later delivery: whoever posts an alert has to look first whether it stands.
        let text = Text {
            guild_id,
            channel_id,
            message_id,
            author_id,
            text: text.clone(),
            attempt: 2,
            is_edit: false,
            may_be_ticket: true,
        };
        calls += CALLS;
        match watch::analyze(cx, &text, &chosen).await {
            // Ash-NLP is away again.
            Ok(analysis) if analysis.asked == Asked::Silent => break,
            Ok(analysis) => {
                done.push(*one);
                calls += if analysis.severity >= Severity::Medium { CALLS_OF_ALERT } else { 1 };
            }
            Err(error) => {
                cx.log_failure("crisis", &error);
                calls += CALLS_OF_ALERT;
                // It lets the others go first.
                logged(cx, "crisis", cx.redis.pipeline(&[one.add(Severity::Safe)]).await.map_err(Into::into));
            }
        }
    }
    let ran = Ran { progress: !done.is_empty(), left: done.len() < all };
    cx.log("info", "second_look", json!({"asked": all, "done": done.len()}));
    *waiting = done;
    Ok(ran)
}

/// Their texts, in one call for many of a channel; None: it is gone. Those of which nothing could be learned are left out.
async fn read(cx: &Cx, waiting: &[Waiting]) -> HashMap<Snowflake, Option<String>> {
    let mut channels: BTreeMap<Snowflake, Vec<Snowflake>> = BTreeMap::new();
    for one in waiting {
        if channels.len() < MOST_CHANNELS || channels.contains_key(&one.channel_id) {
            channels.entry(one.channel_id).or_default().push(one.message_id);
        }
    }
    let read = stream::iter(channels).map(|(channel, messages)| async move {
        let newest = messages.iter().max().map_or(0, |newest| newest.0);
        match cx.discord.messages_before(channel, Snowflake(newest + 1)).await {
            Ok(page) => {
                // A full page may begin after the first of them: those come with the next run, the newest are done by then.
                let begin = page.messages.first().filter(|_| page.len() >= 100).map_or(0, |first| first.id.0);
                let texts: HashMap<Snowflake, &str> =
                    page.messages.iter().filter(|one| one.is_by_a_member()).map(|one| (one.id, one.text())).collect();
                let known = messages.into_iter().filter(|message| message.0 >= begin);
                let text = |message| texts.get(&message).filter(|text| !text.trim().is_empty());
                known.map(|message| (message, text(message).map(|text| (*text).to_owned()))).collect::<Vec<_>>()
            }
            // The channel is gone, or closed to the bot.
            Err(error) if error.is_refused() => messages.into_iter().map(|message| (message, None)).collect(),
            Err(error) => {
                cx.log_failure("crisis", &error.into());
                vec![]
            }
        }
    });
    read.buffer_unordered(MOST_CHANNELS).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

/// Whoever opted out meanwhile is not read any more, but in the bot's own channels.
fn may_not_be_read(filter: &RelayConfig, one: &Waiting) -> bool {
    let guild = filter.guilds.iter().find(|guild| guild.guild_id == one.guild_id);
    guild.is_some_and(|guild| guild.opted_out.contains(&one.author_id))
        && !filter.own_channels.contains(&one.channel_id)
}

fn age(cx: &Cx, one: &Waiting) -> TimeDelta {
    TimeDelta::milliseconds(cx.now.timestamp_millis() - one.message_id.created_at_ms())
}
