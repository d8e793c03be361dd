//! Alerts that a person asks for: who calls for help, who is worried about somebody, who begins a drill.

use relay_wire::Snowflake;

use super::{
    alert,
    making::{Ping, making},
    messages::doors::Reached,
    rules::{Decision, Detector},
    screen::Finding,
    settings::{Chosen, Stage},
    state::Known,
    store::{self, Alert, Step},
    watch::{Judged, Text},
};
use crate::{care::Severity, context::Cx, discord::message::MessageBody, error::Result};

/// What the team is to be told.
pub struct Telling<'a> {
    pub chosen: &'a Chosen,
    /// Of whom, and where; its message id names the alert.
    pub text: &'a Text,
    pub severity: Severity,
    pub factors: Vec<&'static str>,
    /// As in `crisis_alerts.mode`.
    pub mode: &'static str,
    /// The interaction that asks for it.
    pub about: Snowflake,
    /// Said below an alert that is open already.
    pub again: String,
}

/// What came of it.
pub struct Told {
    pub reached: Reached,
    /// None while the store is down: the alert stands all the same.
    pub alert: Option<Alert>,
}

/// Posts an alert, or says it below the one that is open for the same member: what a person asks for is never only counted.
pub async fn tell(cx: &Cx, telling: Telling<'_>, dress: impl FnOnce(&mut MessageBody)) -> Result<Told> {
    let Telling { chosen, text, severity, factors, mode, about, again } = telling;
    let is_team = mode != "drill" && alert::is_of_the_team(cx, text, chosen).await;
    let judged =
        Judged { finding: Finding { severity, factors, ..Finding::default() }, verdict: None, is_without_nlp: false };
    let decision = Decision { severity, detector: Detector::Member };
    let known = Known::default();
    let role = alert::role_to_ping(cx, chosen, chosen.stage(), severity, None, None);
    let ping = Ping { is_team, role, shared: None };
    let mut making = making(cx, text, chosen, &known, &judged, &decision, text.is_in_ticket(cx).await)?;
    making.call(ping);
    dress(&mut making.body);
    let reached = match making.pings {
        _ if chosen.stage() == Stage::Shadow => Reached::Trial,
        true => Reached::Pinged,
        false => Reached::Written,
    };
    let found = alert::found(cx, text, &judged, &decision, mode);
    // Without a cooldown.
    let alert = match store::record(cx, &found, 0).await {
        Ok(recorded) => {
            let alert = recorded.alert.clone();
            match recorded.step {
                Step::New | Step::Raise => making.settle(recorded).await?,
                Step::Posted | Step::Merged | Step::Again | Step::Wait => {
                    alert::answer(cx, &alert, again, making.role(), about).await?;
                }
            }
            Some(alert)
        }
        Err(error) => {
            cx.log_failure("crisis", &error);
            making.post_once().await?;
            None
        }
    };
    Ok(Told { reached, alert })
}
