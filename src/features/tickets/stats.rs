//! `/ticket stats`: the figures of the last weeks, for staff.

use from_json::{FromJson, json};
use twilight_util::builder::command::{IntegerBuilder, SubCommandBuilder};

use super::{
    access::{self, Actor},
    messages, store,
};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    features,
    reply::{Answer, Reply},
    settings,
};

const DAYS: i64 = 30;
/// The key of the guild's clock; another feature declares it.
const ZONE: &str = "community.time_zone";

/// A row of `ticket_overview`.
#[derive(Clone, Debug, FromJson)]
pub struct Figures {
    pub part: String,
    pub label: String,
    pub open: u64,
    pub in_progress: u64,
    pub opened: u64,
    pub opened_before: u64,
    pub closed: u64,
    pub closed_before: u64,
    pub first_response_minutes: Option<f64>,
    pub resolution_minutes: Option<f64>,
    pub rating: Option<f64>,
    pub ratings: u64,
}

pub fn definition() -> SubCommandBuilder {
    SubCommandBuilder::new("stats", "How many tickets, how fast they are answered, how members found it")
        .option(IntegerBuilder::new("days", "Of how many days; 30 if left out").min_value(1).max_value(400))
}

pub async fn stats(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    let settings = settings::load(&cx, actor.guild_id).await?;
    let categories = store::categories(&cx, actor.guild_id).await?;
    // Who answers one kind of ticket may see how all of them do.
    if !categories.iter().any(|category| actor.is_staff(&settings, Some(category))) {
        access::require_staff(&cx, &actor, None).await.map_err(|error| match error {
            Error::User(_) => Error::user(messages::stats::staff_only(cx.lang)),
            other => other,
        })?;
    }
    let days = call.input.integer("days").unwrap_or(DAYS);
    let zone = features::settings().find(|setting| setting.key == ZONE).map(|setting| settings.text(setting));
    let zone = zone.filter(|zone| !zone.is_empty()).unwrap_or_else(|| "UTC".to_owned());
    let ask = async |zone: &str| {
        let span = json!({"guild": actor.guild_id, "zone": zone, "until": cx.now, "days": days});
        cx.supabase.rpc::<Vec<Figures>>("ticket_overview", &span).await
    };
    let rows = match ask(&zone).await {
        // A zone that PostgreSQL does not know.
        Err(error) if error.code() == Some("22023") => ask("UTC").await?,
        answered => answered?,
    };
    Ok(Answer::Message(Reply::private(messages::stats::overview(cx.lang, days, &rows))))
}
