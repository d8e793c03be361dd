//! Many alerts at once: what would be one ping too many shares a summary ping with the others. Every alert is posted all the same.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;
use secrecy::ExposeSecret;

use super::{
    messages, post,
    settings::{Chosen, Stage},
};
use crate::{
    care::Severity,
    clients::redis::Reply,
    command,
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    error::Result,
    jobs::{self, JobRow},
    lang::Lang,
    seal,
};

/// The job that posts the summary.
pub const SUMMARY: &str = "crisis.storm";
/// So long the summary waits for more to count.
const GATHER: TimeDelta = TimeDelta::minutes(1);
const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Follows `CLAIM` of state.rs in the same script: KEYS[2] pings of 10 minutes (`author:message`), KEYS[3] authors of this very
/// text in 5 minutes, KEYS[4] alerts whose ping is owed, KEYS[5] lives as long as the last summary is young. ARGV[6] pings are
/// allowed, ARGV[7] is the author, ARGV[8] whether it is CRITICAL: that pings about somebody who did not ping yet.
pub const COUNT: &str = "local now, this = tonumber(ARGV[3]), ARGV[7] .. ':' .. ARGV[1]
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 600000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 300000)
redis.call('ZADD', KEYS[3], now, ARGV[7])
redis.call('EXPIRE', KEYS[3], 300)
local authors = redis.call('ZCARD', KEYS[3])
local pings, new = redis.call('ZRANGE', KEYS[2], 0, -1), true
for _, one in ipairs(pings) do
  if one == this then return {claim} end
  if string.match(one, '^%d+') == ARGV[7] then new = false end
end
if authors < 3 and (#pings < tonumber(ARGV[6]) or (ARGV[8] == '1' and new)) then
  redis.call('ZADD', KEYS[2], now, this)
  redis.call('EXPIRE', KEYS[2], 600)
  return {claim}
end
redis.call('ZADD', KEYS[4], now, this)
redis.call('EXPIRE', KEYS[4], 3600)
return {claim, authors, redis.call('PTTL', KEYS[5])}";

/// A ping that is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Who wrote the same text in the last 5 minutes: from three on that is the reason.
    pub authors: i64,
    /// Until the next summary may be posted.
    wait_ms: i64,
}

/// Of what [`COUNT`] answers after the claim.
pub fn shared(said: &[Reply]) -> Option<Shared> {
    let [authors, wait] = said else { return None };
    Some(Shared { authors: authors.int()?, wait_ms: wait.int()?.max(0) })
}

/// [`COUNT`]'s keys. The text itself is nowhere: a keyed hash tells whether it is the same.
pub fn keys(cx: &Cx, guild: Snowflake, text: &str) -> [String; 4] {
    let key = cx.config.bot_token.as_ref().map(|token| token.expose_secret().as_bytes()).unwrap_or_default();
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let hash = hex::encode(seal::hmac(key, words.join(" ").as_bytes()));
    let of = |what: &str| format!("crisis:{what}:{guild}");
    [of("pings"), format!("crisis:same:{guild}:{}", hash.get(..32).unwrap_or_default()), owed_key(guild), of("summed")]
}

fn owed_key(guild: Snowflake) -> String {
    format!("crisis:unpinged:{guild}")
}

/// Owes the summary that this alert shares.
pub async fn owe(cx: &Cx, guild: Snowflake, shared: &Shared) {
    let wait = GATHER.max(TimeDelta::milliseconds(shared.wait_ms));
    let owed = jobs::owe(cx, guild, SUMMARY, &guild.to_string(), cx.now + wait, json!({})).await;
    logged(cx, "crisis", owed);
}

/// Pings once for all alerts that did not.
pub async fn sum_up(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let replies = cx.redis.pipeline(&[command!["ZRANGE", owed_key(guild), 0, -1, "WITHSCORES"]]).await?;
    let owed = replies.first().map(Reply::array).unwrap_or_default();
    let [_, first, ..] = owed else { return Ok(()) };
    let first = first.text().and_then(from_json::number).unwrap_or_default() as u64;
    let chosen = Chosen::load(&cx, guild).await;
    let role = chosen.crt_role(&cx).filter(|_| chosen.stage() == Stage::Live);
    let text = messages::late::summary(Lang::default(), role, owed.len() / 2);
    let mut body = MessageBody::text(text).with_nonce(Nonce::of("cs", Snowflake(first)));
    body.allowed_mentions = Mentions::of(&[], role.as_slice());
    post(&cx, &chosen, Severity::High, &body).await?;
    let mut remove = command!["ZREM", owed_key(guild)];
    remove.extend(owed.iter().step_by(2).filter_map(|one| one.text().map(str::to_owned)));
    let young = command!["SET", format!("crisis:summed:{guild}"), 1, "PX", WINDOW.num_milliseconds()];
    cx.redis.pipeline(&[remove, young]).await?;
    Ok(())
}

/// In the best channel for `severity` that takes it.
pub async fn post(cx: &Cx, chosen: &Chosen, severity: Severity, body: &MessageBody) -> Result<()> {
    post::in_best(cx, &chosen.alert_channels(cx, severity, chosen.stage()), body).await.map(drop)
}
