//! The second lock of the administrator's desk: the operator's password, and the short-lived token that it gives.

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use secrecy::ExposeSecret;

use crate::{
    command,
    context::Cx,
    edge::Time,
    error::Result,
    jwt::Person,
    seal::{hmac, same},
};

/// Tries of one account, and of all together, within [`TRIES_SECONDS`]; whether right or wrong.
const TRIES: i64 = 5;
const ALL_TRIES: i64 = 30;
const TRIES_SECONDS: u32 = 15 * 60;
const LIVES: TimeDelta = TimeDelta::minutes(15);
const PLACE: &str = "admin:step_up";

#[derive(Clone, Debug, FromJson)]
struct Token {
    account: String,
    session: String,
    guild_id: Snowflake,
    until: Time,
}

pub enum Tried {
    Right {
        token: String,
        until: Time,
    },
    Wrong,
    TooMany {
        seconds: i64,
    },
    /// A variable is not set.
    Unconfigured(&'static str),
}

/// Counts the try before it looks at the password: of many at once, no more are looked at.
pub async fn attempt(cx: &Cx, who: &Person, guild: Snowflake, password: &str) -> Result<Tried> {
    let Some(right) = &cx.config.admin_password else { return Ok(Tried::Unconfigured("ADMIN_PASSWORD")) };
    let Some(seal) = &cx.config.state_keys else { return Ok(Tried::Unconfigured("STATE_KEYS")) };
    let own = format!("admin:tries:{}", who.account);
    // One account that tries too often does not use up the tries of the others.
    for (key, most) in [(own.as_str(), TRIES), ("admin:tries", ALL_TRIES)] {
        let (tries, left) = cx.redis.count_within(key, TRIES_SECONDS, 1).await?;
        if tries > most {
            return Ok(Tried::TooMany { seconds: left.max(1) });
        }
    }
    // Of the same length whatever was typed.
    let hashed = |text: &str| hmac(PLACE.as_bytes(), text.as_bytes());
    if !same(&hashed(password), &hashed(right.expose_secret())) {
        return Ok(Tried::Wrong);
    }
    let until = cx.now + LIVES;
    let token = json!({"account": who.account, "session": who.session, "guild_id": guild, "until": until});
    let token = seal.seal(PLACE, &token.to_string())?;
    cx.redis.pipeline(&[command!["DEL", own]]).await?;
    Ok(Tried::Right { token, until })
}

/// Whether it was given to this person, in this sign-in and for this guild, and its time is not over.
pub fn holds(cx: &Cx, who: &Person, guild: Snowflake, token: &str) -> bool {
    let opened = cx.config.state_keys.as_ref().and_then(|seal| seal.open(PLACE, token));
    let token = opened.and_then(|text| from_json::read::<Token>(text.as_bytes()));
    token.is_some_and(|token| {
        token.account == who.account
            && token.session == who.session
            && token.guild_id == guild
            && token.until > cx.now
            && cx.config.admin_password.is_some()
    })
}
