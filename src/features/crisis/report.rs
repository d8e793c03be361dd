//! The weekly report of the team: planned each hour for every live guild that chose a channel, posted once on Monday at 9:00 there.

use chrono::NaiveDate;
use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;

use super::{
    messages,
    settings::{REPORT_CHANNEL, STAGE},
};
use crate::{
    clients::supabase::OnConflict,
    context::Cx,
    discord::message::Nonce,
    error::{Error, Result},
    jobs::JobRow,
    lang::Lang,
    settings,
};

/// `owe_crisis_reports` owes this kind in SQL.
pub const KIND: &str = "crisis.report";

pub async fn plan(cx: Cx) -> Result<()> {
    cx.supabase.rpc::<()>("owe_crisis_reports", &json!({"at": cx.now})).await?;
    Ok(())
}

/// What was posted stands in `crisis_reports`. Between the post and that row Discord's nonce keeps it single for some minutes,
/// later a look into the channel. A report that was due while nothing ran is posted late, about the same seven days.
pub async fn post(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let week = row.payload.get("week").and_then(Value::as_str).and_then(from_json::date);
    let week = week.ok_or_else(|| Error::bug("a weekly report of crisis care without its week"))?;
    let settings = settings::load(&cx, guild).await?;
    let channel = settings.id(&REPORT_CHANNEL).filter(|_| settings.text(&STAGE) == "live");
    let Some(channel) = channel else { return done(&cx, guild, week, None).await };
    let asked = json!({"guild_id": guild, "week": week});
    let Some(summary) = cx.supabase.rpc::<Option<Value>>("crisis_report", &asked).await? else { return Ok(()) };
    let lang = Lang::default();
    let title = messages::figures::week(lang, week);
    if row.attempts > 1
        && let Some(posted) = standing(&cx, channel, &title).await?
    {
        return done(&cx, guild, week, Some(posted)).await;
    }
    let message = messages::figures::figures(lang, title, &summary).with_nonce(Nonce::of("cwr", guild));
    match cx.discord.create_message(channel, &message).await {
        Ok(posted) => {
            done(&cx, guild, week, Some(posted.id)).await?;
            settings::note_problem(&cx, guild, &REPORT_CHANNEL, None).await
        }
        // Nothing to be had by trying again: an administrator must mend it, and the next week is posted.
        Err(error) if error.is_refused() => {
            let problem = messages::figures::not_posted(lang);
            settings::note_problem(&cx, guild, &REPORT_CHANNEL, Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The report with this title, if it stands among the last messages of the channel.
async fn standing(cx: &Cx, channel: Snowflake, title: &str) -> Result<Option<Snowflake>> {
    let path = format!("/channels/{channel}/messages?limit=100");
    let page: Vec<Value> = match cx.discord.call(reqwest::Method::GET, path).answer().await {
        Ok(page) => page,
        // Where the history cannot be read, a second report is better than none.
        Err(error) if error.is_refused() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let is_ours = |one: &&Value| one.pointer("/embeds/0/title").and_then(Value::as_str) == Some(title);
    let id = page.iter().find(is_ours).and_then(|one| one.get("id")).and_then(Value::as_str);
    Ok(id.and_then(|id| id.parse().ok()))
}

async fn done(cx: &Cx, guild: Snowflake, week: NaiveDate, message: Option<Snowflake>) -> Result<()> {
    let row = json!({"guild_id": guild, "week": week, "message_id": message, "posted_at": cx.now});
    cx.supabase.insert("crisis_reports", &[row], Some(OnConflict::Ignore("guild_id,week"))).await?;
    Ok(())
}
