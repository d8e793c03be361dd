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
    lang::{Lang, fill},
};

pub fn score(lang: Lang, member: Snowflake, own: bool, score: &Score) -> MessageBody {
    let has_none = score.messages + score.reactions == 0;
    let text = match (lang, own) {
        (Lang::En, true) if score.opted_out => {
            "You chose not to be counted, so there is no score. With `/privacy` you can be counted again."
        }
        (Lang::De, true) if score.opted_out => {
            "Du wirst nicht gezählt, wie du es wolltest; darum gibt es keine Punkte. Mit `/privacy` änderst du das."
        }
        (Lang::En, false) if score.opted_out => "<@{0}> is not counted.",
        (Lang::De, false) if score.opted_out => "<@{0}> wird nicht gezählt.",
        (Lang::En, true) if has_none => "You have no points yet. Write a message or react to one, and they begin.",
        (Lang::De, true) if has_none => {
            "Du hast noch keine Punkte. Schreib eine Nachricht oder reagier auf eine, dann geht es los."
        }
        (Lang::En, false) if has_none => "<@{0}> has no points yet.",
        (Lang::De, false) if has_none => "<@{0}> hat noch keine Punkte.",
        (Lang::En, true) => "You have **{1}** from {2} and {3}.",
        (Lang::De, true) => "Du hast **{1}** (Nachrichten: {2}, Reaktionen: {3}).",
        (Lang::En, false) => "<@{0}> has **{1}** from {2} and {3}.",
        (Lang::De, false) => "<@{0}> hat **{1}** (Nachrichten: {2}, Reaktionen: {3}).",
    };
    let points = of_points(lang, score.points);
    let [messages, reactions] = [counted(lang, score.messages, "message"), counted(lang, score.reactions, "reaction")];
    let text = fill(text, &[&member, &points, &messages, &reactions]);
    MessageBody::embed(EmbedBuilder::new().description(text).color(colour::INFO).build())
}

/// A page of the leaderboard, with the place of the one who asks and buttons to turn pages.
pub fn leaderboard(lang: Lang, period: Period, board: &Board) -> Result<MessageBody> {
    let title = match (lang, period) {
        (Lang::En, Period::Week) => "Leaderboard: the last 7 days",
        (Lang::De, Period::Week) => "Rangliste: die letzten 7 Tage",
        (Lang::En, Period::Month) => "Leaderboard: the last 30 days",
        (Lang::De, Period::Month) => "Rangliste: die letzten 30 Tage",
        (Lang::En, Period::All) => "Leaderboard: all time",
        (Lang::De, Period::All) => "Rangliste: seit Beginn",
    };
    let own = match (lang, &board.own) {
        (Lang::En, _) if board.opted_out => "You chose not to be counted. With `/privacy` you can be counted again.",
        (Lang::De, _) if board.opted_out => {
            "Du wirst nicht gezählt, wie du es wolltest. Mit `/privacy` änderst du das."
        }
        (Lang::En, Some(_)) => "You are number **{0}** with {1}.",
        (Lang::De, Some(_)) => "Du bist auf Platz **{0}** mit {1}.",
        (Lang::En, None) => "You have no points in this time.",
        (Lang::De, None) => "Du hast in dieser Zeit keine Punkte.",
    };
    let (place, points) = board.own.as_ref().map_or((0, 0.0), |own| (own.place, own.points));
    let own = fill(own, &[&place, &of_points(lang, points)]);
    let places = match lang {
        Lang::En if board.rows.is_empty() => "Nobody has points in this time yet.".to_owned(),
        Lang::De if board.rows.is_empty() => "In dieser Zeit hat noch niemand Punkte.".to_owned(),
        _ => places(lang, board),
    };
    let text = format!("{places}\n\n{own}");
    let (page, of, back, on) = match lang {
        Lang::En => ("Page", "of", "Back", "Next"),
        Lang::De => ("Seite", "von", "Zurück", "Weiter"),
    };
    let footer = format!("{page} {} {of} {}", board.page, board.pages);
    let embed = EmbedBuilder::new().title(title).description(text).color(colour::INFO);
    let embed = embed.footer(EmbedFooterBuilder::new(footer)).build();
    let mut body = MessageBody::embed(embed);
    if board.pages > 1 {
        let button = |label: &str, page: u32, off: bool| -> Result<_> {
            let id = page_id(period, page)?;
            Ok(ButtonBuilder::new(ButtonStyle::Secondary).label(label).custom_id(id).disabled(off).build())
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
        Lang::En => ("Most active: {0} to {1}", "{0} took part. Your own place: /leaderboard"),
        Lang::De => ("Am aktivsten: {0} bis {1}", "Dabei waren {0}. Dein eigener Platz: /leaderboard"),
    };
    let title = fill(title, &[&lang.day(first), &lang.day(last)]);
    let footer = fill(footer, &[&counted(lang, board.members, "member")]);
    let embed = EmbedBuilder::new().title(title).description(places(lang, board)).color(colour::INFO);
    MessageBody::embed(embed.footer(EmbedFooterBuilder::new(footer)).build())
}

/// Shown beside the setting.
pub fn not_posted(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I could not post there. Please let me see the channel, send messages and embed links in it."
        }
    }
}

pub fn role_out_of_reach(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "I may not give this role. I need Manage Roles, and my own role must stand above it.",
    }
}

pub fn role_gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This role is gone. Please choose another one.",
    }
}

/// Mentions in an embed ping nobody.
fn places(lang: Lang, board: &Board) -> String {
    let rows = board.rows.iter();
    let lines = rows.map(|row| format!("**{}.** <@{}> · {}", row.place, row.user_id, of_points(lang, row.points)));
    lines.collect::<Vec<_>>().join("\n")
}

/// In German as a number alone has it, so that nothing has to bend to it.
fn of_points(lang: Lang, number: f64) -> String {
    let points = points(number);
    if lang == Lang::De {
        return format!("{} P.", points.replace('.', ","));
    }
    format!("{points} {}", if points == "1" { "point" } else { "points" })
}

/// In German the text says of what.
fn counted(lang: Lang, number: u64, what: &str) -> String {
    if lang == Lang::De {
        return number.to_string();
    }
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
        said_in(Lang::En, own, points, messages, reactions)
    }

    fn said_in(lang: Lang, own: bool, points: f64, messages: u64, reactions: u64) -> String {
        score(lang, Snowflake(7), own, &Score { points, messages, reactions, opted_out: false })
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
    fn in_german_a_comma_stands_before_the_decimals() {
        assert_eq!(said_in(Lang::De, true, 3.5, 1, 5), "Du hast **3,5 P.** (Nachrichten: 1, Reaktionen: 5).");
        assert_eq!(said_in(Lang::De, false, 1.0, 1, 0), "<@7> hat **1 P.** (Nachrichten: 1, Reaktionen: 0).");
        assert_eq!(said_in(Lang::De, false, 0.0, 0, 0), "<@7> hat noch keine Punkte.");
    }

    #[test]
    fn who_has_none_is_told_how_to_begin() {
        assert_eq!(said(true, 0.0, 0, 0), "You have no points yet. Write a message or react to one, and they begin.");
        assert_eq!(said(false, 0.0, 0, 0), "<@7> has no points yet.");
    }
}
