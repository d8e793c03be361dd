//! What the answer to a ping says.

use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use crate::{
    discord::message::{MessageBody, colour},
    error::Service,
    lang::{Lang, fill},
};

/// `ms`: from Discord to the bot.
pub fn pong(lang: Lang, ms: i64) -> String {
    fill(
        match lang {
            Lang::En => "Pong! It took {0} ms from Discord to here.",
            Lang::De => "Pong! Von Discord bis hierher waren es {0} ms.",
        },
        &[&ms],
    )
}

/// Each service with the milliseconds its answer took; None if it did not answer as it should.
pub fn services(lang: Lang, found: &[(Service, Option<i64>)]) -> MessageBody {
    let well = found.iter().all(|(_, took)| took.is_some());
    let mut embed =
        EmbedBuilder::new().color(if well { colour::GOOD } else { colour::ERROR }).title(match (lang, well) {
            (Lang::De, true) => "Alle Dienste antworten",
            (Lang::De, false) => "Nicht alle Dienste antworten",
            (Lang::En, true) => "Every service answers",
            (Lang::En, false) => "Not every service answers",
        });
    for (service, took) in found {
        let text = match (lang, took) {
            (_, Some(ms)) => format!("{ms} ms"),
            (Lang::De, None) => "antwortet nicht richtig".to_owned(),
            (Lang::En, None) => "does not answer as it should".to_owned(),
        };
        embed = embed.field(EmbedFieldBuilder::new(service.to_string(), text).inline());
    }
    MessageBody::embed(embed.build())
}
