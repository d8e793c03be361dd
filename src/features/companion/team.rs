//! What the crisis response team is told of a conversation: below the alert, or in its channel if there is none.

use relay_wire::Snowflake;

use super::store::Session;
use crate::{
    care::Alerted,
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    error::Result,
    features::{self, Team},
};

/// Who is to be pinged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    Nobody,
    Team,
    One(Snowflake),
}

/// Posts it, once for each `purpose`. The member waits for nothing of it: a failure is logged. Whether it stands there.
pub async fn tell(cx: &Cx, session: &Session, purpose: &str, body: MessageBody, ping: Ping) -> bool {
    let team = features::team(cx, session.guild_id).await;
    let mut body = body.with_nonce(Nonce::of(purpose, Snowflake(session.session_id as u64)));
    match ping {
        Ping::Team if team.is_live => {
            if let Some(role) = team.role {
                body.content = format!("<@&{role}> {}", body.content);
                body.allowed_mentions = Mentions::of(&[], &[role]);
            }
        }
        Ping::One(user) => body.allowed_mentions = Mentions::of(&[user], &[]),
        Ping::Team | Ping::Nobody => {}
    }
    if let Some(below) = session.alert_channel_id.zip(session.alert_message_id)
        && reply(cx, below, body.clone()).await
    {
        return true;
    }
    for channel in team.channels {
        let said = cx.discord.create_message(channel, &body).await;
        if logged(cx, "companion", said.map_err(Into::into)).is_some() {
            return true;
        }
    }
    false
}

/// The same where there is no session.
pub async fn below(cx: &Cx, alert: &Alerted, purpose: &str, body: MessageBody) {
    if let Some(post) = alert.alert_channel_id.zip(alert.alert_message_id) {
        reply(cx, post, body.with_nonce(Nonce::of(purpose, alert.message_id))).await;
    }
}

async fn reply(cx: &Cx, (channel, alert): (Snowflake, Snowflake), body: MessageBody) -> bool {
    let said = cx.discord.create_message(channel, &body.in_reply_to(alert)).await;
    logged(cx, "companion", said.map_err(Into::into)).is_some()
}

/// Whether somebody is of the team; nobody is who left already, or a webhook.
pub async fn includes(cx: &Cx, team: &Team, guild: Snowflake, user: Snowflake) -> Result<bool> {
    match cx.discord.member(guild, user).await {
        Ok(member) => Ok(member.roles.iter().any(|role| team.roles.contains(role))),
        Err(error) if error.is_missing() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
