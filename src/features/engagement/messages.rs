//! What members read about their engagement.

use chrono::{NaiveDate, TimeDelta};
use relay_wire::Snowflake;
use twilight_model::channel::message::{Component, component::ButtonStyle};
use twilight_util::builder::{
    embed::{EmbedBuilder, EmbedFooterBuilder},
    message::{ActionRowBuilder, ButtonBuilder},
};

use super::{
    leaderboard::{Board, Period, page_id},
    score::Score,
};
use crate::{
    discord::message::{MessageBody, colour},
    error::Result,
    lang::Lang,
};

pub fn score(lang: Lang, member: Snowflake, own: bool, score: &Score) -> MessageBody {
    let text = match lang {
        Lang::En if score.opted_out && own => {
            "You chose not to be counted, so there is no score. With `/privacy` you can be counted again.".to_owned()
        }
        Lang::En if score.opted_out => format!("<@{member}> is not counted."),
        Lang::En if score.messages + score.reactions == 0 && own => {
            "You have no points yet. Write a message or react to one, and they begin.".to_owned()
        }
        Lang::En if score.messages + score.reactions == 0 => format!("<@{member}> has no points yet."),
        Lang::En => {
            let whose = if own { "You have".to_owned() } else { format!("<@{member}> has") };
            format!(
                "{whose} **{}** from {} and {}.",
                of_points(score.points),
                counted(score.messages, "message"),
                counted(score.reactions, "reaction"),
            )
        }
    };
    MessageBody::embed(EmbedBuilder::new().description(text).color(colour::INFO).build())
}

/// A page of the leaderboard, with the place of the one who asks and buttons to turn pages.
pub fn leaderboard(lang: Lang, period: Period, board: &Board) -> Result<MessageBody> {
    let title = match (lang, period) {
        (Lang::En, Period::Week) => "Leaderboard: the last 7 days",
        (Lang::En, Period::Month) => "Leaderboard: the last 30 days",
        (Lang::En, Period::All) => "Leaderboard: all time",
    };
    let own = match (lang, &board.own) {
        (Lang::En, _) if board.opted_out => {
            "You chose not to be counted. With `/privacy` you can be counted again.".to_owned()
        }
        (Lang::En, Some(own)) => format!("You are number **{}** with {}.", own.place, of_points(own.points)),
        (Lang::En, None) => "You have no points in this time.".to_owned(),
    };
    let text = match lang {
        Lang::En if board.rows.is_empty() => format!("Nobody has points in this time yet.\n\n{own}"),
        Lang::En => format!("{}\n\n{own}", places(board)),
    };
    let footer = match lang {
        Lang::En => format!("Page {} of {}", board.page, board.pages),
    };
    let embed = EmbedBuilder::new().title(title).description(text).color(colour::INFO);
    let embed = embed.footer(EmbedFooterBuilder::new(footer)).build();
    let mut body = MessageBody::embed(embed);
    if board.pages > 1 {
        let button = |label: &str, page: u32, off: bool| -> Result<_> {
            let id = page_id(period, page)?;
            Ok(ButtonBuilder::new(ButtonStyle::Secondary).label(label).custom_id(id).disabled(off).build())
        };
        let (back, on) = match lang {
            Lang::En => ("Back", "Next"),
        };
        let row = ActionRowBuilder::new()
            .component(button(back, board.page.saturating_sub(1), board.page <= 1)?)
            .component(button(on, board.page.saturating_add(1), board.page >= board.pages)?)
            .build();
        body.components = vec![Component::ActionRow(row)];
    }
    Ok(body)
}

/// For everybody; `monday` is the day it is posted.
pub fn weekly(lang: Lang, monday: NaiveDate, board: &Board) -> MessageBody {
    let (first, last) = (monday - TimeDelta::days(7), monday - TimeDelta::days(1));
    let (title, footer) = match lang {
        Lang::En => (
            format!("Most active: {} to {}", first.format("%-d %B"), last.format("%-d %B")),
            format!("{} took part. Your own place: /leaderboard", counted(board.members, "member")),
        ),
    };
    let embed = EmbedBuilder::new().title(title).description(places(board)).color(colour::INFO);
    MessageBody::embed(embed.footer(EmbedFooterBuilder::new(footer)).build())
}

/// Shown beside the setting.
pub fn not_posted(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "I could not post there. Please let me see the channel, send messages and embed links in it.",
    }
}

pub fn role_out_of_reach(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "I may not give this role. I need Manage Roles, and my own role must stand above it.",
    }
}

pub fn role_gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This role is gone. Please choose another one.",
    }
}

/// Mentions in an embed ping nobody.
fn places(board: &Board) -> String {
    let rows = board.rows.iter();
    let lines = rows.map(|row| format!("**{}.** <@{}> · {}", row.place, row.user_id, of_points(row.points)));
    lines.collect::<Vec<_>>().join("\n")
}

fn of_points(number: f64) -> String {
    let points = points(number);
    format!("{points} {}", if points == "1" { "point" } else { "points" })
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
        score(Lang::En, Snowflake(7), own, &Score { points, messages, reactions, opted_out: false })
            .embeds
            .remove(0)
            .description
            .unwrap()
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
