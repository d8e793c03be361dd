//! `/privacy status`: counts in plain words, and the switches; a press changes one and shows the rest again.

use std::collections::BTreeMap;

use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{command, messages};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::MessageBody},
    error::{Error, Result},
    features,
    person::{self, Person},
    relay_filter,
    reply::{Answer, Reply},
};

pub const SWITCH: &str = "privacy.switch";

/// What `privacy_status` answers of one guild; times are milliseconds since 1970.
#[derive(Debug, Default, FromJson)]
pub struct OfGuild {
    pub scoring: bool,
    pub monitoring: bool,
    pub presence: bool,
    pub welcome_dm: bool,
    pub due_at: Option<i64>,
    pub held_until: Option<i64>,
    /// The last deletion, as long as it is remembered.
    pub done_at: Option<i64>,
}

/// What can be switched, and how it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    Scoring,
    Monitoring,
    Presence,
    WelcomeDm,
}

impl Switch {
    pub const ALL: [Self; 4] = [Self::Scoring, Self::Monitoring, Self::Presence, Self::WelcomeDm];

    pub fn name(self) -> &'static str {
        match self {
            Self::Scoring => "scoring",
            Self::Monitoring => "monitoring",
            Self::Presence => "presence",
            Self::WelcomeDm => "welcome_dm",
        }
    }

    pub fn is_on(self, status: &OfGuild) -> bool {
        match self {
            Self::Scoring => status.scoring,
            Self::Monitoring => status.monitoring,
            Self::Presence => status.presence,
            Self::WelcomeDm => status.welcome_dm,
        }
    }

    /// Column of `user_preferences`, and its value.
    fn stored(self, on: bool) -> (&'static str, bool) {
        match self {
            Self::Scoring => ("scoring_opt_out", !on),
            Self::Monitoring => ("monitoring_opt_out", !on),
            Self::Presence => ("presence_opt_in", on),
            Self::WelcomeDm => ("welcome_dm_opt_in", on),
        }
    }
}

pub async fn of_guilds(cx: &Cx, guilds: &[Snowflake], user: Snowflake) -> Result<Vec<OfGuild>> {
    let arguments = json!({"guild_ids": guilds, "user_id": user, "at": cx.now});
    Ok(cx.supabase.rpc("privacy_status", &arguments).await?)
}

pub async fn shown(cx: &Cx, call: &Interaction) -> Result<MessageBody> {
    let guilds = command::guilds(cx, call).await?;
    if guilds.is_empty() {
        return Ok(messages::nothing_held(cx.lang));
    }
    let tables = features::holds();
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    for guild in &guilds {
        let counts = person::count(cx, &tables, Person { guild_id: *guild, user_id: call.user_id }).await?;
        for (table, count) in counts {
            *held.entry(table).or_default() += count.as_u64().unwrap_or_default();
        }
    }
    // In the order of the features.
    let lines: Vec<(u64, &str)> = tables
        .iter()
        .filter_map(|table| {
            let count = held.get(&format!("{}.{}", table.name, table.column))?;
            Some((*count, table.label?(cx.lang)))
        })
        .collect();
    let status = of_guilds(cx, &guilds, call.user_id).await?;
    messages::status(cx.lang, call.guild_id.is_none().then_some(guilds.len()), &lines, &status)
}

pub async fn switched(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let name: String = id.argument(0, cx.lang)?;
    let on = id.argument::<String>(1, cx.lang)? == "on";
    let switch = Switch::ALL.into_iter().find(|switch| switch.name() == name);
    let switch = switch.ok_or_else(|| Error::user(messages::outdated(cx.lang)))?;
    let (column, value) = switch.stored(on);
    let guilds = command::guilds(&cx, &call).await?;
    let arguments = json!({"guild_ids": guilds, "user_id": call.user_id, "chosen": {column: value}, "at": cx.now});
    cx.supabase.rpc::<()>("set_preferences", &arguments).await?;
    if switch == Switch::Monitoring {
        relay_filter::changed(&cx).await;
    }
    Ok(Answer::Update(Reply::private(shown(&cx, &call).await?)))
}
