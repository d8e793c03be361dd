//! `/leaderboard`: who has gathered most, ten to a page, with the place of the one who asks.

use std::str::FromStr;

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, IntegerBuilder, StringBuilder};

use super::messages;
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::MessageBody},
    error::Result,
    reply::{Answer, Reply},
};

pub const PAGE: &str = "engagement.leaderboard";
pub const PAGE_SIZE: u32 = 10;
/// Nobody turns so many pages; larger numbers are not ours.
const MAX_PAGE: u32 = 100_000;

/// The time that a leaderboard is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The last 7 days, to the full hour.
    Week,
    /// The last 30 days, to the full hour.
    Month,
    All,
}

impl Period {
    pub const EACH: [Self; 3] = [Self::Week, Self::Month, Self::All];

    pub fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::All => "all",
        }
    }

    fn length(self) -> Option<TimeDelta> {
        match self {
            Self::Week => Some(TimeDelta::days(7)),
            Self::Month => Some(TimeDelta::days(30)),
            Self::All => None,
        }
    }
}

impl FromStr for Period {
    type Err = ();

    fn from_str(word: &str) -> std::result::Result<Self, ()> {
        Self::EACH.into_iter().find(|period| period.word() == word).ok_or(())
    }
}

/// What the SQL function `leaderboard` answers.
#[derive(Debug, FromJson)]
pub struct Board {
    /// Who has points in this time.
    pub members: u64,
    pub page: u32,
    pub pages: u32,
    /// The one who asks is not counted.
    pub opted_out: bool,
    pub rows: Vec<Row>,
    pub own: Option<Own>,
}

#[derive(Debug, FromJson)]
pub struct Row {
    /// Shared by equal points.
    pub place: u64,
    pub user_id: Snowflake,
    pub points: f64,
}

#[derive(Debug, FromJson)]
pub struct Own {
    pub place: u64,
    pub points: f64,
}

pub fn definition() -> Definition {
    let periods = [("The last 7 days", "week"), ("The last 30 days", "month"), ("All time", "all")];
    CommandBuilder::new("leaderboard", "Who has gathered most points", CommandType::ChatInput)
        .contexts([InteractionContextType::Guild])
        .option(StringBuilder::new("period", "Which time; the last 7 days if left out").choices(periods))
        .option(IntegerBuilder::new("page", "Which page; the first if left out").min_value(1).max_value(1_000))
        .build()
}

pub async fn open(cx: Cx, call: Interaction) -> Result<Answer> {
    let period = call.input.text("period").and_then(|word| word.parse().ok()).unwrap_or(Period::Week);
    let page = call.input.integer("page").and_then(|page| u32::try_from(page).ok()).unwrap_or(1);
    Ok(Answer::Message(Reply::private(board(&cx, &call, period, page).await?)))
}

pub async fn turned(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (period, page) = (id.argument(0, cx.lang)?, id.argument(1, cx.lang)?);
    Ok(Answer::Update(Reply::private(board(&cx, &call, period, page).await?)))
}

async fn board(cx: &Cx, call: &Interaction, period: Period, page: u32) -> Result<MessageBody> {
    let mut arguments = json!({
        "guild_id": call.guild()?, "user_id": call.user_id, "page": page.clamp(1, MAX_PAGE), "page_size": PAGE_SIZE,
    });
    if let (Some(length), Some(fields)) = (period.length(), arguments.as_object_mut()) {
        fields.insert("since".to_owned(), json!(cx.now - length));
    }
    let board: Board = cx.supabase.rpc("leaderboard", &arguments).await?;
    messages::leaderboard(cx.lang, period, &board)
}

/// The button's id for a page.
pub fn page_id(period: Period, page: u32) -> Result<String> {
    CustomId::write(PAGE, &[&period.word(), &page])
}
