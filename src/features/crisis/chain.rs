//! Nobody reacts: the job of an alert pings on, step by step, until somebody has it in hand. The row decides, whoever runs it when.

mod plan;

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use serde_json::Value;

use self::plan::{Step, Waits, plan};
use super::{
    for_others::alerted,
    messages::chain as texts,
    push,
    settings::{
        ADMIN_ROLE, CHAIN_ADMIN_MINUTES, CHAIN_PING_MINUTES, CHAIN_SECOND_MINUTES, Chosen, SECOND_ROLE, STORM_PINGS,
        Stage,
    },
    state,
    store::Alert,
};
use crate::{
    care::{AlertStep, Severity},
    context::{Cx, logged},
    discord::message::{self, Mentions, MessageBody, Nonce},
    edge::Time,
    error::{Error, Result},
    features,
    jobs::JobRow,
    lang::Lang,
};

/// A step that failed in every channel is tried again so soon, and given up so late: the next ones never wait for it.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);
const GIVE_UP_AFTER: TimeDelta = TimeDelta::minutes(30);
/// Direct messages in one run, two calls each: a run has few to spare.
const VOLUNTEERS_AT_ONCE: u32 = 5;

/// What `crisis_chain` answers.
#[derive(FromJson)]
struct Look {
    alert: Alert,
    since: Time,
    round: String,
    done: Vec<String>,
    /// By the step's name.
    pings: Value,
    is_staffed: bool,
    volunteers: Option<Vec<Snowflake>>,
}

/// The job `crisis.chain`; its key is the alert's id.
pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let id: i64 = row.key.parse().map_err(|_| Error::bug("a chain without an alert"))?;
    let mut after = row.payload.get("after").and_then(Value::as_str).unwrap_or("0").to_owned();
    let ask = json!({
        "guild_id": row.guild_id, "alert_id": id, "after": after, "max_volunteers": VOLUNTEERS_AT_ONCE, "at": cx.now,
    });
    let Some(look) = cx.supabase.rpc::<Option<Look>>("crisis_chain", &ask).await? else { return Ok(()) };
    let chosen = Chosen::load(&cx, row.guild_id).await;
    let is_trial = look.alert.mode == "shadow" || chosen.stage() != Stage::Live;
    if is_trial && look.alert.mode != "drill" {
        return Ok(());
    }
    let waits = waits(&chosen);
    let waits = if look.is_staffed { waits } else { waits.halved() };
    let mut plan = plan(&look.alert, look.since, &look.done, &waits, cx.now);
    if !plan.due.is_empty()
        && let Some(until) = snoozed(&cx, &look.alert).await
    {
        plan.due.clear();
        plan.next = Some(until);
    }
    let mut made = vec![];
    for (step, due) in plan.due {
        let said = take(&cx, &chosen, &look, step).await;
        let is_late = cx.now - due > GIVE_UP_AFTER;
        match logged(&cx, "crisis", said) {
            None if !is_late => {
                let again = cx.now + AGAIN_AFTER;
                plan.next = Some(plan.next.map_or(again, |next| next.min(again)));
            }
            said => {
                if step == Step::Admins {
                    incident(&cx, &look.alert).await;
                }
                made.push(json!({"step": step.name(), "failed": said.is_none()}));
            }
        }
    }
    let mut told = false;
    if let Some(volunteers) = &look.volunteers {
        for user in volunteers {
            tell(&cx, &chosen, &look.alert, *user).await;
        }
        told = volunteers.len() < VOLUNTEERS_AT_ONCE as usize;
        if let Some(last) = volunteers.last().filter(|_| !told) {
            after = last.to_string();
            plan.next = Some(cx.now);
        }
    }
    let mut note = json!({
        "guild_id": row.guild_id, "alert_id": id, "round": look.round, "steps": made, "told": told, "after": after,
        "at": cx.now,
    });
    if let (Some(next), Some(fields)) = (plan.next, note.as_object_mut()) {
        fields.insert("next_at".to_owned(), json!(next));
    }
    Ok(cx.supabase.rpc("note_crisis_chain", &note).await?)
}

/// When the chain of a new alert is looked at first. A CRITICAL one at once, because of who wants to be told; others when the
/// first step is due if nobody is on duty. The run itself knows whether somebody is.
pub fn begins_at(cx: &Cx, chosen: &Chosen, severity: Severity) -> Time {
    match severity {
        Severity::Critical => cx.now,
        _ => cx.now + waits(chosen).halved().ping,
    }
}

fn waits(chosen: &Chosen) -> Waits {
    let minutes = |setting| TimeDelta::seconds((chosen.number(setting) * 60.0) as i64);
    Waits {
        ping: minutes(&CHAIN_PING_MINUTES),
        second: minutes(&CHAIN_SECOND_MINUTES),
        admins: minutes(&CHAIN_ADMIN_MINUTES),
    }
}

/// Until when the team wants no pings about this member. CRITICAL pings all the same; and if nobody knows, it is pinged.
async fn snoozed(cx: &Cx, alert: &Alert) -> Option<Time> {
    if alert.severity == Severity::Critical {
        return None;
    }
    logged(cx, "crisis", state::snoozed_until(cx, alert.guild_id, alert.member_id).await).flatten()
}

async fn take(cx: &Cx, chosen: &Chosen, look: &Look, step: Step) -> Result<()> {
    let alert = &look.alert;
    if step == Step::Opener {
        // In a drill nobody is in danger, and nobody is written to.
        return match alert.mode.as_str() {
            "drill" => Ok(()),
            _ => features::ash_follows(cx, &alerted(alert), AlertStep::Due).await,
        };
    }
    let lang = Lang::default();
    let (roles, users): (Vec<Snowflake>, Vec<Snowflake>) = match step {
        Step::Ping | Step::Role => (chosen.crt_role(cx).into_iter().collect(), vec![]),
        // Without a second role the first is asked once more.
        Step::Second => (chosen.id(&SECOND_ROLE).or_else(|| chosen.crt_role(cx)).into_iter().collect(), vec![]),
        Step::Admins => match chosen.id(&ADMIN_ROLE) {
            Some(role) => (vec![role], vec![]),
            None => (vec![], vec![cx.discord.guild(alert.guild_id).await?.owner_id]),
        },
        Step::Acknowledger => (vec![], alert.acknowledged_by.into_iter().collect()),
        Step::Opener => (vec![], vec![]),
    };
    // In a storm everybody knows: the reply is there, the ping is not repeated for each alert.
    let pings = look.pings.get(step.name()).and_then(Value::as_f64).unwrap_or_default();
    let is_storm = alert.severity < Severity::Critical && pings >= chosen.number(&STORM_PINGS);
    let roles = if is_storm { vec![] } else { roles };
    let waited = cx.now - look.since;
    let text = match step {
        Step::Opener | Step::Ping | Step::Second | Step::Admins => {
            texts::nobody_reacted(lang, step == Step::Admins, waited)
        }
        Step::Acknowledger => texts::nobody_wrote(lang, alert.channel_id, waited),
        Step::Role => texts::still_nobody_wrote(lang, alert.channel_id, alert.acknowledged_by, waited),
    };
    let on_duty = if look.is_staffed { "" } else { texts::nobody_on_duty(lang) };
    let mut content = String::new();
    content.extend(roles.iter().map(|role| format!("<@&{role}> ")));
    content.extend(users.iter().map(|user| format!("<@{user}> ")));
    if alert.mode == "drill" {
        content.push_str(texts::drill(lang));
    }
    content.push_str(&text);
    content.push_str(on_duty);
    let post = alert.alert_message_id.unwrap_or(alert.message_id);
    let nonce = Nonce::of(step.purpose(), Snowflake(post.0 ^ look.since.timestamp_millis() as u64));
    let mut channels: Vec<Snowflake> = alert.alert_channel_id.into_iter().collect();
    channels.extend(chosen.alert_channels(cx, alert.severity, Stage::Live));
    post_first(cx, &channels, |channel| {
        let is_home = alert.alert_channel_id == Some(channel);
        let mut body = match alert.alert_message_id {
            Some(post) if is_home => MessageBody::text(content.clone()).in_reply_to(post),
            _ => MessageBody::text(format!("{content}\n{}", link(alert))),
        };
        body.allowed_mentions = Mentions::of(&users, &roles);
        body.with_nonce(nonce.clone())
    })
    .await
}

/// Posts in the first of `channels` that takes it, whatever is wrong with the others.
pub async fn post_first(cx: &Cx, channels: &[Snowflake], body: impl Fn(Snowflake) -> MessageBody) -> Result<()> {
    let mut failed = Error::bug("a guild without any channel for alerts");
    for (at, channel) in channels.iter().enumerate() {
        if channels.iter().take(at).any(|earlier| earlier == channel) {
            continue;
        }
        match cx.discord.create_message(*channel, &body(*channel)).await {
            Ok(_) => return Ok(()),
            Err(error) => failed = error.into(),
        }
    }
    Err(failed)
}

/// Where the alert stands, else what it is about.
fn link(alert: &Alert) -> String {
    let (channel, message) =
        alert.alert_channel_id.zip(alert.alert_message_id).unwrap_or((alert.channel_id, alert.message_id));
    message::link(Some(alert.guild_id), channel, message)
}

/// The admins were told that nobody reacted. Whoever is told besides them is told here.
async fn incident(cx: &Cx, alert: &Alert) {
    let level = if alert.mode == "drill" { "info" } else { "error" };
    let fields = json!({
        "guild_id": alert.guild_id, "alert_id": alert.alert_id, "message_id": alert.message_id,
        "severity": alert.severity.name(), "mode": alert.mode,
    });
    cx.log(level, "crisis_incident", fields);
    if alert.mode != "drill" {
        let text = texts::incident(Lang::default(), alert.severity, alert.guild_id);
        logged(cx, "crisis", push::page(cx, &text).await);
    }
}

/// A direct message to somebody who asked for it. Nothing waits for it; a closed door is told to the team once.
async fn tell(cx: &Cx, chosen: &Chosen, alert: &Alert, user: Snowflake) {
    let lang = Lang::default();
    let text = texts::to_volunteer(lang, alert.mode == "drill", &link(alert));
    let body = MessageBody::text(text).with_nonce(Nonce::of("cv", Snowflake(alert.message_id.0 ^ user.0)));
    let sent = async {
        let channel = cx.discord.direct_channel(user).await?;
        cx.discord.create_message(channel, &body).await
    };
    let Err(error) = sent.await else { return };
    let is_refused = error.is_refused();
    cx.log_failure("crisis", &error.into());
    if !is_refused {
        return;
    }
    let note = json!({"guild_id": alert.guild_id, "user_id": user, "refused": true, "at": cx.now});
    let is_news = cx.supabase.rpc("note_crisis_message", &note).await;
    if logged(cx, "crisis", is_news.map_err(Into::into)) == Some(true) {
        let channels = chosen.alert_channels(cx, Severity::Medium, Stage::Live);
        let said = post_first(cx, &channels, |_| MessageBody::text(texts::closed_door(lang, user))).await;
        logged(cx, "crisis", said);
    }
}
