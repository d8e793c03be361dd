//! A guild's own webhook: hears what becomes of alerts, without text and name, signed; delivered by a job, so that no alert waits for it.

use std::time::Duration;

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{StringBuilder, SubCommandBuilder};

use super::{
    messages,
    settings::{Chosen, WEBHOOK_SECRET, WEBHOOK_URL},
    team,
};
use crate::{
    clients::{self, supabase::Filter},
    context::{Cx, logged},
    discord::{
        interaction::Interaction,
        message::{colour, link, said},
    },
    edge::Time,
    error::{Error, Failure, Result, Service, ServiceError},
    jobs::{self, JobRow},
    lang::Lang,
    reply::{Answer, Reply},
    seal, settings,
};

pub const DELIVER: &str = "crisis.webhook";
/// What happened to an alert.
pub const POSTED: &str = "alert.posted";
/// The team did something about it; its status says what.
pub const CHANGED: &str = "alert.changed";

const TIMEOUT: Duration = Duration::from_secs(5);
/// What could not be delivered in a day is old news.
const LONGEST: TimeDelta = TimeDelta::hours(24);
const MAX_URL: u16 = 500;
/// Where the secret is sealed for.
const PLACE: &str = "crisis.webhook_secret";

/// Owes a delivery, if the guild has a webhook. A failure is only logged: the alert matters more.
pub async fn owe(cx: &Cx, chosen: &Chosen, (guild, message): (Snowflake, Snowflake), event: &str) {
    if chosen.text(&WEBHOOK_URL).is_empty() {
        return;
    }
    let key = format!("{guild}:{message}:{event}:{}", cx.now.timestamp_millis());
    let payload = json!({"message_id": message, "event": event, "at": cx.now});
    logged(cx, "crisis", jobs::owe(cx, guild, DELIVER, &key, cx.now, payload).await);
}

#[derive(FromJson)]
struct Owed {
    message_id: Snowflake,
    event: String,
    at: Time,
}

#[derive(FromJson)]
struct Row {
    alert_id: i64,
    channel_id: Snowflake,
    severity: String,
    status: String,
}

/// Delivers one event. The receiver tells a delivery that came twice by `x-ash-delivery`.
pub async fn deliver(cx: Cx, row: JobRow) -> Result<()> {
    let owed: Owed = from_json::FromJson::from_json(&row.payload)
        .map_err(|error| Error::bug(format!("payload of a webhook: {error}")))?;
    let guild = row.guild_id;
    let chosen = Chosen::load(&cx, guild).await;
    let url = chosen.text(&WEBHOOK_URL);
    let seal = cx.config.state_keys.as_ref();
    let secret = seal.and_then(|seal| seal.open(PLACE, &chosen.text(&WEBHOOK_SECRET)));
    // It was taken away meanwhile.
    let (false, Some(secret)) = (url.is_empty() || chosen.is_unknown, secret) else { return Ok(()) };
    let filters = [Filter::eq("guild_id", guild), Filter::eq("message_id", owed.message_id)];
    let columns = "alert_id,channel_id,severity,status";
    let rows: Vec<Row> = cx.supabase.select("crisis_alerts", columns, &filters).await?;
    // Erased since.
    let Some(alert) = rows.into_iter().next() else { return Ok(()) };
    let link = link(Some(guild), alert.channel_id, owed.message_id);
    let body = json!({
        "v": 1, "event": owed.event, "alert_id": alert.alert_id.to_string(), "guild_id": guild,
        "severity": alert.severity, "status": alert.status, "at": owed.at, "link": link,
    })
    .to_string();
    let timestamp = cx.now.timestamp().to_string();
    let signature = seal::hmac(secret.as_bytes(), format!("{timestamp}.{body}").as_bytes());
    let request = cx
        .http
        .post(url)
        .header("content-type", "application/json")
        .header("x-ash-delivery", &row.key)
        .header("x-ash-timestamp", timestamp)
        .header("x-ash-signature", format!("v1={}", hex::encode(signature)))
        .body(body);
    let failure = match clients::send(request, TIMEOUT, Service::Outside, "webhook").await {
        Ok(answer) if answer.status.is_success() => {
            // Only one that failed before can have left a note.
            if row.attempts > 1 {
                settings::note_problem(&cx, guild, &WEBHOOK_URL, None).await?;
            }
            return Ok(());
        }
        Ok(answer) => {
            let kind = Failure::Refused { status: answer.status.as_u16(), code: String::new(), message: String::new() };
            ServiceError::new(Service::Outside, "webhook", kind)
        }
        Err(error) => error,
    };
    let noted =
        settings::note_problem(&cx, guild, &WEBHOOK_URL, Some(messages::webhook::failing(Lang::default()))).await;
    logged(&cx, "crisis", noted);
    if cx.now - owed.at > LONGEST {
        cx.log("warn", "webhook_given_up", json!({"guild_id": guild, "message_id": owed.message_id}));
        return Ok(());
    }
    Err(failure.into())
}

pub fn option() -> CommandOption {
    SubCommandBuilder::new("webhook", "Where your own systems hear of alerts, without text and names")
        .option(StringBuilder::new("url", "https://...; leave it out to take it away").max_length(MAX_URL))
        .build()
}

/// `/crisis webhook`: sets the address and makes a new secret, which is shown once.
pub async fn choose(cx: Cx, call: Interaction) -> Result<Answer> {
    team::require_admin(&cx, &call).await?;
    let (guild, actor) = (call.guild()?, call.user_id);
    let Some(url) = call.input.text("url").map(str::trim).filter(|url| !url.is_empty()) else {
        settings::reset(&cx, guild, &WEBHOOK_URL).await?;
        settings::reset(&cx, guild, &WEBHOOK_SECRET).await?;
        settings::note_problem(&cx, guild, &WEBHOOK_URL, None).await?;
        return Ok(Answer::Message(Reply::private(said(messages::webhook::gone(cx.lang), colour::GOOD))));
    };
    if !is_allowed(&cx, url) {
        return Err(Error::user(messages::webhook::wrong(cx.lang)));
    }
    let Some(seal) = &cx.config.state_keys else { return Err(Error::user(messages::webhook::no_keys(cx.lang))) };
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::bug(format!("no random numbers: {error}")))?;
    let secret = hex::encode(bytes);
    settings::save(&cx, guild, &WEBHOOK_SECRET, json!(seal.seal(PLACE, &secret)?), actor).await?;
    settings::save(&cx, guild, &WEBHOOK_URL, json!(url), actor).await?;
    Ok(Answer::Message(Reply::private(said(messages::webhook::chosen(cx.lang, &secret), colour::GOOD))))
}

/// https only; a bot that lives on this machine alone may speak to it.
fn is_allowed(cx: &Cx, url: &str) -> bool {
    let Ok(parsed) = reqwest::Url::parse(url) else { return false };
    let is_local = cx.config.discord_api_url.starts_with("http://127.0.0.1");
    match parsed.scheme() {
        "https" => matches!(parsed.domain(), Some(domain) if domain.contains('.')),
        "http" => is_local && parsed.host_str() == Some("127.0.0.1"),
        _ => false,
    }
}
