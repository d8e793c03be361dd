//! `/ai usage`: the month so far by purpose and model, against the budget.

use from_json::json;
use twilight_model::{
    application::{
        command::{Command as Definition, CommandType},
        interaction::InteractionContextType,
    },
    guild::Permissions,
};
use twilight_util::builder::command::{CommandBuilder, SubCommandBuilder};

use super::messages;
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::Result,
    reply::{Answer, Reply},
};

pub fn definition() -> Definition {
    CommandBuilder::new("ai", "What AI does here and what it costs", CommandType::ChatInput)
        .default_member_permissions(Permissions::MANAGE_GUILD)
        .contexts([InteractionContextType::Guild])
        .option(SubCommandBuilder::new("usage", "This month by purpose and model, against the budget"))
        .build()
}

pub async fn usage(cx: Cx, call: Interaction) -> Result<Answer> {
    call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
    let usage = cx.supabase.rpc("ai_usage", &json!({"guild": call.guild()?, "at": cx.now})).await?;
    Ok(Answer::Message(Reply::private(messages::usage(cx.lang, &usage))))
}
