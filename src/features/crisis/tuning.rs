//! `/crisis tuning`: how often each detector was right by the team's own judgement, and which thresholds follow from that.

use chrono::TimeDelta;
use from_json::json;
use serde_json::Value;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{BooleanBuilder, SubCommandBuilder};

use super::{
    messages,
    rules::THRESHOLDS,
    team::require_team,
    thresholds::{self, Judged},
};
use crate::{
    context::Cx,
    discord::{interaction::Interaction, message::File},
    error::Result,
    reply::{Answer, Reply},
};

pub const DAYS: i64 = 90;
/// More rows than this are too old to matter.
const MAX_ROWS: u32 = 5_000;

pub fn option() -> CommandOption {
    SubCommandBuilder::new("tuning", "How often the detectors were right, and which thresholds would fit better")
        .option(BooleanBuilder::new("export", "Attach the scores as a table, without texts and names"))
        .build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let guild = call.guild()?;
    let exported = call.input.boolean("export").unwrap_or_default();
    let work = async move {
        let asked = json!({"guild_id": guild, "since": cx.now - TimeDelta::days(DAYS), "max_rows": MAX_ROWS});
        let rows: Vec<Value> = cx.supabase.rpc("crisis_judged", &asked).await?;
        let judged: Vec<Judged> = rows.iter().filter_map(Judged::read).collect();
        let proposed = thresholds::propose(&judged, THRESHOLDS);
        let reply = Reply::private(messages::tuning::tuning(cx.lang, &judged, &proposed));
        let file = File { name: "crisis-scores.csv".to_owned(), bytes: thresholds::csv(&judged).into_bytes() };
        Ok(if exported { reply.with_file(file) } else { reply })
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}
