//! What the answer to a ping says.

use crate::lang::Lang;

/// `ms`: from Discord to the bot.
pub fn pong(lang: Lang, ms: i64) -> String {
    match lang {
        Lang::En => format!("Pong! It took {ms} ms from Discord to here."),
    }
}
