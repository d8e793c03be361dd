//! What managers read about campaigns.

use chrono::{DateTime, Utc};
use from_json::FromJson;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use crate::{
    discord::message::{MessageBody, colour},
    lang::Lang,
};

/// A campaign as `add_campaign` and `end_campaign` answer it.
#[derive(Debug, FromJson)]
pub struct Campaign {
    pub name: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: Option<DateTime<Utc>>,
}

/// A row of `campaign_lift`, as much of it as is shown.
#[derive(Debug, FromJson)]
pub struct Lift {
    #[serde(flatten)]
    pub campaign: Campaign,
    pub hours: u64,
    pub messages: i64,
    pub baseline_messages: Option<f64>,
    pub messages_lift: Option<f64>,
    pub points_lift: Option<f64>,
}

pub fn added(lang: Lang, campaign: &Campaign) -> MessageBody {
    let span = span(lang, campaign);
    good(match lang {
        Lang::En | Lang::De => format!("Campaign **{}** is tagged: {span}.", escaped(&campaign.name)),
    })
}

pub fn ended(lang: Lang, campaign: &Campaign) -> MessageBody {
    let span = span(lang, campaign);
    good(match lang {
        Lang::En | Lang::De => format!("Campaign **{}** is over: {span}.", escaped(&campaign.name)),
    })
}

pub fn list(lang: Lang, lifts: &[Lift]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    if lifts.is_empty() {
        let text = "No campaign has been tagged yet. `/campaign add` tags one, past ones too.";
        return MessageBody::embed(EmbedBuilder::new().description(text).color(colour::INFO).build());
    }
    let mut embed = EmbedBuilder::new().title("Campaigns").color(colour::INFO).description(
        "Beside the same weekdays and hours of the 4 weeks before. It compares; it does not prove a cause.",
    );
    for lift in lifts {
        let text = format!("{}\n{}", span(lang, &lift.campaign), effect(lang, lift));
        embed = embed.field(EmbedFieldBuilder::new(escaped(&lift.campaign.name), text));
    }
    MessageBody::embed(embed.build())
}

fn effect(lang: Lang, lift: &Lift) -> String {
    let (Lang::En | Lang::De) = lang;
    match (lift.messages_lift, lift.baseline_messages) {
        _ if lift.hours == 0 => "Has not begun yet.".to_owned(),
        (Some(percent), Some(baseline)) => {
            let points = lift.points_lift.map(|percent| format!("; points {percent:+.1} %")).unwrap_or_default();
            format!("{} messages, {baseline:.1} expected: **{percent:+.1} %**{points}", lift.messages)
        }
        _ => format!("{} messages; nothing of the weeks before to compare with.", lift.messages),
    }
}

fn span(lang: Lang, campaign: &Campaign) -> String {
    let starts = campaign.starts_at.timestamp();
    match (lang, campaign.ends_at) {
        (Lang::En | Lang::De, Some(ends)) => format!("<t:{starts}:f> to <t:{}:f>", ends.timestamp()),
        (Lang::En | Lang::De, None) => format!("from <t:{starts}:f> until you end it"),
    }
}

fn good(text: String) -> MessageBody {
    MessageBody::embed(EmbedBuilder::new().description(text).color(colour::GOOD).build())
}

/// A name is shown as it was typed, not as Markdown.
fn escaped(name: &str) -> String {
    name.chars().flat_map(|c| ['\\'].into_iter().filter(move |_| "\\*_`~|<>[]".contains(c)).chain([c])).collect()
}

pub fn name_missing(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Give the campaign a name that can be read, like `Spring week`.",
    }
}

pub fn start_unclear(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I do not understand when it starts. Write `now`, a date like `2026-12-01` or `2026-12-01 18:00`, or a time from now like `in 2h` or `3d ago`."
        }
    }
}

pub fn end_unclear(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I do not understand when it ends. Write `now`, a date like `2026-12-05` (the whole day) or `2026-12-05 18:00`, or how long it lasts, like `3d` or `12h`."
        }
    }
}

pub fn ends_first(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "It would end before it starts. Please choose a later end.",
    }
}

pub fn zone_unknown(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "The time zone of this server is not one I know. Please write one like `Europe/Berlin` in `/setup`, under community."
        }
    }
}

pub fn none_running(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "No campaign of that name is running. `/campaign list` shows what there is.",
    }
}
