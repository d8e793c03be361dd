//! `/ash stats`: the figures of the last days, for the team.

use from_json::json;
use serde_json::Value;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::{
    command::{IntegerBuilder, SubCommandBuilder},
    embed::EmbedFieldBuilder,
};

use super::{messages, team::require_team};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::Result,
    features,
    reply::{Answer, Reply},
};

const DAYS: i64 = 7;

pub fn option() -> CommandOption {
    SubCommandBuilder::new("stats", "For the crisis team: alerts, how fast you were, false alarms, outages")
        .option(IntegerBuilder::new("days", "Of how many days; 7 if left out").min_value(1).max_value(90))
        .build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let days = call.input.integer("days").unwrap_or(DAYS).clamp(1, 90);
    let guild = call.guild()?;
    let asked = json!({"guild": guild, "until": cx.now, "days": days});
    let work = async move {
        let summary: Value = cx.supabase.rpc("crisis_summary", &asked).await?;
        let title = messages::figures::last_days(cx.lang, days);
        let mut body = messages::figures::figures(cx.lang, title, &summary);
        let talks = features::ash_figures(&cx, guild, days).await?;
        if let (Some((title, lines)), Some(embed)) = (talks, body.embeds.first_mut()) {
            embed.fields.push(EmbedFieldBuilder::new(title, lines).build());
        }
        Ok(Reply::private(body))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}
