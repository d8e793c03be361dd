//! `/userhistory`, and *History* on an alert: what is kept of a member and what the team did about it; and `/crisis history clear`.
//!
//! The words of a message are behind a press of their own, and who pressed is noted. That something could not be read is always
//! said: an empty list must never look like good news by mistake.

use from_json::{FromJson, json};
use futures_util::future::join;
use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::application::{
    command::{Command as Definition, CommandOption, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{
    CommandBuilder, IntegerBuilder, SubCommandBuilder, SubCommandGroupBuilder, UserBuilder,
};

use super::{
    buttons::{about, note_place},
    messages,
    screen::screen,
    settings::{
        CRISIS_CHANNEL, CRITICAL_CHANNEL, HISTORY_DAYS, LEAD_CHANNEL, MONITOR_CHANNEL, NOTES_CHANNEL, REPORT_CHANNEL,
    },
    state,
    store::Alert,
    team::{require_admin, require_team},
};
use crate::{
    care::{
        Severity,
        history::{self, Entry},
    },
    context::{Cx, logged},
    discord::{custom_id::CustomId, interaction::Interaction},
    edge::Time,
    error::{Error, Result},
    lang::Lang,
    person::note_access,
    reply::{Answer, Reply},
    sort,
};

const COUNT: u32 = 10;
const MAX_COUNT: u32 = 50;
const MAX_NOTES: usize = 5;
/// Messages on one page; what is said of them fits into an embed.
pub const PAGE: usize = 10;
/// Only these channels show what is known of a member.
const PLACES: [&crate::settings::Setting; 6] =
    [&MONITOR_CHANNEL, &CRISIS_CHANNEL, &CRITICAL_CHANNEL, &LEAD_CHANNEL, &NOTES_CHANNEL, &REPORT_CHANNEL];
/// In the name of something found: how somebody would do it is not repeated.
const METHODS: [&str; 4] = ["method", "means", "preparation", "attempt"];

/// One message of the member.
#[derive(Debug)]
pub struct Line {
    pub message_id: Snowflake,
    pub channel_id: Snowflake,
    pub severity: Severity,
    pub score: Option<f32>,
    /// None if it is not kept, or may not be shown.
    pub words: Option<String>,
    /// The alert that stands for it.
    pub alert: Option<Alert>,
    /// It was counted on an alert about another message.
    pub is_merged: bool,
}

impl Line {
    pub fn at(&self) -> Time {
        Time::from_timestamp_millis(self.message_id.created_at_ms()).unwrap_or_default()
    }
}

/// What became of reading the kept messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// So many of them no key opens any more.
    Read { closed: usize },
    /// The store does not answer.
    Down,
    /// Without a key nothing is kept.
    Off,
}

/// What somebody of the team wrote when they resolved an alert.
#[derive(Debug)]
pub struct Note {
    pub by: Option<Snowflake>,
    pub at: Time,
    pub text: String,
}

/// Everything that is told of a member.
#[derive(Debug)]
pub struct Told {
    pub guild_id: Snowflake,
    pub member_id: Snowflake,
    /// Newest first.
    pub lines: Vec<Line>,
    pub kept: Kept,
    /// What stands in Postgres beside the alerts; None if it cannot be read.
    pub record: Option<Value>,
    pub days: u32,
}

pub fn definition() -> Definition {
    CommandBuilder::new("userhistory", "For the crisis team: what is known of a member", CommandType::ChatInput)
        .contexts([InteractionContextType::Guild])
        .option(UserBuilder::new("user", "Whose history").required(true))
        .option(
            IntegerBuilder::new("count", "How many messages; 10 if left out").min_value(1).max_value(MAX_COUNT.into()),
        )
        .build()
}

pub fn group() -> CommandOption {
    let clear = SubCommandBuilder::new("clear", "Forget what is kept of a member's messages")
        .option(UserBuilder::new("user", "Whose history").required(true));
    SubCommandGroupBuilder::new("history", "What is kept of members").subcommands([clear]).build()
}

/// Answered deferred: while a store hangs, Discord must not give up on the command.
pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let member = user(&cx, &call)?;
    let count = call.input.integer("count").and_then(|count| u32::try_from(count).ok()).unwrap_or(COUNT);
    let place = require_place(&cx, &call).await?;
    let work = async move { first_page(&cx, &call, place, member, count).await };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// *History* on an alert.
pub async fn pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let place = require_place(&cx, &call).await?;
    let work = async move {
        let member = about(&cx, &call, &id).await?.member_id;
        first_page(&cx, &call, place, member, COUNT).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

async fn first_page(cx: &Cx, call: &Interaction, place: Place, member: Snowflake, count: u32) -> Result<Reply> {
    let told = load(cx, place, member, count).await;
    let noted = note_access(cx, told.guild_id, member, call.user_id, "opened their crisis history").await;
    logged(cx, "crisis", noted);
    Ok(Reply::private(messages::history::page(cx.lang, &told, count, 0)?))
}

/// Another page of the same list.
pub async fn turn(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (member, count, page) = (id.argument(0, cx.lang)?, id.argument(1, cx.lang)?, id.argument(2, cx.lang)?);
    let place = require_place(&cx, &call).await?;
    let told = load(&cx, place, member, count).await;
    Ok(Answer::Update(Reply::private(messages::history::page(cx.lang, &told, count, page)?)))
}

/// The words of one page, and with the first one the newest notes. Without the note of who reads them nobody does.
pub async fn words(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (member, count, page) = (id.argument(0, cx.lang)?, id.argument(1, cx.lang)?, id.argument(2, cx.lang)?);
    let place = require_place(&cx, &call).await?;
    let work = async move {
        let told = load(&cx, place, member, count).await;
        note_access(&cx, told.guild_id, member, call.user_id, "read words of their crisis history").await?;
        let notes = if page == 0 { notes(&cx, told.guild_id, member).await? } else { vec![] };
        Ok(Reply::private(messages::history::words(cx.lang, &told, page, &notes)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// A guild, and for how many days it keeps messages.
type Place = (Snowflake, u32);

/// Refuses who may not see it, and where others might.
async fn require_place(cx: &Cx, call: &Interaction) -> Result<Place> {
    let guild = call.guild()?;
    let chosen = require_team(cx, call).await?;
    // Alerts may stand there, too.
    let fallback = cx.config.fallback_alert_channel;
    let places: Vec<Snowflake> = PLACES.iter().filter_map(|place| chosen.id(place)).chain(fallback).collect();
    if call.channel_id.is_some_and(|channel| places.contains(&channel)) {
        return Ok((guild, chosen.number(&HISTORY_DAYS) as u32));
    }
    Err(Error::user(messages::history::elsewhere(cx.lang, &places)))
}

/// Reads both stores side by side; whatever one of them lacks, the other's part is told.
async fn load(cx: &Cx, (guild_id, days): Place, member_id: Snowflake, count: u32) -> Told {
    let count = count.clamp(1, MAX_COUNT);
    let asked = json!({"guild_id": guild_id, "member_id": member_id, "max_rows": count, "at": cx.now});
    let (kept, record) =
        join(history::kept(cx, guild_id, member_id, count), cx.supabase.rpc::<Value>("crisis_member_history", &asked))
            .await;
    let record = logged(cx, "crisis", record.map_err(Error::from));
    let (entries, kept) = match logged(cx, "crisis", kept) {
        None => (vec![], Kept::Down),
        Some((entries, 0)) if cx.config.state_keys.is_none() => (entries, Kept::Off),
        Some((entries, closed)) => (entries, Kept::Read { closed }),
    };
    let alerts = record.as_ref().and_then(|record| record.get("alerts")).and_then(Value::as_array);
    let mut lines = lines(entries, alerts.map(Vec::as_slice).unwrap_or_default());
    lines.truncate(count as usize);
    Told { guild_id, member_id, lines, kept, record, days }
}

/// Messages that are kept, those that there was an alert about, or both; newest first.
fn lines(entries: Vec<Entry>, alerts: &[Value]) -> Vec<Line> {
    let mut lines: Vec<Line> = entries
        .into_iter()
        .map(|entry| Line {
            message_id: entry.message_id,
            channel_id: entry.channel_id,
            severity: entry.severity,
            score: entry.score,
            words: Some(entry.text).filter(|_| !entry.in_ticket),
            alert: None,
            is_merged: false,
        })
        .collect();
    for row in alerts {
        let Ok(alert) = Alert::from_json(row) else { continue };
        let at = lines.iter().position(|line| line.message_id == alert.message_id).unwrap_or_else(|| {
            lines.push(Line {
                message_id: alert.message_id,
                channel_id: alert.channel_id,
                severity: alert.severity,
                score: alert.score,
                words: None,
                alert: None,
                is_merged: false,
            });
            lines.len() - 1
        });
        if let Some(line) = lines.get_mut(at) {
            line.severity = alert.severity;
            line.is_merged = row.get("is_merged").and_then(Value::as_bool).unwrap_or_default();
            line.alert = Some(alert);
        }
    }
    for line in &mut lines {
        let row = alerts.iter().find(|row| row.get("message_id") == Some(&json!(line.message_id)));
        let found = row.and_then(|row| row.get("factors")).and_then(Value::as_array).into_iter().flatten();
        let is_method = |factor: &str| METHODS.iter().any(|method| factor.contains(method));
        // What was found may be unreadable now: the words are looked at again.
        let is_hidden = found.filter_map(Value::as_str).any(is_method)
            || line.words.as_deref().is_some_and(|words| screen(words).factors.into_iter().any(is_method));
        if is_hidden {
            line.words = None;
        }
    }
    sort::by_key(&mut lines, |line| std::cmp::Reverse(line.message_id));
    lines
}

async fn notes(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Vec<Note>> {
    let Some(seal) = &cx.config.state_keys else { return Ok(vec![]) };
    let arguments = json!({"guild_id": guild, "member_id": member, "max_rows": MAX_NOTES});
    let rows: Vec<Value> = cx.supabase.rpc("crisis_notes_about", &arguments).await?;
    let place = note_place(guild);
    let opened = rows.iter().filter_map(|row| {
        let text = |field: &str| row.get(field).and_then(Value::as_str);
        Some(Note {
            by: text("by").and_then(|id| id.parse().ok()),
            at: text("at")?.parse().ok()?,
            text: seal.open(&place, text("sealed")?)?,
        })
    });
    Ok(opened.collect())
}

pub async fn ask_clear(cx: Cx, call: Interaction) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let member = user(&cx, &call)?;
    Ok(Answer::Message(Reply::private(messages::history::ask_clear(cx.lang, member)?)))
}

pub async fn clear(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let (guild, member) = (call.guild()?, id.argument(0, cx.lang)?);
    note_access(&cx, guild, member, call.user_id, "cleared their crisis history").await?;
    state::forget_history(&cx, guild, member).await?;
    Ok(Answer::Update(Reply::private(messages::history::cleared(cx.lang, member))))
}

pub fn user(cx: &Cx, call: &Interaction) -> Result<Snowflake> {
    call.input.id("user").ok_or_else(|| {
        Error::user(match cx.lang {
            Lang::En | Lang::De => "Please choose a member.",
        })
    })
}
