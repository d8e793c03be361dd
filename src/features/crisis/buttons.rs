//! The buttons of an alert: a press changes the row in one SQL function, and then Discord and Upstash follow the row.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;

use super::{
    alert,
    for_others::alerted,
    messages, raise,
    settings::{CHAIN_PING_MINUTES, Chosen},
    state,
    store::{self, Alert, Change, Outcome, Status},
    team::require_team,
    webhook,
};
use crate::{
    care::AlertStep,
    clients::supabase::Filter,
    context::{Cx, logged},
    discord::{custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    features,
    jobs::JobRow,
    reply::{Answer, Reply},
};

/// The SQL function `change_crisis_alert` owes it.
pub const FOLLOW: &str = "crisis.follow";
/// Of a post that others change at the same time.
const MAX_DRAWINGS: usize = 3;

pub async fn acknowledge(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    press(cx, call, id, "acknowledge", json!({})).await
}

pub async fn take_over(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    press(cx, call, id, "take_over", json!({})).await
}

pub async fn false_alarm(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let body = messages::buttons::false_alarm_menu(cx.lang, id.argument(0, cx.lang)?)?;
    Ok(Answer::Message(Reply::private(body)))
}

pub async fn false_alarm_chosen(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let reason = call.input.values.first().filter(|reason| messages::buttons::is_false_alarm_reason(reason));
    let reason = reason.ok_or_else(|| Error::user(messages::buttons::not_offered(cx.lang)))?.clone();
    press(cx, call, id, "false_alarm", json!({"reason": reason})).await
}

pub async fn more_severe(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let alert = about(&cx, &call, &id).await?;
    let body = messages::buttons::more_severe_menu(cx.lang, alert.message_id, alert.severity)?;
    Ok(Answer::Message(Reply::private(body)))
}

pub async fn more_severe_chosen(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let chosen = call.input.values.first().and_then(|value| messages::buttons::more_severe(value));
    let (to, reason) = chosen.ok_or_else(|| Error::user(messages::buttons::not_offered(cx.lang)))?;
    press(cx, call, id, "more_severe", json!({"reason": reason, "to": to.name()})).await
}

pub async fn resolve(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    Ok(Answer::Modal(messages::buttons::resolve_form(cx.lang, id.argument(0, cx.lang)?)?))
}

pub async fn resolve_written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let note = call.input.field("note").unwrap_or_default().trim().to_owned();
    let sealed = match &cx.config.state_keys {
        Some(seal) if !note.is_empty() => Some(seal.seal(&note_place(call.guild()?), &note)?),
        _ => None,
    };
    let detail = match &sealed {
        Some(sealed) => json!({"sealed": sealed}),
        None => json!({"note_lost": !note.is_empty()}),
    };
    press(cx, call, id, "resolve", detail).await
}

/// Where a note is sealed for.
pub fn note_place(guild: Snowflake) -> String {
    format!("crisis:note:{guild}")
}

pub async fn undo(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let mut detail = json!({});
    if let (Some(of), Some(fields)) = (id.arguments.get(1), detail.as_object_mut()) {
        fields.insert("of".to_owned(), json!(of));
    }
    press(cx, call, id, "undo", detail).await
}

/// The alert that a button names.
pub async fn about(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<Alert> {
    let alert = store::about(cx, call.guild()?, id.argument(0, cx.lang)?).await?;
    alert.ok_or_else(|| Error::user(messages::buttons::unknown(cx.lang)))
}

async fn press(cx: Cx, call: Interaction, id: CustomId, action: &'static str, detail: Value) -> Result<Answer> {
    let chosen = require_team(&cx, &call).await?;
    let message = id.argument(0, cx.lang)?;
    Ok(Answer::Later { ephemeral: true, work: Box::pin(pressed(cx, call, chosen, message, action, detail)) })
}

async fn pressed(
    cx: Cx,
    call: Interaction,
    chosen: Chosen,
    message: Snowflake,
    action: &'static str,
    mut detail: Value,
) -> Result<Reply> {
    let note_lost = detail.get("note_lost").and_then(Value::as_bool).unwrap_or_default();
    if let Some(fields) = detail.as_object_mut() {
        let minutes = TimeDelta::minutes(chosen.number(&CHAIN_PING_MINUTES) as i64);
        fields.insert("chain_at".to_owned(), json!(cx.now + minutes));
    }
    let of = detail.get("of").and_then(Value::as_str).unwrap_or_default().to_owned();
    let changed = store::change(&cx, (call.guild()?, message), action, call.user_id, &detail).await?;
    let mut change = changed.ok_or_else(|| Error::user(messages::buttons::unknown(cx.lang)))?;
    match change.outcome {
        Outcome::Lost => return Ok(Reply::private(messages::buttons::lost(cx.lang, &change, call.user_id))),
        Outcome::Refused => return Err(Error::user(messages::buttons::too_old(cx.lang))),
        Outcome::Changed => change.kind = of,
    }
    // The press is faster than the note of where the alert was posted.
    let is_on_the_post = matches!(action, "acknowledge" | "take_over") && change.alert.message_id == message;
    if change.alert.alert_message_id.is_none() && is_on_the_post {
        (change.alert.alert_channel_id, change.alert.alert_message_id) = (call.channel_id, call.input.message_id);
    }
    webhook::owe(&cx, &chosen, (change.alert.guild_id, change.alert.message_id), webhook::CHANGED).await;
    // If this fails, or nobody knows yet where the post is, the job does it again.
    if logged(&cx, "crisis", follow(&cx, &chosen, &change).await).is_some()
        && change.alert.alert_message_id.is_some()
        && let Some(event) = change.event_id
    {
        let of_event = [Filter::eq("key", event)];
        let done = cx.supabase.delete("jobs", Filter::eq("kind", FOLLOW), &of_event).await;
        logged(&cx, "crisis", done.map_err(Into::into));
    }
    Ok(Reply::private(messages::buttons::done(cx.lang, action, &change, note_lost)?))
}

/// Finishes what a press began, if whoever answered it could not.
pub async fn follow_later(cx: Cx, row: JobRow) -> Result<()> {
    let message = row.payload.get("message_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let message = message.ok_or_else(|| Error::bug("a change of an alert without its message"))?;
    // Erased meanwhile: there is nothing to follow.
    let Some(change) = store::to_follow(&cx, row.guild_id, message).await? else { return Ok(()) };
    follow(&cx, &Chosen::load(&cx, row.guild_id).await, &change).await
}

/// Makes Upstash and Discord say what the row says; each step by itself, and any number of times.
async fn follow(cx: &Cx, chosen: &Chosen, change: &Change) -> Result<()> {
    let alert = &change.alert;
    let who = (alert.guild_id, alert.member_id);
    if alert.mode != "drill" {
        match change.open {
            Some(open) => state::set_episode(cx, who, open, alert.message_id).await,
            None => state::end_episode(cx, who.0, who.1).await,
        }
    }
    let mut results = vec![];
    if alert.status == Status::FalseAlarm {
        results.push(state::forget_messages(cx, &change.messages).await);
    }
    let step = match (alert.status, alert.taken_by) {
        (Status::Acknowledged, _) => Some(AlertStep::Acknowledged),
        (Status::Taken, Some(by)) => Some(AlertStep::Taken { by }),
        (Status::FalseAlarm, _) => Some(AlertStep::FalseAlarm),
        _ => None,
    };
    if let Some(step) = step.filter(|_| alert.mode != "drill") {
        results.push(features::ash_follows(cx, &alerted(alert), step).await);
    }
    results.push(match alert.posted_at {
        None if alert.found_severity.is_some() => raised(cx, chosen, alert).await,
        _ => show(cx, alert).await,
    });
    for other in &change.others {
        results.push(show(cx, other).await);
    }
    results.into_iter().collect()
}

/// The new post says what was done since the old one.
async fn raised(cx: &Cx, chosen: &Chosen, alert: &Alert) -> Result<()> {
    raise::again(cx, chosen, alert).await?;
    match store::about(cx, alert.guild_id, alert.message_id).await? {
        Some(now) if told(&now) != told(alert) => show(cx, &now).await,
        _ => Ok(()),
    }
}

/// Draws an alert's post, and again if the row changed meanwhile: whoever draws last has drawn the newest.
pub async fn show(cx: &Cx, alert: &Alert) -> Result<()> {
    let mut drawn = alert.clone();
    for _ in 0..MAX_DRAWINGS {
        alert::redraw(cx, &drawn).await?;
        match store::about(cx, alert.guild_id, alert.message_id).await? {
            Some(mut now) if told(&now) != told(&drawn) => {
                now.alert_channel_id = now.alert_channel_id.or(drawn.alert_channel_id);
                now.alert_message_id = now.alert_message_id.or(drawn.alert_message_id);
                drawn = now;
            }
            _ => break,
        }
    }
    Ok(())
}

/// What a post says of its row.
fn told(alert: &Alert) -> impl PartialEq + use<> {
    let by = [alert.acknowledged_by, alert.taken_by, alert.resolved_by];
    (alert.status, alert.severity, by, alert.merged_count, alert.preview_gone_at.is_some())
}
