//! A person takes over: Ash says who is there, stops, and leaves the team a note.

use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{
    close::close,
    messages,
    store::{self, Session},
    team::{self, Ping},
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{MessageBody, Nonce},
    error::Result,
};

/// As `ash_context` answers it.
#[derive(FromJson)]
struct Context {
    /// Of the messages, in their order, each change once.
    severities: Vec<Severity>,
    earlier_alerts: u32,
}

/// `human` has written there, or said that they have it.
pub async fn hand_off(cx: &Cx, session: &Session, human: Snowflake) -> Result<()> {
    let changed = store::change(cx, session.session_id, "hand_off", json!({"human_id": human}), Some(human)).await?;
    let Some(changed) = changed.filter(|changed| changed.changed) else { return Ok(()) };
    let session = changed.session;
    if let Some(channel) = session.channel_id {
        let body = messages::ash(&session, &messages::handed_off(cx.lang, human));
        let body = body.with_nonce(Nonce::of("ah", Snowflake(session.session_id as u64)));
        cx.discord.create_message(channel, &body).await?;
    }
    note(cx, &session).await;
    Ok(())
}

/// Somebody of the team says elsewhere that Ash is to stop: nobody is there yet whom Ash could name.
pub async fn stand_down(cx: &Cx, session: &Session) -> Result<()> {
    close(cx, session, "stood_down").await?;
    note(cx, session).await;
    Ok(())
}

/// For the team, not for the member.
async fn note(cx: &Cx, session: &Session) {
    let arguments = json!({"session_id": session.session_id, "at": cx.now});
    let context = cx.supabase.rpc::<Option<Context>>("ash_context", &arguments).await;
    let Some(Some(context)) = logged(cx, "companion", context.map_err(Into::into)) else { return };
    let lasted = cx.now - session.started_at.unwrap_or(session.opened_at);
    let text = messages::team::context(cx.lang, session, lasted, &context.severities, context.earlier_alerts);
    team::tell(cx, session, "ath", MessageBody::text(text), Ping::Nobody).await;
}
