//! What administrators do for others: delete for who cannot use the bot, and delay the deletion of evidence.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::{erase, messages};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    person::note_access,
    reply::{Answer, Reply},
};

pub const CONFIRM: &str = "privacy.admin_delete";

fn allowed(call: &Interaction) -> Result<Snowflake> {
    let guild = call.guild()?;
    call.require(Permissions::ADMINISTRATOR, "Administrator")?;
    Ok(guild)
}

fn user(cx: &Cx, call: &Interaction) -> Result<Snowflake> {
    call.input.id("user").ok_or_else(|| Error::user(messages::who(cx.lang)))
}

pub fn ask_delete(cx: &Cx, call: &Interaction) -> Result<Answer> {
    allowed(call)?;
    let subject = user(cx, call)?;
    Ok(Answer::Message(Reply::private(messages::ask_admin_delete(cx.lang, subject)?)))
}

pub async fn delete_confirmed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = allowed(&call)?;
    let subject: Snowflake = id.argument(0, cx.lang)?;
    note_access(&cx, guild, subject, call.user_id, "asked for their data to be deleted").await?;
    let requested = erase::request(&cx, &[guild], subject, "admin_delete", call.user_id).await?;
    Ok(Answer::Update(Reply::private(messages::admin_deleting(
        cx.lang,
        subject,
        &requested,
        cx.now.timestamp_millis(),
    ))))
}

pub async fn hold(cx: &Cx, call: &Interaction) -> Result<Reply> {
    let guild = allowed(call)?;
    let subject = user(cx, call)?;
    let days = call.input.integer("days").unwrap_or_default().clamp(0, 90);
    let reason = call.input.text("reason").unwrap_or_default().replace('\0', "");
    let reason: String = reason.trim().chars().take(500).collect();
    if reason.is_empty() {
        return Err(Error::user(messages::why(cx.lang)));
    }
    let until = cx.now + TimeDelta::days(days);
    let arguments = json!({
        "guild_id": guild, "subject_id": subject, "placed_by": call.user_id, "reason": reason, "expires_at": until,
        "at": cx.now,
    });
    let what = if days > 0 { "placed a hold on a deletion" } else { "ended a hold on a deletion" };
    note_access(cx, guild, subject, call.user_id, what).await?;
    cx.supabase.rpc::<()>("place_hold", &arguments).await?;
    cx.log(
        "info",
        "hold_placed",
        json!({"guild_id": guild, "subject_id": subject, "actor_id": call.user_id, "days": days}),
    );
    Ok(Reply::private(messages::held(cx.lang, subject, (days > 0).then(|| until.timestamp()))))
}
