//! `/ticket` and its sub-commands, one line each.

use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, SubCommandBuilder};

use super::{archive, check, close, intelligence, life, members, messages, open, staff, stats};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    features::{Answering, Registered, registered},
    reply::Answer,
};

/// One of `/ticket …`.
struct Sub {
    /// As in the definition; a test holds them together.
    name: &'static str,
    definition: Registered<SubCommandBuilder>,
    run: fn(Cx, Interaction) -> Answering,
}

const SUBS: &[Sub] = &[
    Sub {
        name: "panel",
        definition: registered(open::panel_definition),
        run: |cx, call| Box::pin(open::panel(cx, call)),
    },
    Sub {
        name: "summary",
        definition: registered(intelligence::summary_definition),
        run: |cx, call| Box::pin(intelligence::summary(cx, call)),
    },
    Sub {
        name: "claim",
        definition: registered(life::claim_definition),
        run: |cx, call| Box::pin(life::claim(cx, call)),
    },
    Sub { name: "check", definition: registered(check::definition), run: |cx, call| Box::pin(check::check(cx, call)) },
    Sub { name: "stats", definition: registered(stats::definition), run: |cx, call| Box::pin(stats::stats(cx, call)) },
    Sub {
        name: "release",
        definition: registered(life::release_definition),
        run: |cx, call| Box::pin(life::release(cx, call)),
    },
    Sub {
        name: "transfer",
        definition: registered(life::transfer_definition),
        run: |cx, call| Box::pin(life::transfer(cx, call)),
    },
    Sub {
        name: "priority",
        definition: registered(life::priority_definition),
        run: |cx, call| Box::pin(life::priority(cx, call)),
    },
    Sub {
        name: "rename",
        definition: registered(life::rename_definition),
        run: |cx, call| Box::pin(life::rename(cx, call)),
    },
    Sub {
        name: "move",
        definition: registered(life::move_definition),
        run: |cx, call| Box::pin(life::to_category(cx, call)),
    },
    Sub {
        name: "add",
        definition: registered(members::add_definition),
        run: |cx, call| Box::pin(members::add(cx, call)),
    },
    Sub {
        name: "remove",
        definition: registered(members::remove_definition),
        run: |cx, call| Box::pin(members::remove(cx, call)),
    },
    Sub {
        name: "request-close",
        definition: registered(close::request_definition),
        run: |cx, call| Box::pin(close::request(cx, call)),
    },
    Sub {
        name: "reopen",
        definition: registered(close::reopen_definition),
        run: |cx, call| Box::pin(close::reopen(cx, call)),
    },
    Sub {
        name: "list",
        definition: registered(staff::list_definition),
        run: |cx, call| Box::pin(staff::list(cx, call)),
    },
    Sub {
        name: "note",
        definition: registered(staff::note_definition),
        run: |cx, call| Box::pin(staff::note(cx, call)),
    },
    Sub {
        name: "block",
        definition: registered(staff::block_definition),
        run: |cx, call| Box::pin(staff::block(cx, call)),
    },
    Sub {
        name: "unblock",
        definition: registered(staff::unblock_definition),
        run: |cx, call| Box::pin(staff::unblock(cx, call)),
    },
    Sub {
        name: "transcript",
        definition: registered(archive::transcript_definition),
        run: |cx, call| Box::pin(archive::transcript_asked(cx, call)),
    },
];

pub fn definition() -> Definition {
    let command = CommandBuilder::new(
        "ticket",
        "Tickets: conversations between one member and the staff",
        CommandType::ChatInput,
    )
    .contexts([InteractionContextType::Guild]);
    let definitions = SUBS.iter().filter_map(|sub| sub.definition);
    definitions.fold(command, |command, definition| command.option(definition())).build()
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
            assert_eq!(sub.definition.unwrap()().build().name, sub.name);
        }
    }
}
