//! The words of a conversation: in Upstash, encrypted, until a while after it ended.

use from_json::{FromJson, Value, json};
use relay_wire::Snowflake;

use super::store::Session;
use crate::{
    ai::{Role, Turn},
    clients::redis::Reply,
    command,
    context::Cx,
    error::{Error, Result},
};

/// After the last word.
const KEPT_SECONDS: u32 = 24 * 3_600;
/// Of one message, in characters: Discord's own limit for members with Nitro.
const MAX_TEXT: usize = 4_000;

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

/// The whole conversation in the order in which it was written, with the sessions that it goes on from left out.
pub async fn turns(cx: &Cx, session: &Session) -> Result<Vec<(Snowflake, Turn)>> {
    let Some(seal) = &cx.config.state_keys else { return Ok(vec![]) };
    let key = key(session.session_id);
    let replies = cx.redis.pipeline(&[command!["HGETALL", key]]).await?;
    let fields = replies.first().map(Reply::array).unwrap_or_default();
    let mut turns: Vec<(Snowflake, Turn)> = fields
        .chunks_exact(2)
        .filter_map(|pair| {
            let [id, sealed] = pair else { return None };
            let value: Value = serde_json::from_str(&seal.open(&key, sealed.text()?)?).ok()?;
            let said = Said::from_json(&value).ok()?;
            let role = if said.by_ash { Role::Model } else { Role::User };
            Some((id.text()?.parse().ok()?, Turn { role, text: said.text }))
        })
        .collect();
    turns.sort_by_key(|(id, _)| *id);
    Ok(turns)
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
