//! The job of a session: what it needs when its time comes, whoever died before.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Pause;

use super::{
    close,
    due::{Due, Limits, due},
    messages, reply,
    settings::{Chosen, IDLE_MINUTES, MAX_MINUTES},
    start,
    store::{self, Session, Status},
    team::{self, Ping},
};
use crate::{
    context::Cx,
    discord::message::Nonce,
    error::{Error, Result},
    jobs::{self, JobRow},
    orders,
};

/// The SQL function `ash_look_at` owes it; its key is the session's id.
pub const LOOK: &str = "companion.look";

/// Steps of one run: each leads to the next.
const MAX_STEPS: usize = 4;
/// The relay holds back what people write: it is looked again after so long.
const WHILE_HELD: TimeDelta = TimeDelta::minutes(10);
/// An answer takes less, and gives its lease back.
const WHILE_IT_WRITES: TimeDelta = TimeDelta::seconds(60);

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let id: i64 = row.key.parse().map_err(|_| Error::bug("a session without its number"))?;
    for _ in 0..MAX_STEPS {
        // Erased meanwhile: there is nothing to do.
        let Some(session) = store::by_id(&cx, id).await? else { return Ok(()) };
        let chosen = Chosen::load(&cx, session.guild_id).await?;
        let minutes = |setting| TimeDelta::minutes(chosen.minutes(setting));
        let limits = Limits { idle: minutes(&IDLE_MINUTES), maximum: minutes(&MAX_MINUTES) };
        // What the person who took over writes waits in the relay: nobody is silent.
        let is_held = session.status == Status::HandedOff && orders::pause(&cx).await == Pause::All;
        let next = match due(&session, limits, cx.now) {
            Due::Nothing => return Ok(()),
            Due::At(moment) => Some(moment),
            Due::Silence if is_held => Some(cx.now + WHILE_HELD),
            Due::Reply => {
                cx.after(reply::answer(cx.clone(), id, None));
                Some(cx.now + WHILE_IT_WRITES)
            }
            step => {
                take(&cx, &session, step).await?;
                None
            }
        };
        if let Some(next) = next {
            return jobs::owe(&cx, session.guild_id, LOOK, &row.key, next, json!({})).await;
        }
    }
    Err(Error::bug("a session that is never done"))
}

async fn take(cx: &Cx, session: &Session, step: Due) -> Result<()> {
    match step {
        Due::Offer => start::offer(cx, session.clone()).await.map(drop),
        Due::Silence => silence(cx, session).await,
        Due::Limit => close::close(cx, session, "limit").await,
        Due::End("unreachable") => start::unreachable(cx, session).await,
        Due::End(reason) => close::close(cx, session, reason).await,
        Due::Closing => close::say(cx, session).await,
        Due::Nothing | Due::At(_) | Due::Reply => Ok(()),
    }
}

/// The member waits for the person who took over: they are reminded, and the member may have Ash again.
async fn silence(cx: &Cx, session: &Session) -> Result<()> {
    let changed = store::change(cx, session.session_id, "silence", json!({}), None).await?;
    let (Some(channel), true) = (session.channel_id, changed.is_some_and(|changed| changed.changed)) else {
        return Ok(());
    };
    let nonce = Nonce::of("as", session.last_message_id);
    cx.discord.create_message(channel, &messages::silent(cx.lang, session)?.with_nonce(nonce)).await?;
    if let Some(human) = session.human_id {
        let said = messages::team::silent(cx.lang, session, human);
        let ping = Ping::One(human);
        team::tell(cx, session, "atp", crate::discord::message::MessageBody::text(said), ping).await;
    }
    Ok(())
}
