//! `/ash drill`: the team practises on the real path, with an alert that says what it is and counts nowhere.

use chrono::TimeDelta;
use from_json::json;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{StringBuilder, SubCommandBuilder};

use super::{
    alert,
    messages::doors::{self, Reached},
    settings::Stage,
    store::Alert,
    team::require_team,
    tell::{Telling, tell},
    watch::Text,
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::{
        interaction::Interaction,
        message::{colour, said},
    },
    error::{Error, Result},
    jobs::{self, JobRow},
    reply::{Answer, Reply},
};

pub const END: &str = "crisis.drill";

/// A drill that nobody resolved ends by itself.
const LASTS: TimeDelta = TimeDelta::hours(1);

pub fn option() -> CommandOption {
    let severity = StringBuilder::new("severity", "HIGH, if you choose nothing").choices([
        ("Medium", "MEDIUM"),
        ("High", "HIGH"),
        ("Critical", "CRITICAL"),
    ]);
    SubCommandBuilder::new("drill", "For the team: practise on an alert that is none").option(severity).build()
}

pub async fn command(cx: Cx, call: Interaction) -> Result<Answer> {
    let chosen = require_team(&cx, &call).await?;
    if chosen.stage() == Stage::Off {
        return Err(Error::user(doors::detection_is_off(cx.lang)));
    }
    let severity = call.input.text("severity").and_then(Severity::read).unwrap_or(Severity::High);
    let work = async move {
        let text = Text::of_call(&call, call.guild()?);
        let telling = Telling {
            chosen: &chosen,
            text: &text,
            severity,
            factors: vec![],
            mode: "drill",
            about: call.id,
            again: doors::drill_again(),
        };
        let told = tell(&cx, telling, |body| doors::dress_drill(body, call.user_id)).await?;
        let ends_at = cx.now + LASTS;
        if let Some(alert) = &told.alert {
            jobs::owe(&cx, text.guild_id, END, &alert.alert_id.to_string(), ends_at, json!({})).await?;
        }
        let begun = doors::drill_begun(cx.lang, told.reached == Reached::Pinged, ends_at.timestamp());
        Ok(Reply::private(said(begun, colour::GOOD)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// An hour later; one that was resolved stays as it is.
pub async fn end(cx: Cx, row: JobRow) -> Result<()> {
    let id: i64 = row.key.parse().map_err(|_| Error::bug("a drill without its alert"))?;
    let ended: Option<Alert> = cx.supabase.rpc("end_crisis_drill", &json!({"alert_id": id, "at": cx.now})).await?;
    match ended {
        Some(alert) => {
            logged(&cx, "crisis", alert::redraw(&cx, &alert).await);
            Ok(())
        }
        None => Ok(()),
    }
}
