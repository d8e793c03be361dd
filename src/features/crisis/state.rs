//! What is kept of a member in Upstash: an encrypted history, and which alert was last sent for. One round trip before Ash-NLP, one after.
//!
//! Nothing here is the truth: without Upstash an alert is decided in Postgres, only without history.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;

use super::{
    duty, low,
    nlp::MAX_HISTORY,
    storm::{self, Shared},
};
use crate::{
    care::{
        Severity,
        history::{self, Entry},
    },
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    edge::Time,
    error::Result,
    jobs,
};

/// An episode ends so long after the last MEDIUM or more.
const EPISODE: TimeDelta = TimeDelta::hours(24);
/// Messages of all members in a minute after which a limited Ash-NLP is asked only about those that need it.
const SPARING_AFTER: i64 = 40;

/// The newest entries of the history, the open episode, how long Ash-NLP is to be left alone (ms), how often it failed, messages
/// in this minute, who is on duty. Once it was left alone long enough, one caller tries it, and the others wait for what comes of that.
const LOAD: &str = "local n = 0
if redis.call('EXISTS', KEYS[6]) == 1 then n = redis.call('INCR', KEYS[7]); redis.call('EXPIRE', KEYS[7], 120) end
local rest = redis.call('PTTL', KEYS[3])
local failures = tonumber(redis.call('GET', KEYS[4]) or 0)
if rest <= 0 and failures >= tonumber(ARGV[2]) then redis.call('SET', KEYS[3], 1, 'PX', ARGV[3]) end
return {redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'REV'), redis.call('HMGET', KEYS[2], 'rank', 'at', 'by', 'snooze'), rest, failures, n, redis.call('ZRANGEBYSCORE', KEYS[5], ARGV[4], '+inf')}";

/// Claims an alert for message ARGV[1] of rank ARGV[2] at ARGV[3] (ms) with the cooldown ARGV[4] (ms): `new`, `merged` or
/// `again`. The same message asks again and gets the same answer. If it would ping (ARGV[6]: so often in 10 minutes), what
/// [`storm::COUNT`] says of that follows.
const CLAIM: &str = "local rank, at, by = unpack(redis.call('HMGET', KEYS[1], 'rank', 'at', 'by'))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
local claim = 'new'
if rank and by ~= ARGV[1] and tonumber(ARGV[2]) <= tonumber(rank) then
  if tonumber(ARGV[3]) - tonumber(at) < tonumber(ARGV[4]) then return {'merged'} end
  redis.call('HSET', KEYS[1], 'at', ARGV[3])
  claim = 'again'
else
  redis.call('HSET', KEYS[1], 'rank', ARGV[2], 'at', ARGV[3], 'by', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
if not ARGV[6] then return {claim} end
";

/// What is known of a member before their message is judged.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Oldest first, at most [`MAX_HISTORY`].
    pub history: Vec<Entry>,
    /// The gravest of the open episode.
    pub open: Option<Severity>,
    /// Pings about this member are off until then.
    pub snoozed_until: Option<Time>,
    /// Ash-NLP is to be left alone for so many milliseconds.
    pub nlp_rests_ms: Option<u64>,
    /// How often it failed lately: an answer takes that back.
    pub nlp_failures: i64,
    /// Ash-NLP takes few requests, and this minute has many messages.
    pub is_sparing: bool,
    /// None: nobody knows.
    pub on_duty: Option<Vec<Snowflake>>,
}

/// What is to be done about something of MEDIUM or more, as far as Upstash knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    New,
    Merged,
    Again,
}

/// In one round trip.
pub async fn load(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Known> {
    let keys = [
        history::key(guild, member),
        episode_key(guild, member),
        NLP_RESTS.to_owned(),
        NLP_FAILURES.to_owned(),
        duty::copy_key(guild),
        NLP_LIMITED.to_owned(),
        minute_key(cx),
    ];
    let mut load = command!["EVAL", LOAD, keys.len()];
    load.extend(keys);
    load.extend(command![MAX_HISTORY, NLP_FAILURES_ALLOWED, NLP_TRIAL_MS, cx.now.timestamp_millis()]);
    let replies = cx.redis.pipeline(&[load]).await?;
    let parts = replies.first().map(Reply::array).unwrap_or_default();
    let episode = parts.get(1).map(Reply::array).unwrap_or_default();
    let number = |at: usize| episode.get(at).and_then(Reply::int);
    let mut history = parts.first().map(|entries| history::opened(cx, guild, member, entries)).unwrap_or_default();
    history.reverse();
    Ok(Known {
        history,
        open: number(0).and_then(|rank| Severity::of_rank(u8::try_from(rank).ok()?)),
        snoozed_until: number(3).and_then(Time::from_timestamp_millis).filter(|until| *until > cx.now),
        nlp_rests_ms: parts
            .get(2)
            .and_then(Reply::int)
            .and_then(|left| u64::try_from(left).ok())
            .filter(|left| *left > 0),
        nlp_failures: parts.get(3).and_then(Reply::int).unwrap_or_default(),
        is_sparing: parts.get(4).and_then(Reply::int).is_some_and(|count| count > SPARING_AFTER),
        on_duty: parts.get(5).map(duty::copied),
    })
}

/// What came of keeping an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// None: nothing was to be claimed.
    pub claim: Option<Claim>,
    /// Whether its ping is one too many.
    pub shared: Option<Shared>,
}

/// Keeps an entry and, if it is MEDIUM or more, claims its alert; in one round trip.
pub async fn keep(cx: &Cx, who: (Snowflake, Snowflake), entry: &Entry, limits: &Limits) -> Result<Kept> {
    let (guild, member) = who;
    let mut commands = entry_commands(cx, guild, member, entry, limits)?;
    let is_claimed = entry.severity >= Severity::Medium && limits.claims;
    if limits.is_counted {
        commands.extend(low::count_commands(cx, guild));
    }
    commands.extend(limits.chain_at.map(|at| jobs::hint_command(super::CHAIN, &entry.message_id.to_string(), at)));
    if is_claimed {
        let mut keys = vec![episode_key(guild, member)];
        let mut arguments = command![
            entry.message_id,
            entry.severity.rank(),
            cx.now.timestamp_millis(),
            limits.cooldown.num_milliseconds(),
            EPISODE.num_milliseconds()
        ];
        if let Some(pings) = limits.pings {
            keys.extend(storm::keys(cx, guild, &entry.text));
            arguments.extend(command![pings, member, u8::from(entry.severity == Severity::Critical)]);
        }
        let mut claim = command!["EVAL", format!("{CLAIM}{}", storm::COUNT), keys.len()];
        claim.extend(keys);
        claim.extend(arguments);
        commands.push(claim);
    }
    if commands.is_empty() {
        return Ok(Kept::default());
    }
    let replies = cx.redis.pipeline(&commands).await?;
    let said = replies.last().filter(|_| is_claimed).map(Reply::array).unwrap_or_default();
    let claim = match said.first().and_then(Reply::text) {
        Some("new") => Some(Claim::New),
        Some("merged") => Some(Claim::Merged),
        Some("again") => Some(Claim::Again),
        _ => None,
    };
    Ok(Kept { claim, shared: storm::shared(said.get(1..).unwrap_or_default()) })
}

/// What a guild allows to be kept.
pub struct Limits {
    pub days: u32,
    pub entries: u32,
    pub cooldown: TimeDelta,
    /// It stays below what the team is told of, and counts in the figures.
    pub is_counted: bool,
    /// Drills claim nothing here.
    pub claims: bool,
    /// When a tick may be wanted, should an alert come of it.
    pub chain_at: Option<Time>,
    /// How many pings the guild wants in 10 minutes; None: this one pings nobody anyway.
    pub pings: Option<u32>,
}

/// Nothing is kept without a key to encrypt it.
fn entry_commands(
    cx: &Cx,
    guild: Snowflake,
    member: Snowflake,
    entry: &Entry,
    limits: &Limits,
) -> Result<Vec<Command>> {
    let Some(seal) = &cx.config.state_keys else { return Ok(vec![]) };
    let key = history::key(guild, member);
    let sealed = entry.sealed(seal, &key)?;
    let at = entry.message_id.created_at_ms();
    let seconds = i64::from(limits.days) * 86_400;
    Ok(vec![
        // The moment names the message: an edit replaces what was kept of it.
        command!["ZREMRANGEBYSCORE", key, at, at],
        command!["ZADD", key, at, sealed],
        command!["ZREMRANGEBYSCORE", key, "-inf", cx.now.timestamp_millis() - seconds * 1_000],
        command!["ZREMRANGEBYRANK", key, 0, -1 - i64::from(limits.entries)],
        command!["EXPIRE", key, seconds],
        command!["SET", owner_key(entry.message_id), format!("{guild}:{member}"), "EX", seconds],
    ])
}

/// How many entries there are.
pub async fn count(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<i64> {
    let replies = cx.redis.pipeline(&[command!["ZCARD", history::key(guild, member)]]).await?;
    Ok(replies.first().and_then(Reply::int).unwrap_or_default())
}

/// Takes out what was kept of deleted messages. One round trip to find whose they were, one to remove them.
pub async fn forget_messages(cx: &Cx, messages: &[Snowflake]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut ask = command!["MGET"];
    ask.extend(messages.iter().map(|message| owner_key(*message)));
    let replies = cx.redis.pipeline(&[ask]).await?;
    let owners = replies.first().map(Reply::array).unwrap_or_default();
    let mut commands = vec![];
    for (message, owner) in messages.iter().zip(owners) {
        let Some((guild, member)) = owner.text().and_then(|text| text.split_once(':')) else { continue };
        let (Ok(guild), Ok(member)) = (guild.parse(), member.parse()) else { continue };
        let at = message.created_at_ms();
        commands.push(command!["ZREMRANGEBYSCORE", history::key(guild, member), at, at]);
        commands.push(command!["DEL", owner_key(*message)]);
    }
    if !commands.is_empty() {
        cx.redis.pipeline(&commands).await?;
    }
    Ok(())
}

/// The kept messages of a member in a guild; an open episode stays.
pub async fn forget_history(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    cx.redis.pipeline(&[command!["DEL", history::key(guild, member)]]).await?;
    Ok(())
}

/// The gravest of the open episode and when the team was last told of it.
pub async fn cooldown(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Option<(Severity, Time)>> {
    let replies = cx.redis.pipeline(&[command!["HMGET", episode_key(guild, member), "rank", "at"]]).await?;
    let parts = replies.first().map(Reply::array).unwrap_or_default();
    let number = |at: usize| parts.get(at).and_then(Reply::int);
    let severity = number(0).and_then(|rank| Severity::of_rank(u8::try_from(rank).ok()?));
    Ok(severity.zip(number(1).and_then(Time::from_timestamp_millis)))
}

/// The team is told of the next finding, however soon it comes.
pub async fn clear_cooldown(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    let clear = "if redis.call('HEXISTS', KEYS[1], 'at') == 1 then redis.call('HSET', KEYS[1], 'at', 0) end return 0";
    cx.redis.pipeline(&[command!["EVAL", clear, 1, episode_key(guild, member)]]).await?;
    Ok(())
}

/// Everything that is kept of a member in a guild.
pub async fn forget_member(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    let held = command!["DEL", history::key(guild, member), episode_key(guild, member)];
    cx.redis.pipeline(&[held, command!["ZREM", duty::copy_key(guild), member]]).await?;
    Ok(())
}

/// Until when pings about a member are off.
pub async fn snoozed_until(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Option<Time>> {
    let replies = cx.redis.pipeline(&[command!["HGET", episode_key(guild, member), "snooze"]]).await?;
    let until = replies.first().and_then(Reply::int).and_then(Time::from_timestamp_millis);
    Ok(until.filter(|until| *until > cx.now))
}

/// The episode is over: the next alert is one of its own.
pub async fn end_episode(cx: &Cx, guild: Snowflake, member: Snowflake) {
    let ended = cx.redis.pipeline(&[command!["HDEL", episode_key(guild, member), "rank", "at", "by"]]).await;
    logged(cx, "crisis", ended.map_err(Into::into));
}

/// The episode is as grave as the member's newest open alert, so that Upstash claims what Postgres would.
pub async fn set_episode(cx: &Cx, (guild, member): (Snowflake, Snowflake), open: Severity, by: Snowflake) {
    let key = episode_key(guild, member);
    let commands = [
        command!["HSET", key, "rank", open.rank(), "by", by],
        command!["HSETNX", key, "at", cx.now.timestamp_millis()],
        command!["PEXPIRE", key, EPISODE.num_milliseconds()],
    ];
    logged(cx, "crisis", cx.redis.pipeline(&commands).await.map_err(Into::into));
}

/// No pings about this member until then; None: they are on again.
pub async fn set_snooze(cx: &Cx, guild: Snowflake, member: Snowflake, until: Option<Time>) -> Result<()> {
    let key = episode_key(guild, member);
    let commands = match until {
        // It is never longer than an episode lasts.
        Some(until) => vec![
            command!["HSET", key, "snooze", until.timestamp_millis()],
            command!["PEXPIRE", key, EPISODE.num_milliseconds()],
        ],
        None => vec![command!["HDEL", key, "snooze"]],
    };
    cx.redis.pipeline(&commands).await?;
    Ok(())
}

/// Ash-NLP is left alone until this key is gone.
const NLP_RESTS: &str = "crisis:nlp:rests";
const NLP_FAILURES: &str = "crisis:nlp:failures";
/// It said that it takes a limited number of requests: for an hour those that need it go first.
const NLP_LIMITED: &str = "crisis:nlp:limited";
const NLP_LIMITED_SECONDS: u32 = 3_600;
/// So many failed messages, none answered in between, and it rests for [`NLP_REST_MS`].
const NLP_FAILURES_ALLOWED: i64 = 5;
const NLP_FAILURES_SECONDS: u32 = 300;
const NLP_REST_MS: u64 = 30_000;
/// A message that tries it after the rest takes at most so long.
const NLP_TRIAL_MS: u64 = 6_000;

/// Counts that Ash-NLP failed or, with a time it asked for, lets it rest that long.
pub async fn note_nlp_failure(cx: &Cx, rest_ms: Option<u64>) {
    let count = [command!["INCR", NLP_FAILURES], command!["EXPIRE", NLP_FAILURES, NLP_FAILURES_SECONDS]];
    let counted = match rest_ms {
        Some(rest) => {
            let limited = command!["SET", NLP_LIMITED, 1, "EX", NLP_LIMITED_SECONDS];
            cx.redis.pipeline(&[command!["SET", NLP_RESTS, 1, "PX", rest.max(1)], limited]).await
        }
        None => cx.redis.pipeline(&count).await,
    };
    let replies = logged(cx, "crisis", counted.map_err(Into::into)).unwrap_or_default();
    if rest_ms.is_none()
        && replies.first().and_then(Reply::int).is_some_and(|failures| failures >= NLP_FAILURES_ALLOWED)
    {
        cx.log("warn", "nlp_rests", json!({"ms": NLP_REST_MS}));
        let rest = cx.redis.pipeline(&[command!["SET", NLP_RESTS, 1, "PX", NLP_REST_MS]]).await;
        logged(cx, "crisis", rest.map_err(Into::into));
    }
}

/// How Ash-NLP is, without asking it; the replies to [`nlp_commands`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NlpState {
    pub rests_ms: Option<u64>,
    pub failures: i64,
    /// It said that it takes a limited number of requests.
    pub is_limited: bool,
    /// Messages of this minute, if it is limited.
    pub this_minute: i64,
}

impl NlpState {
    /// It failed so often that it rests, or did until a moment ago.
    pub fn is_failing(&self) -> bool {
        self.failures >= NLP_FAILURES_ALLOWED
    }
}

pub fn nlp_commands(cx: &Cx) -> [Command; 4] {
    [
        command!["PTTL", NLP_RESTS],
        command!["GET", NLP_FAILURES],
        command!["EXISTS", NLP_LIMITED],
        command!["GET", minute_key(cx)],
    ]
}

pub fn nlp_of(replies: &[Reply]) -> NlpState {
    let number = |at: usize| replies.get(at).and_then(Reply::int).unwrap_or_default();
    NlpState {
        rests_ms: u64::try_from(number(0)).ok().filter(|rest| *rest > 0),
        failures: number(1),
        is_limited: number(2) > 0,
        this_minute: number(3),
    }
}

/// It answered: what it failed before is forgotten.
pub async fn note_nlp_answer(cx: &Cx) {
    let forgotten = cx.redis.pipeline(&[command!["DEL", NLP_RESTS, NLP_FAILURES]]).await;
    logged(cx, "crisis", forgotten.map_err(Into::into));
}

pub fn episode_key(guild: Snowflake, member: Snowflake) -> String {
    format!("crisis:episode:{guild}:{member}")
}

/// Messages of this minute, for a limited Ash-NLP.
fn minute_key(cx: &Cx) -> String {
    format!("crisis:minute:{}", cx.now.timestamp() / 60)
}

/// Whose message it was: a deletion does not say.
fn owner_key(message: Snowflake) -> String {
    format!("crisis:of:{message}")
}
