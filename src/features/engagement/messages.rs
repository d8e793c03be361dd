//! What members read about their engagement.

use relay_wire::Snowflake;
use twilight_util::builder::embed::EmbedBuilder;

use super::score::Score;
use crate::{
    discord::message::{MessageBody, colour},
    lang::Lang,
};

pub fn score(lang: Lang, member: Snowflake, own: bool, score: &Score) -> MessageBody {
    let points = points(score.points);
    let text = match lang {
        Lang::En if score.messages + score.reactions == 0 && own => {
            "You have no points yet. Write a message or react to one, and they begin.".to_owned()
        }
        Lang::En if score.messages + score.reactions == 0 => format!("<@{member}> has no points yet."),
        Lang::En => {
            let whose = if own { "You have".to_owned() } else { format!("<@{member}> has") };
            format!(
                "{whose} **{points} {}** from {} and {}.",
                if points == "1" { "point" } else { "points" },
                counted(score.messages, "message"),
                counted(score.reactions, "reaction"),
            )
        }
    };
    MessageBody::embed(EmbedBuilder::new().description(text).color(colour::INFO).build())
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// At most two decimals, none that say nothing.
fn points(points: f64) -> String {
    format!("{points:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(own: bool, points: f64, messages: u64, reactions: u64) -> String {
        score(Lang::En, Snowflake(7), own, &Score { points, messages, reactions }).embeds.remove(0).description.unwrap()
    }

    #[test]
    fn a_score_says_what_it_is_made_of() {
        assert_eq!(said(true, 3.5, 3, 1), "You have **3.5 points** from 3 messages and 1 reaction.");
        assert_eq!(said(false, 1.0, 1, 0), "<@7> has **1 point** from 1 message and 0 reactions.");
        assert_eq!(said(true, 100.0, 100, 0), "You have **100 points** from 100 messages and 0 reactions.");
    }

    #[test]
    fn who_has_none_is_told_how_to_begin() {
        assert_eq!(said(true, 0.0, 0, 0), "You have no points yet. Write a message or react to one, and they begin.");
        assert_eq!(said(false, 0.0, 0, 0), "<@7> has no points yet.");
    }
}
