//! `/ash` and `/crisis`: their sub-commands are lines of two lists.

use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::CommandBuilder;

use super::{
    super::{Sub, registered},
    consent, cooldown, drill, duty, human, sensitivity, snooze, stats, tuning, userhistory, webhook,
};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    features,
    reply::Answer,
};

/// For everybody; each asks for itself who may use it.
const ASH: &[Sub] = &[
    Sub { name: "ash alerts off", option: None, run: |cx, call| Box::pin(duty::alerts_off(cx, call)) },
    Sub {
        name: "ash alerts on",
        option: registered(duty::alerts_option),
        run: |cx, call| Box::pin(duty::alerts_on(cx, call)),
    },
    Sub {
        name: "ash available",
        option: registered(duty::available_option),
        run: |cx, call| Box::pin(duty::available(cx, call)),
    },
    Sub { name: "ash away", option: registered(duty::away_option), run: |cx, call| Box::pin(duty::away(cx, call)) },
    Sub { name: "ash drill", option: registered(drill::option), run: |cx, call| Box::pin(drill::command(cx, call)) },
    Sub { name: "ash human", option: registered(human::option), run: |cx, call| Box::pin(human::command(cx, call)) },
    Sub {
        name: "ash optin",
        option: registered(consent::opt_in_option),
        run: |cx, call| Box::pin(consent::opt_in(cx, call)),
    },
    Sub {
        name: "ash optout",
        option: registered(consent::opt_out_option),
        run: |cx, call| Box::pin(consent::opt_out(cx, call)),
    },
    Sub { name: "ash stats", option: registered(stats::option), run: |cx, call| Box::pin(stats::run(cx, call)) },
    Sub {
        name: "ash status",
        option: registered(consent::status_option),
        run: |cx, call| Box::pin(consent::status(cx, call)),
    },
];

/// For the team; each asks for itself again.
const CRISIS: &[Sub] = &[
    Sub { name: "crisis cooldown clear", option: None, run: |cx, call| Box::pin(cooldown::clear(cx, call)) },
    Sub {
        name: "crisis cooldown show",
        option: registered(cooldown::group),
        run: |cx, call| Box::pin(cooldown::show(cx, call)),
    },
    Sub {
        name: "crisis history clear",
        option: registered(userhistory::group),
        run: |cx, call| Box::pin(userhistory::ask_clear(cx, call)),
    },
    Sub {
        name: "crisis sensitivity",
        option: registered(sensitivity::option),
        run: |cx, call| Box::pin(sensitivity::run(cx, call)),
    },
    Sub {
        name: "crisis snooze clear",
        option: registered(snooze::definition),
        run: |cx, call| Box::pin(snooze::clear(cx, call)),
    },
    Sub { name: "crisis tuning", option: registered(tuning::option), run: |cx, call| Box::pin(tuning::run(cx, call)) },
    Sub {
        name: "crisis webhook",
        option: registered(webhook::option),
        run: |cx, call| Box::pin(webhook::choose(cx, call)),
    },
];

/// With what other rooms have there.
fn ash() -> impl Iterator<Item = &'static Sub> {
    ASH.iter().chain(features::ash_of_others())
}

pub fn ash_definition() -> Definition {
    // What members decide about themselves, they decide in direct messages as well.
    let contexts = [InteractionContextType::Guild, InteractionContextType::BotDm];
    define("ash", "Ash and the crisis response team", &contexts, ash())
}

pub fn crisis_definition() -> Definition {
    define("crisis", "For the crisis response team", &[InteractionContextType::Guild], CRISIS.iter())
}

fn define(
    name: &str,
    description: &str,
    contexts: &[InteractionContextType],
    subs: impl Iterator<Item = &'static Sub>,
) -> Definition {
    let builder = CommandBuilder::new(name, description, CommandType::ChatInput).contexts(contexts.iter().copied());
    subs.filter_map(|sub| sub.option).fold(builder, |builder, option| builder.option(option())).build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let sub = ash().chain(CRISIS).find(|sub| sub.name == call.input.command);
    let sub = sub.ok_or_else(|| Error::bug(format!("no sub-command {}", call.input.command)))?;
    (sub.run)(cx, call).await
}
