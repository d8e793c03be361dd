//! `/ash` and `/crisis`: their sub-commands are lines of two lists.

use twilight_model::application::{
    command::{Command as Definition, CommandOption, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::CommandBuilder;

use super::{super::Answering, webhook};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    reply::Answer,
};

/// One sub-command.
pub struct Sub {
    /// With its command and group: `crisis cooldown show`.
    pub name: &'static str,
    pub run: fn(Cx, Interaction) -> Answering,
}

/// For everybody; each asks for itself who may use it.
const ASH: &[Sub] = &[];
const ASH_OPTIONS: &[fn() -> CommandOption] = &[];

/// For the team; each asks for itself again.
const CRISIS: &[Sub] = &[Sub { name: "crisis webhook", run: |cx, call| Box::pin(webhook::choose(cx, call)) }];
const CRISIS_OPTIONS: &[fn() -> CommandOption] = &[webhook::option];

pub fn ash_definition() -> Definition {
    define("ash", "Ash and the crisis response team", ASH_OPTIONS)
}

pub fn crisis_definition() -> Definition {
    define("crisis", "For the crisis response team", CRISIS_OPTIONS)
}

fn define(name: &str, description: &str, options: &[fn() -> CommandOption]) -> Definition {
    let builder =
        CommandBuilder::new(name, description, CommandType::ChatInput).contexts([InteractionContextType::Guild]);
    options.iter().fold(builder, |builder, option| builder.option(option())).build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let sub = ASH.iter().chain(CRISIS).find(|sub| sub.name == call.input.command);
    let sub = sub.ok_or_else(|| Error::bug(format!("no sub-command {}", call.input.command)))?;
    (sub.run)(cx, call).await
}
