//! `/crisis cooldown`: how long further messages about a member are only counted, and how to end that.

use chrono::TimeDelta;
use from_json::json;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{SubCommandBuilder, SubCommandGroupBuilder, UserBuilder};

use super::{messages, settings::COOLDOWN, state, team::require_team, userhistory::user};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::Result,
    reply::{Answer, Reply},
};

pub fn group() -> CommandOption {
    let sub = |name: &str, about: &str| {
        SubCommandBuilder::new(name, about).option(UserBuilder::new("user", "About whom").required(true))
    };
    SubCommandGroupBuilder::new("cooldown", "After an alert, further messages are only counted for a while")
        .subcommands([
            sub("show", "Whether findings about a member are only counted right now"),
            sub("clear", "Tell the team of the next finding at once"),
        ])
        .build()
}

pub async fn show(cx: Cx, call: Interaction) -> Result<Answer> {
    let chosen = require_team(&cx, &call).await?;
    let (guild, member) = (call.guild()?, user(&cx, &call)?);
    let last = state::cooldown(&cx, guild, member).await?;
    let span = TimeDelta::seconds(chosen.number(&COOLDOWN) as i64);
    let last = last.map(|(severity, at)| (severity, at, at + span)).filter(|(_, _, until)| *until > cx.now);
    Ok(Answer::Message(Reply::private(messages::history::cooldown(cx.lang, member, last))))
}

pub async fn clear(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let (guild, member) = (call.guild()?, user(&cx, &call)?);
    state::clear_cooldown(&cx, guild, member).await?;
    let line = json!({"guild_id": guild, "member_id": member, "actor_id": call.user_id});
    cx.log("info", "cooldown_cleared", line);
    Ok(Answer::Message(Reply::private(messages::history::cooldown(cx.lang, member, None))))
}
