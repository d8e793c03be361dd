//! The member wants a person: the team is called at once, and Ash stays until somebody comes.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    messages,
    start::card,
    store::{self, Session},
};
use crate::{
    context::{Cx, logged},
    discord::message::Nonce,
    error::Result,
    features::{self, Wanted},
};

/// Calls the team, at most once in ten minutes, and says so where they talk. `about`: their message, or the press.
pub async fn ask(cx: &Cx, session: &Session, about: Snowflake) -> Result<String> {
    let changed = store::change(cx, session.session_id, "ask_human", json!({}), None).await?;
    let called = features::call_team(
        cx,
        &Wanted {
            guild_id: session.guild_id,
            member_id: session.member_id,
            channel_id: session.channel_id.unwrap_or_default(),
            message_id: about,
        },
    )
    .await;
    if !called.is_told && changed.is_some_and(|changed| changed.changed) {
        // The next word may call them again.
        logged(cx, "companion", store::change(cx, session.session_id, "uncalled", json!({}), None).await);
    }
    Ok(called.answer)
}

/// The same, said in the conversation.
pub async fn ask_and_say(cx: &Cx, session: &Session, about: Snowflake) -> Result<()> {
    let answer = ask(cx, session, about).await?;
    let Some(channel) = session.channel_id else { return Ok(()) };
    let text = format!("{answer}\n\n{}", messages::stays(cx.lang));
    let body = messages::ash(session, &text).with_nonce(Nonce::of("ap", about));
    cx.discord.create_message(channel, &body).await?;
    card(cx, session, Nonce::of("apk", about)).await;
    Ok(())
}
