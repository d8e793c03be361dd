//! `/ticket` and its sub-commands, one line each.

use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, SubCommandBuilder};

use super::{check, life, messages, open, stats};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    features::Answering,
    reply::Answer,
};

/// One of `/ticket …`.
struct Sub {
    /// As in the definition; a test holds them together.
    name: &'static str,
    definition: fn() -> SubCommandBuilder,
    run: fn(Cx, Interaction) -> Answering,
}

const SUBS: &[Sub] = &[
    Sub { name: "panel", definition: open::panel_definition, run: |cx, call| Box::pin(open::panel(cx, call)) },
    Sub { name: "claim", definition: life::claim_definition, run: |cx, call| Box::pin(life::claim(cx, call)) },
    Sub { name: "check", definition: check::definition, run: |cx, call| Box::pin(check::check(cx, call)) },
    Sub { name: "stats", definition: stats::definition, run: |cx, call| Box::pin(stats::stats(cx, call)) },
    Sub { name: "release", definition: life::release_definition, run: |cx, call| Box::pin(life::release(cx, call)) },
];

pub fn definition() -> Definition {
    let command = CommandBuilder::new(
        "ticket",
        "Tickets: conversations between one member and the staff",
        CommandType::ChatInput,
    )
    .contexts([InteractionContextType::Guild]);
    SUBS.iter().fold(command, |command, sub| command.option((sub.definition)())).build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let name = call.input.command.split_whitespace().nth(1).unwrap_or_default();
    match SUBS.iter().find(|sub| sub.name == name) {
        Some(sub) => (sub.run)(cx, call).await,
        None => Err(Error::user(messages::unknown_command(cx.lang))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_command_is_found_by_the_name_discord_is_told() {
        for sub in SUBS {
            assert_eq!((sub.definition)().build().name, sub.name);
        }
    }
}
