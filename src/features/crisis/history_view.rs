//! What is kept of a member, as the team sees it from an alert: links first, the words behind a further press that is noted.

use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;

use super::{
    buttons::{about, note_place},
    messages::history_view::{Note, list, texts as texts_of},
    screen::screen,
    state,
    team::require_team,
};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    error::Result,
    person::note_access,
    reply::{Answer, Reply},
};

/// Entries of one page: with their words they fit into one message.
const SHOWN: u32 = 10;
const MAX_NOTES: usize = 5;

pub async fn pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    Ok(Answer::Later {
        ephemeral: true,
        work: Box::pin(async move {
            let alert = about(&cx, &call, &id).await?;
            let entries = state::history(&cx, alert.guild_id, alert.member_id, SHOWN).await?;
            let is_kept = cx.config.state_keys.is_some();
            Ok(Reply::private(list(cx.lang, alert.guild_id, alert.member_id, &entries, is_kept)?))
        }),
    })
}

/// The words, and what the team wrote about earlier alerts.
pub async fn texts(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let (guild, member) = (call.guild()?, id.argument(0, cx.lang)?);
    Ok(Answer::Later {
        ephemeral: true,
        work: Box::pin(async move {
            note_access(&cx, guild, member, call.user_id, "opened the messages that crisis care keeps of them").await?;
            let mut entries = state::history(&cx, guild, member, SHOWN).await?;
            // Details of a method are read where they stand, by whoever has to.
            for entry in &mut entries {
                if screen(&entry.text)
                    .factors
                    .iter()
                    .any(|factor| factor.contains("means") || factor.contains("method"))
                {
                    entry.text.clear();
                }
            }
            let notes = notes(&cx, guild, member).await?;
            Ok(Reply::private(texts_of(cx.lang, guild, member, &entries, &notes)))
        }),
    })
}

async fn notes(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Vec<Note>> {
    let Some(seal) = &cx.config.state_keys else { return Ok(vec![]) };
    let arguments = json!({"guild_id": guild, "member_id": member, "max_rows": MAX_NOTES});
    let rows: Vec<Value> = cx.supabase.rpc("crisis_notes_about", &arguments).await?;
    let place = note_place(guild);
    let opened = rows.iter().filter_map(|row| {
        let text = |field: &str| row.get(field).and_then(Value::as_str);
        Some(Note {
            by: text("by").and_then(|id| id.parse().ok()),
            at: text("at")?.parse().ok()?,
            text: seal.open(&place, text("sealed")?)?,
        })
    });
    Ok(opened.collect())
}
