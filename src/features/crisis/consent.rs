//! `/ash status`, `/ash optout`, `/ash optin`: what members decide about themselves, at any time and for as long as they want.

use from_json::FromJson;
use relay_wire::Snowflake;
use serde_json::{Map, Value, json};
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{StringBuilder, SubCommandBuilder};

use super::{
    health,
    messages::{self, consent::Standing},
    person::HOLDS,
    preview,
    settings::{CONTACT, Chosen, HISTORY_DAYS, OPT_IN, PRIVACY_URL, Stage},
    state,
    team::require_team,
};
use crate::{
    clients::supabase::Filter,
    context::{Cx, logged},
    discord::interaction::Interaction,
    error::{Error, Result},
    features,
    jobs::JobRow,
    person::{self, Person},
    relay_filter,
    reply::{Answer, Reply},
    sort::gathered,
};

/// Guilds that a status in direct messages tells of.
const MAX_GUILDS: usize = 10;

pub fn status_option() -> CommandOption {
    SubCommandBuilder::new("status", "Whether you are watched here, what is kept of you, and how to say no").build()
}

pub fn opt_out_option() -> CommandOption {
    let which = which("from", "What you do not want; both, if you choose nothing");
    SubCommandBuilder::new("optout", "Be left alone: by Ash, by the watching, or both").option(which).build()
}

pub fn opt_in_option() -> CommandOption {
    let which = which("to", "What you want again; both, if you choose nothing");
    SubCommandBuilder::new("optin", "Say yes to Ash, to the watching, or both").option(which).build()
}

fn which(name: &str, description: &str) -> StringBuilder {
    StringBuilder::new(name, description).choices([
        ("Ash writing to me", "ash"),
        ("My messages being watched", "monitoring"),
        ("Both", "both"),
        ("Ash's direct messages", "direct"),
    ])
}

pub async fn opt_out(cx: Cx, call: Interaction) -> Result<Answer> {
    let which = Which::read(call.input.text("from"));
    choose(cx, call, which, true)
}

pub async fn opt_in(cx: Cx, call: Interaction) -> Result<Answer> {
    let which = Which::read(call.input.text("to"));
    choose(cx, call, which, false)
}

#[derive(Clone, Copy)]
pub struct Which {
    pub ash: bool,
    pub monitoring: bool,
    pub direct: bool,
}

impl Which {
    fn read(chosen: Option<&str>) -> Self {
        let is = |which| chosen == Some(which);
        let direct = is("direct");
        Self { ash: !is("monitoring") && !direct, monitoring: !is("ash") && !direct, direct }
    }
}

fn choose(cx: Cx, call: Interaction, which: Which, out: bool) -> Result<Answer> {
    let work = async move {
        let guilds = guilds(&cx, &call).await?;
        if guilds.is_empty() {
            return Err(Error::user(messages::consent::no_server(cx.lang)));
        }
        if which.direct {
            let arguments = json!({"guild_ids": guilds, "user_id": call.user_id, "allowed": !out, "at": cx.now});
            cx.supabase.rpc::<()>("allow_ash_direct", &arguments).await?;
            return Ok(Reply::private(messages::consent::chosen(cx.lang, which, out, call.guild_id.is_none())));
        }
        let columns = [("ash_opt_out", which.ash), ("monitoring_opt_out", which.monitoring)];
        let chosen = columns.into_iter().filter(|(_, is_meant)| *is_meant);
        let chosen: Map<String, Value> = gathered(chosen.map(|(column, _)| (column.to_owned(), json!(out))));
        let arguments = json!({"guild_ids": guilds, "user_id": call.user_id, "chosen": chosen, "at": cx.now});
        cx.supabase.rpc::<()>("set_preferences", &arguments).await?;
        if which.monitoring {
            relay_filter::changed(&cx).await;
        }
        if which.monitoring && out {
            for guild in &guilds {
                // The job that `set_preferences` owes does what fails here.
                logged(&cx, "crisis", forget_member(&cx, *guild, call.user_id).await);
            }
        }
        Ok(Reply::private(messages::consent::chosen(cx.lang, which, out, call.guild_id.is_none())))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// Somebody opted out of being watched, here or in `/privacy`.
pub async fn forget(cx: Cx, row: JobRow) -> Result<()> {
    let member = row.payload.get("user_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let member = member.ok_or_else(|| Error::bug("somebody opted out, and nobody knows who"))?;
    forget_member(&cx, row.guild_id, member).await
}

/// What is kept of them because they were watched.
async fn forget_member(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<()> {
    state::forget_member(cx, guild, member).await?;
    preview::remove_of_member(cx, guild, member).await
}

/// The guild it was asked in; in direct messages, every guild that knows them.
async fn guilds(cx: &Cx, call: &Interaction) -> Result<Vec<Snowflake>> {
    match call.guild_id {
        Some(guild) => Ok(vec![guild]),
        None => Ok(cx.supabase.rpc("person_guilds", &json!({"user_id": call.user_id})).await?),
    }
}

pub async fn status(cx: Cx, call: Interaction) -> Result<Answer> {
    let work = async move {
        let mut parts = vec![];
        for guild in guilds(&cx, &call).await?.into_iter().take(MAX_GUILDS) {
            let chosen = Chosen::load(&cx, guild).await;
            if call.guild_id.is_none() && chosen.stage() == Stage::Off {
                continue;
            }
            let name = match call.guild_id {
                Some(_) => None,
                None => Some(cx.discord.guild_name(guild).await?),
            };
            let standing = standing(&cx, guild, call.user_id, &chosen).await?;
            parts.push(messages::consent::standing(cx.lang, name.as_deref(), &standing));
            parts.extend(features::ash_planned(&cx, guild, call.user_id).await?);
            if call.guild_id.is_some() && require_team(&cx, &call).await.is_ok() {
                parts.push(messages::consent::for_team(cx.lang, &standing));
                parts.push(health::line(&cx, guild).await);
            }
        }
        Ok(Reply::private(messages::consent::status(cx.lang, parts)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

#[derive(Default, FromJson)]
struct Preferences {
    monitoring_opt_out: bool,
    monitoring_opt_in: bool,
    ash_opt_out: bool,
    ash_direct_opt_in: bool,
}

async fn standing(cx: &Cx, guild: Snowflake, member: Snowflake, chosen: &Chosen) -> Result<Standing> {
    let of = [Filter::eq("guild_id", guild), Filter::eq("user_id", member)];
    let columns = "monitoring_opt_out,monitoring_opt_in,ash_opt_out,ash_direct_opt_in";
    let rows: Vec<Preferences> = cx.supabase.select("user_preferences", columns, &of).await?;
    let preferences = rows.into_iter().next().unwrap_or_default();
    let alerts: Vec<&person::Table> = HOLDS.iter().filter(|table| table.column == "member_id").collect();
    let held = person::count(cx, &alerts, Person { guild_id: guild, user_id: member }).await?;
    let kept = logged(cx, "crisis", state::count(cx, guild, member).await);
    Ok(Standing {
        stage: chosen.stage(),
        asks_first: chosen.switch(&OPT_IN),
        opted_out: preferences.monitoring_opt_out,
        opted_in: preferences.monitoring_opt_in,
        ash_opt_out: preferences.ash_opt_out,
        ash_direct: preferences.ash_direct_opt_in,
        kept,
        alerts: held.get("crisis_alerts.member_id").and_then(Value::as_i64).unwrap_or_default(),
        days: chosen.number(&HISTORY_DAYS),
        contact: chosen.text(&CONTACT),
        privacy_url: chosen.text(&PRIVACY_URL),
    })
}
