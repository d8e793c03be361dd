//! A session ends: once, and whoever was in it is told.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    messages,
    start::card,
    store::{self, Session},
    team::{self, Ping},
};
use crate::{
    context::{Cx, logged},
    discord::message::{MessageBody, Nonce},
    error::{Error, Failure, Result, Service, ServiceError},
    features,
};

/// Ends it for `reason`; of several who try, one does.
pub async fn close(cx: &Cx, session: &Session, reason: &str) -> Result<()> {
    match store::change(cx, session.session_id, "close", json!({"reason": reason}), None).await? {
        Some(closed) if closed.changed => say(cx, &closed.session).await,
        _ => Ok(()),
    }
}

/// Ash is switched off: so many talks end at once. Whether there are more.
pub async fn close_all(cx: &Cx, most: u32) -> Result<bool> {
    let open: Vec<Session> = cx.supabase.rpc("open_ash_sessions", &json!({"max_rows": most})).await?;
    for session in &open {
        // One that cannot be told now is told by its own job.
        logged(cx, "companion", close(cx, session, "paused").await);
    }
    Ok(open.len() >= most as usize)
}

/// The closing words of a session that is over. The job says them if whoever closed it could not.
pub async fn say(cx: &Cx, session: &Session) -> Result<()> {
    let reason = session.end_reason.as_deref().unwrap_or_default();
    let body = match reason {
        "limit" => Some(messages::limit(cx.lang, session, features::on_duty(cx, session.guild_id).await)?),
        _ => messages::closing(cx.lang, reason).map(|text| messages::ash(session, text)),
    };
    if let (Some(mut body), Some(channel)) = (body, session.channel_id) {
        if body.components.is_empty() && !matches!(reason, "opt_out" | "false_alarm") {
            body.components = messages::after_the_end(cx.lang, session, !session.is_minor)?;
        }
        let body = body.with_nonce(Nonce::of("ac", Snowflake(session.session_id as u64)));
        match cx.discord.create_message(channel, &body).await {
            Ok(_) if messages::closes_with_card(reason, session) => {
                card(cx, session, Nonce::of("ak", Snowflake(session.session_id as u64))).await;
            }
            Ok(_) => {}
            // The place is gone, or they closed their door: nobody is there to be told.
            Err(error) if error.is_refused() => cx.log_failure("companion", &error.into()),
            Err(error) => return Err(error.into()),
        }
    }
    let for_team = match reason {
        "error" if session.is_grave() => Some(("ate", messages::team::failed(cx.lang, session))),
        "paused" if session.is_grave() => Some(("atw", messages::team::switched_off(cx.lang, session))),
        "limit" => Some(("atl", messages::team::still_alone(cx.lang, session))),
        _ => None,
    };
    // Somebody in danger without Ash, and nobody knows: the job says it all again until somebody does.
    if let Some((purpose, text)) = for_team
        && !team::tell(cx, session, purpose, MessageBody::text(text), Ping::Team).await
    {
        return Err(Error::Service(ServiceError::new(
            Service::Discord,
            "tell the team",
            Failure::Unreachable("no channel took it".to_owned()),
        )));
    }
    store::change(cx, session.session_id, "said", json!({}), None).await?;
    Ok(())
}
