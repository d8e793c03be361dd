//! What is written where Ash talks: a turn of the member, or a word of the team. The answer comes after the relay has its ack.

use from_json::json;
use futures_util::future::join_all;
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{
    close::close,
    hand_off::hand_off,
    messages, person_asked,
    phrases::{self, Wish},
    reply,
    start::card,
    store::{self, Heard, Place, Session, Status},
    talk,
    team::{self, Ping},
};
use crate::{
    care::Severity,
    command,
    context::{Cx, logged},
    discord::message::{MessageBody, Nonce},
    error::Result,
    features::{self, is_offered},
    relay_filter,
    retry::outcome_of,
};

/// Where a talk has ended, it is said at most so often.
const ENDED_REST_SECONDS: u32 = 60;

struct Text<'a> {
    guild_id: Option<Snowflake>,
    channel_id: Snowflake,
    message_id: Snowflake,
    author_id: Snowflake,
    text: &'a str,
}

pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    join_all(events.iter().map(async |event| match look(&cx, event).await {
        Ok(()) => Outcome::Done,
        Err(error) => {
            cx.log_failure("companion", &error);
            outcome_of(&error)
        }
    }))
    .await
}

async fn look(cx: &Cx, event: &Event) -> Result<()> {
    let EventBody::MessageCreated { guild_id, channel_id, message_id, author_id, text: Some(text), .. } = &event.body
    else {
        return Ok(());
    };
    if is_offered(event) || text.trim().is_empty() {
        return Ok(());
    }
    let text =
        Text { guild_id: *guild_id, channel_id: *channel_id, message_id: *message_id, author_id: *author_id, text };
    if guild_id.is_some() && relay_filter::talks(cx, text.channel_id, text.message_id).await?.is_empty() {
        return Ok(());
    }
    match store::hear(cx, text.channel_id, text.author_id, text.message_id).await? {
        None => Ok(()),
        Some(heard) if heard.is_member => member(cx, &text, heard).await,
        Some(heard) if heard.session.is_open() && text.guild_id.is_some() => somebody(cx, &text, &heard.session).await,
        Some(_) => Ok(()),
    }
}

async fn member(cx: &Cx, text: &Text<'_>, heard: Heard) -> Result<()> {
    let session = heard.session;
    match session.status {
        Status::Closed => return ended(cx, text, &session).await,
        // The opener stands there, and whoever posted it does not know that yet: they answer it then.
        Status::Opening => {
            keep(cx, &session, text).await;
            return Ok(());
        }
        Status::HandedOff | Status::Offered => return Ok(()),
        Status::Active => {}
    }
    // The danger in it was looked at before; what is grave is never taken for a goodbye.
    let wish = match phrases::of_member(text.text) {
        Wish::Goodbye if heard.severity >= Severity::Medium => Wish::None,
        wish => wish,
    };
    let id = session.session_id;
    if heard.is_graver && heard.severity >= Severity::High {
        card(cx, &session, Nonce::of("ag", text.message_id)).await;
    }
    if phrases::says_minor(text.text) && !session.is_minor {
        store::change(cx, id, "minor", json!({}), None).await?;
    }
    if features::prefix_command(cx, text.text).is_some() {
        return answered(cx, &session, text).await;
    }
    match wish {
        Wish::Goodbye => {
            answered(cx, &session, text).await?;
            return close(cx, &session, "goodbye").await;
        }
        Wish::Stop => {
            answered(cx, &session, text).await?;
            return never_again(cx, &session).await;
        }
        Wish::Human => {
            person_asked::ask_and_say(cx, &session, text.message_id).await?;
            keep(cx, &session, text).await;
            return answered(cx, &session, text).await;
        }
        Wish::AsksWhetherAi => {
            let body = messages::ash(&session, messages::is_an_ai(cx.lang));
            cx.discord.create_message(text.channel_id, &body.with_nonce(Nonce::of("ai", text.message_id))).await?;
            keep(cx, &session, text).await;
            return answered(cx, &session, text).await;
        }
        Wish::None => {}
    }
    keep(cx, &session, text).await;
    cx.after(reply::answer(cx.clone(), id, Some((text.message_id, text.text.to_owned()))));
    Ok(())
}

/// Without Upstash the answer knows only this message.
async fn keep(cx: &Cx, session: &Session, text: &Text<'_>) {
    logged(cx, "companion", talk::keep(cx, session, text.message_id, false, text.text).await);
}

/// Nothing is generated for it.
async fn answered(cx: &Cx, session: &Session, text: &Text<'_>) -> Result<()> {
    store::pass(cx, session.session_id, text.message_id).await
}

/// They do not want Ash to write to them: it ends, and is remembered.
pub async fn never_again(cx: &Cx, session: &Session) -> Result<()> {
    let arguments = json!({
        "guild_ids": [session.guild_id], "user_id": session.member_id, "chosen": {"ash_opt_out": true}, "at": cx.now,
    });
    cx.supabase.rpc::<()>("set_preferences", &arguments).await?;
    close(cx, session, "opt_out").await?;
    let said = MessageBody::text(messages::team::declined(cx.lang, session, true));
    team::tell(cx, session, "atn", said, Ping::Nobody).await;
    Ok(())
}

/// In its own thread the talk is over, and that is said. In direct messages crisis care answers.
async fn ended(cx: &Cx, text: &Text<'_>, session: &Session) -> Result<()> {
    if session.place != Some(Place::Thread) || session.end_reason.as_deref() == Some("handed_off") {
        return Ok(());
    }
    let key = format!("ash:ended:{}", session.session_id);
    let first = [command!["SET", key, 1, "NX", "EX", ENDED_REST_SECONDS]];
    let first = logged(cx, "companion", cx.redis.pipeline(&first).await.map_err(Into::into));
    if first.is_some_and(|replies| replies.first().is_none_or(|reply| reply.text() != Some("OK"))) {
        return Ok(());
    }
    let mut body = messages::ash(session, messages::has_ended(cx.lang));
    body.components = messages::after_the_end(cx.lang, session, false)?;
    let body = body.in_reply_to(text.message_id).with_nonce(Nonce::of("ae", text.message_id));
    cx.discord.create_message(text.channel_id, &body).await?;
    Ok(())
}

/// Somebody else writes there: whoever is of the team may take it over.
async fn somebody(cx: &Cx, text: &Text<'_>, session: &Session) -> Result<()> {
    let team = features::team(cx, session.guild_id).await;
    if !team::includes(cx, &team, session.guild_id, text.author_id).await? {
        return Ok(());
    }
    let hand = phrases::hand_off(text.text);
    if let Some(other) = hand.as_ref().and_then(|hand| hand.to).filter(|other| *other != text.author_id) {
        // Somebody else has it: Ash says so when they have written.
        store::change(cx, session.session_id, "assign", json!({"human_id": other}), Some(text.author_id)).await?;
        return Ok(());
    }
    // In a channel that others use, people of the team write about other things as well.
    if session.place == Some(Place::Channel) && hand.is_none() && session.human_id != Some(text.author_id) {
        return Ok(());
    }
    let detail = json!({"human_id": text.author_id});
    let wrote = store::change(cx, session.session_id, "human_wrote", detail, Some(text.author_id)).await?;
    let Some(wrote) = wrote else { return Ok(()) };
    if let Some(alert) = session.alert_id {
        features::human_answered(cx, session.guild_id, alert, text.author_id, text.message_id).await;
    }
    let takes_over = hand.is_some() || wrote.count >= 2 || session.human_id == Some(text.author_id);
    if takes_over { hand_off(cx, &wrote.session, text.author_id).await } else { Ok(()) }
}
