//! `/resources`: where to find help, for who asks and nobody else. It asks no service, so that it works when all else is down.

use twilight_model::application::command::{Command as Definition, CommandType};
use twilight_util::builder::command::{CommandBuilder, StringBuilder};

use crate::{
    care::{
        referrals,
        resources::{COUNTRIES, card, country_of_locale},
    },
    context::Cx,
    discord::{interaction::Interaction, message::MessageBody},
    error::Result,
    reply::{Answer, Reply},
};

use super::messages::doors;

pub fn definition() -> Definition {
    let country = StringBuilder::new("country", "Where you are, if not where your language says")
        .choices(COUNTRIES.iter().map(|(code, name, _)| (*name, *code)));
    CommandBuilder::new(
        "resources",
        "Helplines for when it is hard; nobody sees that you asked",
        CommandType::ChatInput,
    )
    .option(country)
    .build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let country = call.input.text("country").or_else(|| country_of_locale(&call.locale));
    referrals::count(&cx, call.guild_id, "resources");
    let body = MessageBody::embed(card(cx.lang, country, cx.now, &cx.config));
    Ok(Answer::Message(Reply::private(MessageBody { content: doors::only_you_see_this(cx.lang).to_owned(), ..body })))
}
