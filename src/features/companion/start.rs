//! A session begins: it gets a place, an opener stands there, and the team knows.

use from_json::json;
use relay_wire::{Pause, Snowflake};

use super::{
    messages, place, reply,
    store::{self, OpenedBy, Opening, Session, Status, Step},
    team::{self, Ping},
};
use crate::{
    care::{Severity, referrals, resources},
    context::{Cx, logged},
    discord::message::{MessageBody, Nonce},
    error::Result,
    features,
    lang::Lang,
    orders,
};

/// What came of it.
#[derive(Clone, Debug)]
pub enum Started {
    /// It stands there now.
    Offered(Session),
    /// There was one already.
    Open(Session),
    OptedOut,
    /// Enough for this episode, or for this hour.
    Spent,
    /// There is no place that is private enough.
    Unreachable,
    /// The guild does not have Ash speak.
    Off,
}

/// Whether Ash talks on this server. Trying detection out, it says nothing.
pub async fn talks(cx: &Cx, guild: Snowflake) -> bool {
    let is_there = cx.config.claude.is_some() && cx.config.state_keys.is_some();
    is_there && features::team(cx, guild).await.is_live && orders::pause(cx).await != Pause::All
}

/// Opens a session, unless there is one.
pub async fn open(cx: &Cx, opening: &Opening) -> Result<Started> {
    if !talks(cx, opening.guild_id).await {
        return Ok(Started::Off);
    }
    let opened = store::open(cx, opening).await?;
    match (opened.step, opened.session) {
        (Step::OptedOut, _) => Ok(Started::OptedOut),
        (Step::Spent, _) | (_, None) => Ok(Started::Spent),
        (Step::Open, Some(session)) if session.status != Status::Opening => Ok(Started::Open(session)),
        (_, Some(session)) => offer(cx, session).await,
    }
}

/// Gives it a place and its opener; each step once, whoever tries it again.
pub async fn offer(cx: &Cx, session: Session) -> Result<Started> {
    let unplaced = session.clone();
    let Some(session) = place::make(cx, session).await? else { return no_place(cx, &unplaced).await };
    let Some(channel) = session.channel_id else { return no_place(cx, &unplaced).await };
    let guild = logged(cx, "companion", cx.discord.guild_name(session.guild_id).await.map_err(Into::into));
    let body = messages::opener(cx.lang, &session, guild.as_deref().unwrap_or("this server"))?;
    let body = body.with_nonce(Nonce::of("ao", Snowflake(session.session_id as u64)));
    let opener = match cx.discord.create_message(channel, &body).await {
        Ok(opener) => opener,
        Err(error) if error.is_refused() => return no_place(cx, &session).await,
        Err(error) => return Err(error.into()),
    };
    if session.severity >= Severity::High {
        card(cx, &session, Nonce::of("ok", Snowflake(session.session_id as u64))).await;
    }
    let step = if session.opened_by == OpenedBy::Member { "start" } else { "offer" };
    let changed = store::change(cx, session.session_id, step, json!({"opener_id": opener.id}), None).await?;
    let session = changed.map_or(session, |changed| changed.session);
    if session.status == Status::Active && session.last_message_id > session.answered_message_id {
        cx.after(reply::answer(cx.clone(), session.session_id, None));
    }
    if session.parent_id.is_none() {
        team::tell(cx, &session, "ats", messages::team::offered(cx.lang, &session)?, Ping::Nobody).await;
    }
    Ok(Started::Offered(session))
}

async fn no_place(cx: &Cx, session: &Session) -> Result<Started> {
    unreachable(cx, session).await.map(|()| Started::Unreachable)
}

/// Nothing is said anywhere; the team is told.
pub async fn unreachable(cx: &Cx, session: &Session) -> Result<()> {
    store::change(cx, session.session_id, "close", json!({"reason": "unreachable"}), None).await?;
    store::change(cx, session.session_id, "said", json!({}), None).await?;
    let said = MessageBody::text(messages::team::unreachable(cx.lang, session.member_id));
    team::tell(cx, session, "atu", said, Ping::Nobody).await;
    Ok(())
}

/// The resource card, by code and in a message of its own. Nothing tells where they are.
pub async fn card(cx: &Cx, session: &Session, nonce: Nonce) {
    let Some(channel) = session.channel_id else { return };
    let card = MessageBody::embed(resources::card(Lang::En, None, cx.now, &cx.config));
    let card = card.with_nonce(nonce);
    if logged(cx, "companion", cx.discord.create_message(channel, &card).await.map_err(Into::into)).is_some() {
        referrals::count(cx, Some(session.guild_id), "talk");
    }
}
