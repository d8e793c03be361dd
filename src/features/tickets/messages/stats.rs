//! What `/ticket stats` says.

use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder, EmbedFooterBuilder};

use crate::{
    discord::{
        components::cut,
        message::{MessageBody, colour, said},
    },
    features::tickets::{stats::Figures, store::Priority},
    lang::Lang,
};

pub fn overview(lang: Lang, days: i64, rows: &[Figures]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let Some(total) = rows.iter().find(|row| row.part == "total") else {
        return said("There were no tickets yet.", colour::INFO);
    };
    let mut embed = EmbedBuilder::new()
        .title(if days == 1 {
            "Tickets of the last day".to_owned()
        } else {
            format!("Tickets of the last {days} days")
        })
        .description(whole(lang, total))
        .color(colour::INFO);
    let categories: Vec<&Figures> = rows.iter().filter(|row| row.part == "category").collect();
    if categories.len() > 1 {
        let lines: Vec<String> = categories.iter().map(|row| part(lang, &row.label, row)).collect();
        embed = embed.field(EmbedFieldBuilder::new("By kind", cut(&lines.join("\n"), 1_000)));
    }
    let lines: Vec<String> = rows
        .iter()
        .filter(|row| row.part == "priority")
        .map(|row| part(lang, Priority::of(&row.label).map_or("", |one| super::priority(Lang::En, one)), row))
        .collect();
    embed = embed.field(EmbedFieldBuilder::new("By priority", lines.join("\n")));
    embed = embed.footer(EmbedFooterBuilder::new("Times are medians. In brackets: as many days before."));
    MessageBody::embed(embed.build())
}

pub fn staff_only(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Only staff who answer tickets see these figures.",
    }
}

fn whole(lang: Lang, row: &Figures) -> String {
    let (Lang::En | Lang::De) = lang;
    let rating = match row.rating {
        Some(rating) => format!("**{rating}** of 5 from {}", row.ratings),
        None => "none yet".to_owned(),
    };
    format!(
        "Now: **{}** open, **{}** in progress\nOpened: **{}** ({})\nClosed: **{}** ({})\nFirst answer after: **{}**\n\
         Closed after: **{}**\nRating: {rating}",
        row.open,
        row.in_progress,
        row.opened,
        row.opened_before,
        row.closed,
        row.closed_before,
        time(lang, row.first_response_minutes),
        time(lang, row.resolution_minutes)
    )
}

fn part(lang: Lang, label: &str, row: &Figures) -> String {
    let (Lang::En | Lang::De) = lang;
    let label = if label.is_empty() { "Without a kind" } else { label };
    format!(
        "**{label}**: {} opened, {} closed, first answer after {}",
        row.opened,
        row.closed,
        time(lang, row.first_response_minutes)
    )
}

fn time(lang: Lang, minutes: Option<f64>) -> String {
    let (Lang::En | Lang::De) = lang;
    match minutes {
        None => "–".to_owned(),
        Some(minutes) if minutes < 60.0 => format!("{minutes:.0} min"),
        Some(minutes) if minutes < 48.0 * 60.0 => format!("{:.1} h", minutes / 60.0),
        Some(minutes) => format!("{:.1} days", minutes / 1_440.0),
    }
}
