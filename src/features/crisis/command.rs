//! `/ash` and `/crisis`: their sub-commands are lines of two lists.

use twilight_model::application::{
    command::{Command as Definition, CommandOption, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::CommandBuilder;

use super::{
    super::Answering, consent, cooldown, drill, duty, human, sensitivity, snooze, stats, tuning, userhistory, webhook,
};
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
const ASH: &[Sub] = &[
    Sub { name: "ash alerts off", run: |cx, call| Box::pin(duty::alerts_off(cx, call)) },
    Sub { name: "ash alerts on", run: |cx, call| Box::pin(duty::alerts_on(cx, call)) },
    Sub { name: "ash available", run: |cx, call| Box::pin(duty::available(cx, call)) },
    Sub { name: "ash away", run: |cx, call| Box::pin(duty::away(cx, call)) },
    Sub { name: "ash drill", run: |cx, call| Box::pin(drill::command(cx, call)) },
    Sub { name: "ash human", run: |cx, call| Box::pin(human::command(cx, call)) },
    Sub { name: "ash optin", run: |cx, call| Box::pin(consent::opt_in(cx, call)) },
    Sub { name: "ash optout", run: |cx, call| Box::pin(consent::opt_out(cx, call)) },
    Sub { name: "ash stats", run: |cx, call| Box::pin(stats::run(cx, call)) },
    Sub { name: "ash status", run: |cx, call| Box::pin(consent::status(cx, call)) },
];
const ASH_OPTIONS: &[fn() -> CommandOption] = &[
    duty::alerts_option,
    duty::available_option,
    duty::away_option,
    consent::opt_in_option,
    consent::opt_out_option,
    consent::status_option,
    stats::option,
    drill::option,
    human::option,
];

/// For the team; each asks for itself again.
const CRISIS: &[Sub] = &[
    Sub { name: "crisis cooldown clear", run: |cx, call| Box::pin(cooldown::clear(cx, call)) },
    Sub { name: "crisis cooldown show", run: |cx, call| Box::pin(cooldown::show(cx, call)) },
    Sub { name: "crisis history clear", run: |cx, call| Box::pin(userhistory::ask_clear(cx, call)) },
    Sub { name: "crisis sensitivity", run: |cx, call| Box::pin(sensitivity::run(cx, call)) },
    Sub { name: "crisis snooze clear", run: |cx, call| Box::pin(snooze::clear(cx, call)) },
    Sub { name: "crisis tuning", run: |cx, call| Box::pin(tuning::run(cx, call)) },
    Sub { name: "crisis webhook", run: |cx, call| Box::pin(webhook::choose(cx, call)) },
];
const CRISIS_OPTIONS: &[fn() -> CommandOption] =
    &[sensitivity::option, snooze::definition, cooldown::group, userhistory::group, tuning::option, webhook::option];

pub fn ash_definition() -> Definition {
    // What members decide about themselves, they decide in direct messages as well.
    let contexts = [InteractionContextType::Guild, InteractionContextType::BotDm];
    define("ash", "Ash and the crisis response team", &contexts, ASH_OPTIONS)
}

pub fn crisis_definition() -> Definition {
    define("crisis", "For the crisis response team", &[InteractionContextType::Guild], CRISIS_OPTIONS)
}

fn define(
    name: &str,
    description: &str,
    contexts: &[InteractionContextType],
    options: &[fn() -> CommandOption],
) -> Definition {
    let builder = CommandBuilder::new(name, description, CommandType::ChatInput).contexts(contexts.iter().copied());
    options.iter().fold(builder, |builder, option| builder.option(option())).build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let sub = ASH.iter().chain(CRISIS).find(|sub| sub.name == call.input.command);
    let sub = sub.ok_or_else(|| Error::bug(format!("no sub-command {}", call.input.command)))?;
    (sub.run)(cx, call).await
}
