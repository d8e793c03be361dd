//! Welcoming: a message in the guild's channel, a checklist beside it for a week, and a direct message for who asked.

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{CHECKLIST_TEXT, WELCOME_CHANNEL, WELCOME_TEXT, messages, rules};
use crate::{
    batch,
    context::Cx,
    discord::message::{MessageBody, Nonce},
    error::{Error, Result, ServiceError},
    jobs::JobRow,
    retry::outcome_of,
    settings::{self, Setting, Settings},
};

/// After an outage nobody is welcomed who joined longer ago.
const LATEST: TimeDelta = TimeDelta::days(1);
const CHECKLIST_DAYS: i64 = 7;

pub async fn joined(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut rows: Vec<(usize, Value)> = vec![];
    for ((place, event), outcome) in events.iter().enumerate().zip(outcomes.iter_mut()) {
        let EventBody::MemberJoined { guild_id, user_id, joined_at, .. } = &event.body else { continue };
        if *joined_at < (cx.now - LATEST).timestamp_millis() {
            continue;
        }
        match settings::load(&cx, *guild_id).await {
            Ok(settings) if channel_of(&settings).is_some() => {
                rows.push((place, json!({"guild_id": guild_id, "user_id": user_id, "joined_at": joined_at})));
            }
            Ok(_) => {}
            Err(error) => {
                cx.log_failure("members", &error);
                *outcome = outcome_of(&error);
            }
        }
    }
    batch::record(&cx, "members", &mut outcomes, &rows, async |rows| {
        cx.supabase.rpc::<i64>("owe_welcomes", &json!({"joined": rows, "at": cx.now})).await?;
        Ok(())
    })
    .await;
    outcomes
}

/// What `open_welcome` answers.
#[derive(FromJson)]
struct Open {
    guild_id: Snowflake,
    user_id: Snowflake,
    joined_at: i64,
    message_id: Option<Snowflake>,
    checklist_id: Option<Snowflake>,
    wants_dm: bool,
}

impl Open {
    /// The same for the same joining: two isolates at once post one message.
    fn nonce(&self, purpose: &str) -> Nonce {
        Nonce::of(purpose, Snowflake(self.user_id.0 ^ self.joined_at.unsigned_abs()))
    }
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    let welcome_id = row.payload.get("welcome_id").cloned().unwrap_or_default();
    let Some(open) = cx.supabase.rpc::<Option<Open>>("open_welcome", &json!({"welcome_id": welcome_id})).await? else {
        return Ok(());
    };
    let settings = settings::load(&cx, open.guild_id).await?;
    let Some(channel) = channel_of(&settings) else { return Ok(()) };
    let template = text_of(&settings, &WELCOME_TEXT);
    let checklist = text_of(&settings, &CHECKLIST_TEXT);
    let guild = match template.contains("{guild}") || checklist.contains("{guild}") {
        true => cx.discord.guild_name(open.guild_id).await?,
        false => String::new(),
    };
    let made = |template: &str| messages::welcome(rules::welcome(template, open.user_id, &guild), open.user_id);
    let posted = async {
        let message = post(&cx, channel, open.message_id, made(&template), open.nonce("wel")).await?;
        let checklist = post(&cx, channel, open.checklist_id, made(&checklist), open.nonce("chk")).await?;
        Ok::<_, ServiceError>((message, checklist))
    };
    match posted.await {
        Ok((message, checklist)) => {
            let remove_at = cx.now + TimeDelta::days(CHECKLIST_DAYS);
            let mut noted = json!({"welcome_id": welcome_id, "channel_id": channel, "remove_at": remove_at});
            // What is not there is left out: the local PostgREST reads a null argument as an empty text.
            if let Some(fields) = noted.as_object_mut() {
                fields.extend(message.map(|id| ("message_id".to_owned(), json!(id))));
                fields.extend(checklist.map(|id| ("checklist_id".to_owned(), json!(id))));
            }
            cx.supabase.rpc::<()>("note_welcome", &noted).await?;
            settings::note_problem(&cx, open.guild_id, &WELCOME_CHANNEL, None).await?;
        }
        Err(error) if error.is_refused() => {
            let problem = messages::no_welcome(cx.lang, channel);
            settings::note_problem(&cx, open.guild_id, &WELCOME_CHANNEL, Some(&problem)).await?;
        }
        Err(error) => return Err(error.into()),
    }
    if open.wants_dm && !template.is_empty() {
        let direct = async {
            let channel = cx.discord.direct_channel(open.user_id).await?;
            cx.discord.create_message(channel, &made(&template).with_nonce(open.nonce("wdm"))).await
        };
        match direct.await {
            // Who closed their direct messages since has thereby said so.
            Err(error) if !error.is_refused() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Posts what is not posted yet; an empty text is none.
async fn post(
    cx: &Cx,
    channel: Snowflake,
    posted: Option<Snowflake>,
    message: MessageBody,
    nonce: Nonce,
) -> Result<Option<Snowflake>, ServiceError> {
    if posted.is_some() || message.content.trim().is_empty() {
        return Ok(posted);
    }
    Ok(Some(cx.discord.create_message(channel, &message.with_nonce(nonce)).await?.id))
}

/// A week later. What somebody deleted before is gone as wished.
pub async fn remove_checklist(cx: Cx, row: JobRow) -> Result<()> {
    let id = |name: &str| -> Result<Snowflake> {
        let text = row.payload.get(name).and_then(Value::as_str);
        text.and_then(|text| text.parse().ok()).ok_or_else(|| Error::bug("a checklist without its message"))
    };
    match cx.discord.delete_message(id("channel_id")?, id("message_id")?).await {
        Err(error) if !error.is_refused() => Err(error.into()),
        _ => Ok(()),
    }
}

fn channel_of(settings: &Settings) -> Option<Snowflake> {
    settings.value(&WELCOME_CHANNEL).as_str()?.parse().ok()
}

fn text_of(settings: &Settings, setting: &Setting) -> String {
    settings.value(setting).as_str().unwrap_or_default().to_owned()
}
