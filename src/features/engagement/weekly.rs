//! The weekly leaderboard: planned each hour for every guild that chose a channel, posted once on Monday at 9:00 there.

use chrono::NaiveDate;
use from_json::{FromJson, Value, json};
use relay_wire::Snowflake;

use super::{leaderboard::Board, leaderboard::PAGE_SIZE, messages, settings::WEEKLY_CHANNEL};
use crate::{
    context::Cx,
    discord::message::Nonce,
    error::{Error, Failure, Result, ServiceError},
    jobs::JobRow,
    settings,
};

/// `owe_weekly_leaderboards` owes this kind in SQL.
pub const KIND: &str = "engagement.weekly";

/// Of a job: the Monday it is due, as the guild's calendar has it.
#[derive(FromJson)]
struct Due {
    week: NaiveDate,
}

pub async fn plan(cx: Cx) -> Result<()> {
    cx.supabase.rpc::<()>("owe_weekly_leaderboards", &json!({"at": cx.now})).await?;
    Ok(())
}

/// What was posted stands in `leaderboard_posts`; between the post and that row Discord's nonce keeps it single.
pub async fn post(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let due = Due::from_json(&row.payload)
        .map_err(|error| Error::bug(format!("payload of a weekly leaderboard: {error}")))?;
    let settings = settings::load(&cx, guild).await?;
    let Some(channel) = settings.id(&WEEKLY_CHANNEL) else { return Ok(()) };
    let arguments = json!({"guild_id": guild, "week": due.week, "page_size": PAGE_SIZE});
    let Some(board) = cx.supabase.rpc::<Option<Board>>("weekly_leaderboard", &arguments).await? else {
        return Ok(());
    };
    if board.rows.is_empty() {
        return done(&cx, guild, &due, None).await;
    }
    let message = messages::weekly(cx.lang, due.week, &board).with_nonce(Nonce::of("week", guild));
    match cx.discord.create_message(channel, &message).await {
        Ok(posted) => {
            done(&cx, guild, &due, Some(posted.id)).await?;
            settings::note_problem(&cx, guild, &WEEKLY_CHANNEL, None).await
        }
        // Nothing to be had by trying again: an administrator must mend it, and the next week is posted.
        Err(error) if is_refused(&error) => {
            let problem = messages::not_posted(cx.lang);
            settings::note_problem(&cx, guild, &WEEKLY_CHANNEL, Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A missing permission, or a channel that is gone.
pub fn is_refused(error: &ServiceError) -> bool {
    matches!(error.kind, Failure::Refused { status: 403 | 404, .. })
}

async fn done(cx: &Cx, guild: Snowflake, due: &Due, message: Option<Snowflake>) -> Result<()> {
    let row: Value = json!({"guild_id": guild, "week": due.week, "message_id": message, "posted_at": cx.now});
    let ignore = crate::clients::supabase::OnConflict::Ignore("guild_id,week");
    cx.supabase.insert("leaderboard_posts", &[row], Some(ignore)).await?;
    Ok(())
}
