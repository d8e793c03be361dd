//! The words of a conversation: in Upstash, encrypted, until a while after it ended.

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use relay_wire::Snowflake;

use super::store::{Place, Session};
use crate::{
    ai::{Role, Turn},
    care::history,
    clients::redis::Reply,
    command,
    context::Cx,
    error::{Error, Result},
    sort,
};

/// After the last word.
const KEPT_SECONDS: u32 = 24 * 3_600;
/// Of one message, in characters: Discord's own limit for members with Nitro.
const MAX_TEXT: usize = 4_000;
/// Ash knows what was written so long before the talk: as long as an episode lasts.
const BEFORE: TimeDelta = TimeDelta::hours(24);
const MOST_BEFORE: usize = 10;
/// Between the talk's start and the member's first word in it they may write elsewhere.
const UNTIL_FIRST_WORD: TimeDelta = TimeDelta::minutes(1);

#[derive(FromJson)]
struct Said {
    by_ash: bool,
    text: String,
}

/// Keeps what was written, once: the message's id names it.
///
/// # Errors
/// Also without `STATE_KEYS`: words are not kept in the open.
pub async fn keep(cx: &Cx, session: &Session, message: Snowflake, by_ash: bool, text: &str) -> Result<()> {
    let Some(seal) = &cx.config.state_keys else { return Err(Error::bug("STATE_KEYS is not set")) };
    let key = key(session.session_id);
    let text: String = text.chars().take(MAX_TEXT).collect();
    let sealed = seal.seal(&key, &json!({"by_ash": by_ash, "text": text}).to_string())?;
    let commands = [command!["HSET", key, message, sealed], command!["EXPIRE", key, KEPT_SECONDS]];
    cx.redis.pipeline(&commands).await?;
    Ok(())
}

/// Turns in the order in which they were written.
pub type Turns = Vec<(Snowflake, Turn)>;

/// The whole of each of these conversations, without the sessions that it goes on from. One round trip.
pub async fn of_sessions(cx: &Cx, sessions: &[i64]) -> Result<Vec<Turns>> {
    if sessions.is_empty() {
        return Ok(vec![]);
    }
    let asked: Vec<_> = sessions.iter().map(|session| command!["HGETALL", key(*session)]).collect();
    let replies = cx.redis.pipeline(&asked).await?;
    Ok(sessions.iter().zip(&replies).map(|(session, fields)| opened(cx, *session, fields)).collect())
}

/// What Ash knows when it answers.
#[derive(Default)]
pub struct Known {
    /// What the member wrote in the guild within a day before the talk, where it showed signs of a crisis; oldest first.
    pub before: Vec<String>,
    pub turns: Turns,
}

/// One round trip. Where others read along, nothing from before the talk is known.
pub async fn known(cx: &Cx, session: &Session) -> Result<Known> {
    let (guild, member) = (session.guild_id, session.member_id);
    let since = session.opened_at - BEFORE;
    // A long talk has grave words of its own, which are not asked for.
    let until = session.started_at.unwrap_or(cx.now) + UNTIL_FIRST_WORD;
    let kept = history::newest_between(guild, member, since, until, 2 * MOST_BEFORE as u32);
    let asked = [command!["HGETALL", key(session.session_id)], kept];
    let replies = cx.redis.pipeline(&asked).await?;
    let turns = replies.first().map(|fields| opened(cx, session.session_id, fields)).unwrap_or_default();
    let begin = turns.first().map_or(session.last_message_id, |(id, _)| *id);
    let is_private = matches!(session.place, Some(Place::Thread | Place::Direct));
    let entries = replies.get(1).filter(|_| is_private).map(|entries| history::opened(cx, guild, member, entries));
    let mut before: Vec<String> = (entries.unwrap_or_default().into_iter())
        .filter(|one| one.message_id < begin && !one.in_ticket)
        .map(|one| one.text)
        .take(MOST_BEFORE)
        .collect();
    before.reverse();
    Ok(Known { before, turns })
}

fn opened(cx: &Cx, session: i64, fields: &Reply) -> Turns {
    let Some(seal) = &cx.config.state_keys else { return vec![] };
    let key = key(session);
    let mut turns: Turns = (fields.array().chunks_exact(2))
        .filter_map(|pair| {
            let [id, sealed] = pair else { return None };
            let value: Value = serde_json::from_str(&seal.open(&key, sealed.text()?)?).ok()?;
            let said = Said::from_json(&value).ok()?;
            let role = if said.by_ash { Role::Model } else { Role::User };
            Some((id.text()?.parse().ok()?, Turn { role, text: said.text }))
        })
        .collect();
    sort::by_key(&mut turns, |(id, _)| *id);
    turns
}

/// An edit changes what was kept, a deletion takes it out.
pub async fn forget(cx: &Cx, session: i64, message: Snowflake) -> Result<()> {
    cx.redis.pipeline(&[command!["HDEL", key(session), message]]).await?;
    Ok(())
}

/// Nothing of the conversation is left.
pub async fn forget_all(cx: &Cx, sessions: &[i64]) -> Result<()> {
    if sessions.is_empty() {
        return Ok(());
    }
    let mut command = command!["DEL"];
    command.extend(sessions.iter().map(|session| key(*session)));
    cx.redis.pipeline(&[command]).await?;
    Ok(())
}

fn key(session: i64) -> String {
    format!("ash:talk:{session}")
}
