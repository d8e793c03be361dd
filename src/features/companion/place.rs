//! Where a conversation happens: never more public than the guild chose.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    settings::Chosen,
    store::{self, OpenedBy, Place, Session},
};
use crate::{
    clients::supabase::Filter,
    context::{Cx, logged},
    error::Result,
    relay_filter,
};

/// What the audit log of the guild says.
const REASON: &str = "A conversation with Ash";

/// Gives a session its place, once. None if there is none that is private enough.
pub async fn make(cx: &Cx, session: Session) -> Result<Option<Session>> {
    if session.channel_id.is_some() {
        return Ok(Some(session));
    }
    let chosen = Chosen::load(cx, session.guild_id).await?;
    let origin = session.origin_channel_id;
    let wanted = match origin {
        _ if session.origin_is_direct => Place::Direct,
        Some(channel) => match chosen.place(channel) {
            // Asked for where nobody else saw it.
            Place::Channel if session.opened_by == OpenedBy::CheckIn => Place::Thread,
            place => place,
        },
        None => Place::Thread,
    };
    let place = match (wanted, origin) {
        (Place::Channel, Some(channel)) => Some((Place::Channel, channel)),
        (Place::Direct, _) => {
            direct(cx, &session, session.origin_is_direct).await?.map(|channel| (Place::Direct, channel))
        }
        _ => match thread(cx, &session, &chosen, origin).await? {
            Some(thread) => Some((Place::Thread, thread)),
            None => direct(cx, &session, false).await?.map(|channel| (Place::Direct, channel)),
        },
    };
    let Some((place, channel)) = place else { return Ok(None) };
    let detail = json!({"place": place.name(), "channel_id": channel});
    let Some(placed) = store::change(cx, session.session_id, "place", detail, None).await? else { return Ok(None) };
    if placed.session.channel_id != Some(channel) {
        // Somebody else placed it meanwhile, or the member talks with Ash there for another guild.
        if place == Place::Thread {
            logged(cx, "companion", cx.discord.delete_channel(channel, REASON).await.map_err(Into::into));
        }
        return Ok(placed.session.channel_id.is_some().then_some(placed.session));
    }
    if place != Place::Direct {
        // The relay sends what they write there from now on.
        relay_filter::changed(cx).await;
    }
    Ok(Some(placed.session))
}

/// A private thread with the member in it; the team joins by a button. Where Discord will not, there is none.
async fn thread(cx: &Cx, session: &Session, chosen: &Chosen, origin: Option<Snowflake>) -> Result<Option<Snowflake>> {
    let mut parents: Vec<Snowflake> = chosen.thread_channel().into_iter().collect();
    if let Some(origin) = origin {
        match cx.discord.channel(origin).await {
            // Threads have no threads.
            Ok(channel) if channel.thread_metadata.is_some() => parents.extend(channel.parent_id),
            Ok(channel) => parents.push(channel.id),
            Err(error) if error.is_refused() => {}
            Err(error) => return Err(error.into()),
        }
    }
    for parent in parents {
        let thread = match cx.discord.create_private_thread(parent, "A talk with Ash", REASON).await {
            Ok(thread) => thread.id,
            Err(error) if error.is_refused() => continue,
            Err(error) => return Err(error.into()),
        };
        match cx.discord.add_to_thread(thread, session.member_id).await {
            Ok(()) => return Ok(Some(thread)),
            // They left, or cannot see the channel above.
            Err(error) if error.is_refused() => {
                logged(cx, "companion", cx.discord.delete_channel(thread, REASON).await.map_err(Into::into));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Direct messages, for those who write there themselves or said yes to them. Source: Discord's Developer Policy, "do not
/// contact users without their explicit permission".
async fn direct(cx: &Cx, session: &Session, is_there: bool) -> Result<Option<Snowflake>> {
    let is_asked = matches!(session.opened_by, OpenedBy::Member | OpenedBy::FollowUp | OpenedBy::CheckIn);
    if !(is_there && is_asked) {
        let allowed = [
            Filter::eq("guild_id", session.guild_id),
            Filter::eq("user_id", session.member_id),
            Filter::eq("ash_direct_opt_in", true),
        ];
        let rows: Vec<from_json::Value> = cx.supabase.select("user_preferences", "guild_id", &allowed).await?;
        if rows.is_empty() {
            return Ok(None);
        }
    }
    match cx.discord.direct_channel(session.member_id).await {
        Ok(channel) => Ok(Some(channel)),
        Err(error) if error.is_refused() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
