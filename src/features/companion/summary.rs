//! After a talk: its summary in the notes channel, once and without a word of it; and how long talks are kept.

use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{
    after_messages as messages,
    settings::KEPT_DAYS,
    store::{OpenedBy, Place},
};
use crate::{
    care::Severity,
    context::Cx,
    discord::message::Nonce,
    error::{Error, Result},
    features,
    jobs::JobRow,
    settings::{Kind, note_trouble},
};

/// A trigger on `ash_sessions` owes it; its key is the session's id.
pub const SUMMARY: &str = "companion.summary";
/// Of crisis care: whose trouble it is if nothing can be posted.
const NOTES_CHANNEL: &str = "crisis.notes_channel";
/// Talks that one call deletes.
const MAX_PRUNED: usize = 1_000;
const MAX_PORTIONS: usize = 10;

/// As `ash_summary` answers it.
#[derive(FromJson)]
pub struct Summary {
    pub member_id: Snowflake,
    pub opened_by: OpenedBy,
    pub actor_id: Option<Snowflake>,
    pub place: Option<Place>,
    pub end_reason: Option<String>,
    pub minutes: i64,
    pub severities: Vec<Severity>,
    pub earlier_alerts: u32,
    pub message_count: u32,
    pub reply_count: u32,
    pub refusals: u32,
    pub failures: u32,
    pub replaced: u32,
    pub asked_for_human: bool,
    pub human_came: bool,
    /// None as well if they were erased since.
    pub human_id: Option<Snowflake>,
    pub notes: u32,
}

pub async fn post(cx: Cx, row: JobRow) -> Result<()> {
    let id: i64 = row.key.parse().map_err(|_| Error::bug("a summary without its talk"))?;
    let summary: Option<Summary> = cx.supabase.rpc("ash_summary", &json!({"session_id": id})).await?;
    // Posted before, or erased.
    let Some(summary) = summary else { return Ok(()) };
    if let Some(channel) = features::team(&cx, row.guild_id).await.notes_channel {
        let body = messages::summary(cx.lang, &summary).with_nonce(Nonce::of("asu", Snowflake(id as u64)));
        match cx.discord.create_message(channel, &body).await {
            Ok(_) => note_trouble(&cx, row.guild_id, NOTES_CHANNEL, None).await?,
            // Nothing to be had by trying again: an administrator must mend it.
            Err(error) if error.is_refused() => {
                note_trouble(&cx, row.guild_id, NOTES_CHANNEL, Some(messages::not_posted(cx.lang))).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(cx.supabase.rpc("ash_summed_up", &json!({"session_id": id, "at": cx.now})).await?)
}

/// Deletes talks that are older than their guild keeps them; the words went a day after the talk.
pub async fn prune(cx: Cx) -> Result<()> {
    let Kind::Number { default, .. } = KEPT_DAYS.kind else { return Ok(()) };
    let asked = json!({"default_days": default as i64, "max_rows": MAX_PRUNED, "at": cx.now});
    for _ in 0..MAX_PORTIONS {
        if cx.supabase.rpc::<usize>("prune_ash_sessions", &asked).await? < MAX_PRUNED {
            break;
        }
    }
    Ok(())
}
