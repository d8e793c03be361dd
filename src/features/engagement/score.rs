//! `/score`: a member's points, summed at this moment.

use from_json::{FromJson, json};
use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, UserBuilder};

use super::messages;
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::Result,
    reply::{Answer, Reply},
};

/// What `member_score` answers.
#[derive(Debug, FromJson)]
pub struct Score {
    pub points: f64,
    pub messages: u64,
    pub reactions: u64,
    /// Not counted, by their own choice; the numbers are zero then.
    pub opted_out: bool,
}

pub fn definition() -> Definition {
    CommandBuilder::new("score", "How many points a member has gathered", CommandType::ChatInput)
        .contexts([InteractionContextType::Guild])
        .option(UserBuilder::new("member", "Whose score; yours if left out"))
        .build()
}

pub async fn score(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = call.guild()?;
    let member = call.input.id("member").unwrap_or(call.user_id);
    let score: Score = cx.supabase.rpc("member_score", &json!({"guild_id": guild, "user_id": member})).await?;
    Ok(Answer::Message(Reply::private(messages::score(cx.lang, member, member == call.user_id, &score))))
}
