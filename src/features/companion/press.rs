//! The buttons of a conversation: the member's below what Ash writes, the team's below the alert.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    close::close,
    heard::never_again,
    messages, person_asked,
    start::{self, Started},
    store::{self, OpenedBy, Opening, Session, Status},
    team::{self, Ping},
};
use crate::{
    care::{Alerted, Severity, referrals, resources},
    context::Cx,
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{MessageBody, colour, said},
    },
    error::{Error, Result},
    features,
    reply::{Answer, Reply},
};

/// The session that a button names, if it is the presser's own.
pub async fn own(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<Session> {
    let session = store::by_id(cx, id.argument(0, cx.lang)?).await?;
    match session {
        Some(session) if session.member_id == call.user_id => Ok(session),
        Some(_) => Err(Error::user(messages::press::not_yours(cx.lang))),
        None => Err(Error::user(messages::press::gone(cx.lang))),
    }
}

pub async fn talk(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = own(&cx, &call, &id).await?;
    if !start::talks(&cx, session.guild_id).await {
        return Ok(off(&cx, &call));
    }
    let started = store::change(&cx, session.session_id, "start", json!({}), Some(call.user_id)).await?;
    match started {
        Some(started) if started.session.status == Status::Active => {
            Ok(Answer::Message(Reply::public(messages::ash(&started.session, messages::press::listening(cx.lang)))))
        }
        Some(started) if started.session.status == Status::Closed => again(cx, call, id).await,
        _ => Err(Error::user(messages::press::a_person_is_there(cx.lang))),
    }
}

/// Words, and where help is.
fn with_card(cx: &Cx, call: &Interaction, guild: Option<Snowflake>, text: String) -> MessageBody {
    referrals::count(cx, guild, "talk");
    let card = resources::card(cx.lang, resources::country_of_locale(&call.locale), cx.now, &cx.config);
    MessageBody { content: text, ..MessageBody::embed(card) }
}

/// Ash does not speak at the moment.
fn off(cx: &Cx, call: &Interaction) -> Answer {
    let text = messages::press::off(cx.lang).to_owned();
    Answer::Message(Reply::private(with_card(cx, call, call.guild_id, text)))
}

pub async fn person(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = own(&cx, &call, &id).await?;
    let work = async move {
        let answer = person_asked::ask(&cx, &session, call.id).await?;
        Ok(Reply::public(with_card(&cx, &call, Some(session.guild_id), answer)))
    };
    Ok(Answer::Later { ephemeral: false, work: Box::pin(work) })
}

pub async fn not_now(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = own(&cx, &call, &id).await?;
    let work = async move {
        let is_offer = session.status == Status::Offered;
        close(&cx, &session, if is_offer { "declined" } else { "goodbye" }).await?;
        if is_offer {
            let said = MessageBody::text(messages::team::declined(cx.lang, &session, false));
            team::tell(&cx, &session, "atd", said, Ping::Nobody).await;
        }
        Ok(done(&cx, &session))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

pub async fn never(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = own(&cx, &call, &id).await?;
    let work = async move {
        never_again(&cx, &session).await?;
        Ok(done(&cx, &session))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

fn done(cx: &Cx, session: &Session) -> Reply {
    let text = if session.is_open() { messages::press::done(cx.lang) } else { messages::press::gone(cx.lang) };
    Reply::private(said(text, colour::GOOD))
}

/// A linked session in the same place: *Keep talking*, or another talk later.
pub async fn again(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = own(&cx, &call, &id).await?;
    let work = async move {
        let opening = Opening {
            guild_id: session.guild_id,
            member_id: session.member_id,
            opened_by: OpenedBy::Member,
            actor_id: None,
            alert_id: session.alert_id,
            severity: if session.is_grave() { session.severity } else { Severity::Safe },
            parent_id: Some(session.session_id),
            origin_channel_id: session.origin_channel_id,
            origin_is_direct: session.origin_is_direct,
        };
        started(&cx, &call, start::open(&cx, &opening).await?).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// In direct messages: its argument is the guild.
pub async fn begin(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = id.argument(0, cx.lang)?;
    Ok(come(cx, call, guild))
}

/// `/ash talk`
pub async fn command(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = guild_meant(&cx, &call).await?;
    Ok(come(cx, call, guild))
}

/// Where a command was used; in direct messages, the guild that those belong to.
pub async fn guild_meant(cx: &Cx, call: &Interaction) -> Result<Snowflake> {
    match call.guild_id {
        Some(guild) => Ok(guild),
        None => features::guild_of(cx, call.user_id)
            .await?
            .ok_or_else(|| Error::user(messages::press::which_server(cx.lang, &call.input.command))),
    }
}

/// The member wants to talk.
fn come(cx: Cx, call: Interaction, guild: Snowflake) -> Answer {
    let work = async move {
        if call.guild_id != Some(guild) {
            match cx.discord.member(guild, call.user_id).await {
                Err(error) if error.is_refused() => return Err(Error::user(messages::press::gone(cx.lang))),
                member => member?,
            };
        }
        let opening = Opening {
            guild_id: guild,
            member_id: call.user_id,
            opened_by: OpenedBy::Member,
            actor_id: None,
            alert_id: None,
            severity: Severity::Safe,
            parent_id: None,
            origin_channel_id: call.channel_id,
            origin_is_direct: call.guild_id.is_none(),
        };
        started(&cx, &call, start::open(&cx, &opening).await?).await
    };
    Answer::Later { ephemeral: true, work: Box::pin(work) }
}

/// Tells the member what came of their wish.
async fn started(cx: &Cx, call: &Interaction, started: Started) -> Result<Reply> {
    let text = match &started {
        Started::Offered(session) | Started::Open(session) => messages::press::here(cx.lang, session.channel_id),
        Started::Spent => messages::no_more_for_now(cx.lang).to_owned(),
        Started::Unreachable => messages::press::no_place(cx.lang).to_owned(),
        Started::Off | Started::OptedOut => messages::press::off(cx.lang).to_owned(),
    };
    let body = match started {
        Started::Offered(_) | Started::Open(_) => MessageBody::text(text),
        _ => with_card(cx, call, call.guild_id, text),
    };
    Ok(Reply::private(body))
}

pub async fn back(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = own(&cx, &call, &id).await?;
    if !start::talks(&cx, session.guild_id).await {
        return Ok(off(&cx, &call));
    }
    let back = store::change(&cx, session.session_id, "back", json!({}), Some(call.user_id)).await?;
    match back {
        Some(back) if back.session.status == Status::Active => {
            Ok(Answer::Message(Reply::public(messages::ash(&back.session, messages::press::listening(cx.lang)))))
        }
        _ => again(cx, call, id).await,
    }
}

/// *Talk to Ash* on an alert: somebody of the team has Ash offer a talk.
pub async fn offer(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let message: Snowflake = id.argument(0, cx.lang)?;
    let alert = features::alert_for_team(&cx, &call, message).await?;
    let work = async move {
        let started = start::open(&cx, &about(&alert, OpenedBy::Team, Some(call.user_id))).await?;
        Ok(Reply::private(MessageBody::text(messages::press::for_team(cx.lang, alert.member_id, &started))))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// A session about an alert.
pub fn about(alert: &Alerted, opened_by: OpenedBy, actor_id: Option<Snowflake>) -> Opening {
    Opening {
        guild_id: alert.guild_id,
        member_id: alert.member_id,
        opened_by,
        actor_id,
        alert_id: Some(alert.alert_id),
        severity: alert.severity,
        parent_id: None,
        origin_channel_id: Some(alert.channel_id),
        origin_is_direct: false,
    }
}

/// Somebody of the team joins the thread.
pub async fn join(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let session = store::by_id(&cx, id.argument(0, cx.lang)?).await?;
    let session = session.filter(|session| Some(session.guild_id) == call.guild_id);
    let session = session.ok_or_else(|| Error::user(messages::press::gone(cx.lang)))?;
    features::require_team(&cx, &call).await?;
    let work = async move {
        let channel = session.channel_id.ok_or_else(|| Error::user(messages::press::gone(cx.lang)))?;
        match cx.discord.add_to_thread(channel, call.user_id).await {
            Err(error) if error.is_refused() => return Err(Error::user(messages::press::gone(cx.lang))),
            added => added?,
        }
        Ok(Reply::private(MessageBody::text(messages::press::joined(cx.lang, channel))))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}
