//! What follows from a finding: it is kept, and from MEDIUM on the team is told, once for each message whatever fails in between.

use chrono::TimeDelta;
use from_json::json;
use futures_util::future::{join, join3};
use relay_wire::Snowflake;
use serde_json::Value;

use super::{
    chain, duty, late,
    making::{Ping, making},
    messages,
    rules::Decision,
    settings::{
        ADMIN_ROLE, COOLDOWN, CRT_ROLE, Chosen, HISTORY_DAYS, HISTORY_ENTRIES, LEAD_CHANNEL, SECOND_ROLE, STORM_PINGS,
        Stage, TICKET_STAFF,
    },
    state::{self, Claim, Kept, Known, Limits},
    store::{self, Status, Step},
    watch::{Judged, Text, entry},
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    edge::Time,
    error::Result,
    lang::Lang,
};

/// A refusal is mended by a person: until then it is tried again.
pub const REFUSED_DELAY_MS: u64 = 30_000;

/// Keeps what is LOW or more; from MEDIUM on tells the team. `dress` has the last word on how the alert looks.
pub async fn follow(
    cx: &Cx,
    text: &Text,
    chosen: &Chosen,
    known: &Known,
    judged: &Judged,
    decision: &Decision,
    dress: fn(&mut MessageBody, &Text),
) -> Result<()> {
    let score = judged.verdict.as_ref().and_then(|verdict| verdict.score);
    let late = late::of(cx, text);
    let stage = chosen.stage();
    let role = role_to_ping(cx, chosen, stage, decision.severity, known.snoozed_until, late);
    let cooldown = TimeDelta::seconds(chosen.number(&COOLDOWN) as i64);
    let limits = Limits {
        days: chosen.number(&HISTORY_DAYS) as u32,
        entries: chosen.number(&HISTORY_ENTRIES) as u32,
        cooldown,
        is_counted: decision.severity == Severity::Low && stage == Stage::Live && text.attempt == 1 && !text.is_edit,
        claims: true,
        chain_at: chain_at(cx, chosen, stage, decision.severity, late),
        // Late finds have a digest of their own.
        pings: role.filter(|_| late.is_none()).map(|_| chosen.number(&STORM_PINGS) as u32),
    };
    let in_ticket = text.is_in_ticket(cx).await;
    let entry = entry(text, in_ticket, decision.severity, score);
    let keep = state::keep(cx, (text.guild_id, text.author_id), &entry, &limits);
    if decision.severity < Severity::Medium {
        // A history without this entry is worth less; the message is not judged again for it.
        logged(cx, "crisis", keep.await);
        return Ok(());
    }
    // The post is made while Upstash answers: what is done before it leaves, somebody waits for.
    let made = async { making(cx, text, chosen, known, judged, decision, in_ticket) };
    let (claim, is_team, making) = join3(keep, is_of_the_team(cx, text, chosen), made).await;
    let Kept { claim, shared } = logged(cx, "crisis", claim).unwrap_or_default();
    let mut making = making?;
    making.call(Ping { is_team, role, shared });
    dress(&mut making.body, text);
    // Of an edit the row knows whether there is an alert already.
    let posting = text.attempt == 1 && !text.is_edit && claim == Some(Claim::New) && late.is_none();
    // Upstash knows of a cooldown that was cleared.
    let cooldown_seconds = if claim == Some(Claim::Again) { 0 } else { cooldown.num_seconds() };
    let recorded = async {
        let mut found = found(cx, text, judged, decision, stage.name());
        if let Some(fields) = found.as_object_mut() {
            fields.insert("posting".to_owned(), json!(posting));
        }
        store::record(cx, &found, cooldown_seconds).await
    };
    if posting {
        let (posted, recorded) = join(making.post(), recorded).await;
        return making.note(posted?, &recorded?).await;
    }
    match recorded.await {
        Ok(recorded) => {
            let is_new = recorded.step == Step::New && late.is_some();
            if is_new && late::shares_digest(cx, text, decision.severity, &mut making.body).await {
                return Ok(());
            }
            making.settle(recorded).await
        }
        Err(error) if claim == Some(Claim::Merged) => Err(error),
        // The team is told whatever is down; the row follows when it can.
        Err(error) => {
            making.post_once().await?;
            Err(error)
        }
    }
}

/// Who is pinged, if nothing speaks against it.
pub fn role_to_ping(
    cx: &Cx,
    chosen: &Chosen,
    stage: Stage,
    severity: Severity,
    snoozed_until: Option<Time>,
    late: Option<TimeDelta>,
) -> Option<Snowflake> {
    let is_snoozed = snoozed_until.is_some() && severity < Severity::Critical;
    let is_old = late.is_some_and(|late| late > late::OLD);
    let pings = severity >= Severity::High && stage == Stage::Live && !is_snoozed && !is_old;
    chosen.crt_role(cx).filter(|_| pings)
}

/// When somebody must have reacted; None: nobody has to.
pub fn chain_at(cx: &Cx, chosen: &Chosen, stage: Stage, severity: Severity, late: Option<TimeDelta>) -> Option<Time> {
    let from = if late.is_some() { Severity::Critical } else { Severity::High };
    (severity >= from && stage == Stage::Live).then(|| chain::begins_at(cx, chosen, severity))
}

/// As `record_crisis_alert` reads it, of what cannot wait.
pub fn found(cx: &Cx, text: &Text, judged: &Judged, decision: &Decision, mode: &str) -> Value {
    json!({
        "guild_id": text.guild_id, "channel_id": text.channel_id, "message_id": text.message_id,
        "member_id": text.author_id, "severity": decision.severity, "detector": decision.detector.name(),
        "score": judged.verdict.as_ref().and_then(|verdict| verdict.score),
        "confidence": judged.verdict.as_ref().and_then(|verdict| verdict.confidence),
        "factors": judged.finding.factors, "written_at": text.written_at(cx), "mode": mode,
    })
}

/// Whether the author is of the crisis response team or of the staff, where the guild has another channel for that.
pub async fn is_of_the_team(cx: &Cx, text: &Text, chosen: &Chosen) -> bool {
    if chosen.id(&LEAD_CHANNEL).is_none() {
        return false;
    }
    let team = [&CRT_ROLE, &SECOND_ROLE, &ADMIN_ROLE, &TICKET_STAFF];
    let team: Vec<Snowflake> = team.into_iter().filter_map(|role| chosen.id(role)).collect();
    let member = cx.discord.member(text.guild_id, text.author_id).await;
    logged(cx, "crisis", member.map_err(Into::into)).is_some_and(|one| one.roles.iter().any(|role| team.contains(role)))
}

/// Makes an alert's post say what its row says. Discord takes few edits of messages older than an hour (30046): what could not
/// be shown there is said below it.
pub async fn redraw(cx: &Cx, alert: &store::Alert) -> Result<()> {
    let (Some(channel), Some(post)) = (alert.alert_channel_id, alert.alert_message_id) else { return Ok(()) };
    let path = format!("/channels/{channel}/messages/{post}");
    let shown: Value = match cx.discord.call(reqwest::Method::GET, path.clone()).answer().await {
        Ok(shown) => shown,
        Err(error) if error.is_missing() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut embeds = shown.get("embeds").cloned().unwrap_or_else(|| json!([]));
    if let Some(embed) = embeds.get_mut(0) {
        messages::alert::redraw(Lang::default(), embed, alert);
        if alert.severity >= Severity::High && matches!(alert.status, Status::Open | Status::Acknowledged) {
            duty::show(cx, alert.guild_id, embed).await;
        }
    }
    let components = messages::alert::components(Lang::default(), alert.message_id, alert.severity, alert.status)?;
    let body = json!({"embeds": embeds, "components": components});
    match cx.discord.call(reqwest::Method::PATCH, path).json(&body)?.sent().await {
        Ok(_) => Ok(()),
        // Deleted meanwhile.
        Err(error) if error.is_missing() => Ok(()),
        Err(error) if error.code() == Some("30046") => {
            let changes = [alert.acknowledged_at, alert.taken_at, alert.resolved_at];
            let newest = changes.into_iter().flatten().fold(alert.last_at, Time::max);
            let text = match messages::alert::state(Lang::default(), alert) {
                Some(text) if newest > alert.last_at => text,
                _ if alert.merged_count == 0 => messages::alert::open_again(Lang::default()).to_owned(),
                _ => messages::alert::again(Lang::default(), alert),
            };
            answer(cx, alert, text, None, Snowflake(newest.timestamp_millis() as u64)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Says something below an alert; `about` makes it single. Pings `role`, if there is one.
pub async fn answer(
    cx: &Cx,
    alert: &store::Alert,
    text: String,
    role: Option<Snowflake>,
    about: Snowflake,
) -> Result<()> {
    let (Some(channel), Some(post)) = (alert.alert_channel_id, alert.alert_message_id) else { return Ok(()) };
    let mut body = MessageBody::text(match role {
        Some(role) => format!("<@&{role}> {text}"),
        None => text,
    });
    body.allowed_mentions = Mentions::of(&[], role.as_slice());
    let body = body.in_reply_to(post).with_nonce(Nonce::of("cr", about));
    cx.discord.create_message(channel, &body).await?;
    Ok(())
}
