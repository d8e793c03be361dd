//! Who of the team is on duty by their own word, and who wants a direct message about CRITICAL alerts. The truth is
//! `crisis_duty`; a copy in Upstash lets an alert name them without another call.

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};
use serde_json::Value;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{SubCommandBuilder, SubCommandGroupBuilder};

use super::{
    actions, chain,
    messages::{alert::set_field, duty as texts},
    settings::{Chosen, Stage},
    team,
};
use crate::{
    batch,
    care::Severity,
    clients::{
        redis::{Command, Reply},
        supabase::{Filter, OnConflict},
    },
    command,
    context::{Cx, logged},
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{Mentions, Nonce},
    },
    edge::Time,
    error::{Error, Result},
    jobs::{self, JobRow},
    lang::Lang,
    reply::{Answer, Reply as Said},
};

/// The job that reminds; its key is `guild:user`.
pub const REMIND: &str = "crisis.duty";
/// Nobody is on duty longer without saying so again.
const SHIFT: TimeDelta = TimeDelta::hours(8);
const REMIND_BEFORE: TimeDelta = TimeDelta::minutes(30);

pub fn available_option() -> CommandOption {
    SubCommandBuilder::new("available", "For the team: you are on duty for the next 8 hours").build()
}

pub fn away_option() -> CommandOption {
    SubCommandBuilder::new("away", "For the team: you are on duty no more").build()
}

pub fn alerts_option() -> CommandOption {
    SubCommandGroupBuilder::new("alerts", "For the team: direct messages about CRITICAL alerts")
        .subcommands([
            SubCommandBuilder::new("on", "Send me a direct message about each CRITICAL alert"),
            SubCommandBuilder::new("off", "No direct messages about alerts any more"),
        ])
        .build()
}

/// Administrators alone may do what the team may, but nobody pings them: duty is for who has one of its roles.
async fn require_role(cx: &Cx, call: &Interaction) -> Result<Snowflake> {
    let chosen = team::require_team(cx, call).await?;
    if !team::is_team(&chosen, &call.role_ids) {
        return Err(Error::user(texts::no_role(cx.lang)));
    }
    call.guild()
}

pub async fn available(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = require_role(&cx, &call).await?;
    let until = begin(&cx, guild, call.user_id).await?;
    let others = now_on_duty(&cx, guild).await?;
    Ok(Answer::Message(Said::private(texts::available(cx.lang, until, call.user_id, &others))))
}

pub async fn away(cx: Cx, call: Interaction) -> Result<Answer> {
    team::require_team(&cx, &call).await?;
    let guild = call.guild()?;
    save(&cx, &json!({"guild_id": guild, "user_id": call.user_id, "available_until": null})).await?;
    let others = now_on_duty(&cx, guild).await?;
    Ok(Answer::Message(Said::private(texts::away(cx.lang, &others))))
}

pub async fn alerts_on(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = require_role(&cx, &call).await?;
    let row = json!({"guild_id": guild, "user_id": call.user_id, "wants_alerts": true, "refused_at": null});
    save(&cx, &row).await?;
    Ok(Answer::Message(Said::private(texts::alerts_on(cx.lang))))
}

pub async fn alerts_off(cx: Cx, call: Interaction) -> Result<Answer> {
    team::require_team(&cx, &call).await?;
    save(&cx, &json!({"guild_id": call.guild()?, "user_id": call.user_id, "wants_alerts": false})).await?;
    Ok(Answer::Message(Said::private(texts::alerts_off(cx.lang))))
}

/// The button on the reminder; the id says for whom it is.
pub async fn stay(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = require_role(&cx, &call).await?;
    if id.argument::<Snowflake>(0, cx.lang)? != call.user_id {
        return Err(Error::user(texts::not_yours(cx.lang)));
    }
    let until = begin(&cx, guild, call.user_id).await?;
    now_on_duty(&cx, guild).await?;
    Ok(Answer::Update(Said::public(texts::stays(cx.lang, call.user_id, until))))
}

async fn begin(cx: &Cx, guild: Snowflake, user: Snowflake) -> Result<Time> {
    let until = cx.now + SHIFT;
    save(cx, &json!({"guild_id": guild, "user_id": user, "available_until": until})).await?;
    jobs::owe(cx, guild, REMIND, &format!("{guild}:{user}"), until - REMIND_BEFORE, json!({})).await?;
    Ok(until)
}

async fn save(cx: &Cx, row: &Value) -> Result<()> {
    Ok(cx.supabase.insert("crisis_duty", &[row], Some(OnConflict::Replace("guild_id,user_id"))).await?)
}

#[derive(FromJson)]
struct Row {
    user_id: Snowflake,
    available_until: Option<Time>,
}

async fn rows(cx: &Cx, guild: Snowflake) -> Result<Vec<Row>> {
    Ok(cx.supabase.select("crisis_duty", "user_id,available_until", &[Filter::eq("guild_id", guild)]).await?)
}

/// Who is on duty, by the store of record; the copy follows.
pub async fn now_on_duty(cx: &Cx, guild: Snowflake) -> Result<Vec<Snowflake>> {
    let on_duty: Vec<(Snowflake, Time)> = rows(cx, guild)
        .await?
        .into_iter()
        .filter_map(|row| Some((row.user_id, row.available_until.filter(|until| *until > cx.now)?)))
        .collect();
    let key = copy_key(guild);
    let mut commands = vec![command!["DEL", key]];
    for (user, until) in &on_duty {
        commands.push(command!["ZADD", key, until.timestamp_millis(), user]);
    }
    commands.push(command!["EXPIRE", key, SHIFT.num_seconds()]);
    logged(cx, "crisis", cx.redis.multi_exec(&commands).await.map_err(Into::into));
    Ok(on_duty.into_iter().map(|(user, _)| user).collect())
}

/// Sorted set in Upstash: members of the team by when their duty ends (ms).
pub fn copy_key(guild: Snowflake) -> String {
    format!("crisis:duty:{guild}")
}

/// What the copy says of who is on duty.
pub fn copied(reply: &Reply) -> Vec<Snowflake> {
    reply.array().iter().filter_map(|user| user.text()?.parse().ok()).collect()
}

/// Names them on an alert that is drawn anew.
pub async fn show(cx: &Cx, guild: Snowflake, embed: &mut Value) {
    let ask: Command = command!["ZRANGEBYSCORE", copy_key(guild), cx.now.timestamp_millis(), "+inf"];
    let replies = logged(cx, "crisis", cx.redis.pipeline(&[ask]).await.map_err(Into::into));
    if let Some(reply) = replies.as_ref().and_then(|replies| replies.first()) {
        let lang = Lang::default();
        set_field(embed, texts::field(lang), &texts::on_duty(lang, &copied(reply)));
    }
}

/// Half an hour before their duty ends, unless they prolonged it or went away.
pub async fn remind(cx: Cx, row: JobRow) -> Result<()> {
    let guild = row.guild_id;
    let user: Option<Snowflake> = row.key.split_once(':').and_then(|(_, user)| user.parse().ok());
    let user = user.ok_or_else(|| Error::bug("a reminder for nobody"))?;
    let until = rows(&cx, guild).await?.into_iter().find(|one| one.user_id == user).and_then(|one| one.available_until);
    let Some(until) = until.filter(|until| *until > cx.now) else { return Ok(()) };
    let remind_at = until - REMIND_BEFORE;
    if remind_at > cx.now {
        return jobs::owe(&cx, guild, REMIND, &row.key, remind_at, json!({})).await;
    }
    let lang = Lang::default();
    let button = CustomId::write(actions::STAY, &[&user])?;
    let nonce = Nonce::of("cd", Snowflake(user.0 ^ until.timestamp() as u64));
    let mut body = texts::ends_soon(lang, user, until, button).with_nonce(nonce);
    body.allowed_mentions = Mentions::of(&[user], &[]);
    let channels = Chosen::load(&cx, guild).await.alert_channels(&cx, Severity::Medium, Stage::Live);
    chain::post_first(&cx, &channels, |_| body.clone()).await
}

/// Who left the guild or has no role of the team any more.
pub async fn losses(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut people = vec![];
    for (at, event) in events.iter().enumerate() {
        let (guild, user, roles) = match &event.body {
            EventBody::MemberLeft { guild_id, user_id, .. } => (*guild_id, *user_id, None),
            EventBody::MemberUpdated { guild_id, user_id, role_ids, .. } => (*guild_id, *user_id, Some(role_ids)),
            _ => continue,
        };
        let chosen = Chosen::load(&cx, guild).await;
        let is_of_team = roles.is_some_and(|roles| chosen.is_unknown || team::is_team(&chosen, roles));
        if chosen.stage() != Stage::Off && !is_of_team {
            people.push((at, json!({"guild_id": guild, "user_id": user})));
        }
    }
    batch::record(&cx, "crisis", &mut outcomes, &people, async |people| {
        let guilds: Vec<Snowflake> = cx.supabase.rpc("leave_crisis_duty", &json!({"people": people})).await?;
        for guild in guilds {
            now_on_duty(&cx, guild).await?;
        }
        Ok(())
    })
    .await;
    outcomes
}
