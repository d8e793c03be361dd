//! What happens to an alert has a meaning for the conversation about it.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    close::close,
    messages,
    press::about,
    settings::Chosen,
    start::{self, Started},
    store::{self, OpenedBy, Place, Session, Status},
    team,
};
use crate::{
    care::{AlertStep, Alerted, Severity},
    context::{Cx, logged},
    discord::message::{MessageBody, Nonce},
    error::Result,
};

pub async fn follow(cx: &Cx, alert: &Alerted, step: AlertStep) -> Result<()> {
    match step {
        AlertStep::Due => offer(cx, alert).await,
        AlertStep::Acknowledged => seen(cx, alert).await,
        AlertStep::Taken { by } => taken(cx, alert, by).await,
        AlertStep::FalseAlarm => false_alarm(cx, alert).await,
    }
}

/// A CRITICAL alert, or one that nobody reacted to: Ash offers a talk, if the guild wants that.
async fn offer(cx: &Cx, alert: &Alerted) -> Result<()> {
    if alert.severity < Severity::High || !Chosen::load(cx, alert.guild_id).await?.opens_by_itself() {
        return Ok(());
    }
    let opened_by = if alert.severity == Severity::Critical { OpenedBy::Critical } else { OpenedBy::Chain };
    if let Started::OptedOut = start::open(cx, &about(alert, opened_by, None)).await? {
        let text = messages::team::opted_out(cx.lang, alert.member_id);
        team::below(cx, alert, "ato", MessageBody::text(text)).await;
    }
    Ok(())
}

async fn open_session(cx: &Cx, alert: &Alerted) -> Result<Option<Session>> {
    store::of_member(cx, alert.guild_id, alert.member_id).await
}

/// Said in a running private talk, and only there; never when somebody will come.
async fn seen(cx: &Cx, alert: &Alerted) -> Result<()> {
    let Some(session) = open_session(cx, alert).await? else { return Ok(()) };
    let (Some(channel), Status::Active) = (session.channel_id, session.status) else { return Ok(()) };
    if session.place == Some(Place::Channel) {
        return Ok(());
    }
    let body = messages::ash(&session, messages::seen(cx.lang)).with_nonce(Nonce::of("aa", alert.message_id));
    cx.discord.create_message(channel, &body).await?;
    Ok(())
}

/// Whoever took it over comes into the thread; Ash says so when they have written.
async fn taken(cx: &Cx, alert: &Alerted, by: Snowflake) -> Result<()> {
    let Some(session) = open_session(cx, alert).await? else { return Ok(()) };
    store::change(cx, session.session_id, "assign", json!({"human_id": by}), Some(by)).await?;
    bring_in(cx, &session, by).await
}

/// Into the thread, if there is one.
pub async fn bring_in(cx: &Cx, session: &Session, by: Snowflake) -> Result<()> {
    if let (Some(channel), Some(Place::Thread)) = (session.channel_id, session.place) {
        match cx.discord.add_to_thread(channel, by).await {
            Err(error) if error.is_refused() => {}
            added => added?,
        }
    }
    Ok(())
}

/// Where Ash had written, it says that it was a mistake; else nothing.
async fn false_alarm(cx: &Cx, alert: &Alerted) -> Result<()> {
    let Some(session) = open_session(cx, alert).await? else { return Ok(()) };
    // A talk that they wanted themselves is theirs.
    if session.alert_id != Some(alert.alert_id) || session.opened_by == OpenedBy::Member {
        return Ok(());
    }
    close(cx, &session, "false_alarm").await?;
    logged(cx, "companion", super::talk::forget_all(cx, &[session.session_id]).await);
    Ok(())
}
