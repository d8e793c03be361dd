//! `/setup`: choose a feature, choose a setting, choose or write its value. It builds itself from the registry.

use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::{
    application::{
        command::{Command as Definition, CommandType},
        interaction::InteractionContextType,
    },
    guild::Permissions,
};
use twilight_util::builder::command::CommandBuilder;

use super::messages;
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    features::{FEATURES, Feature},
    reply::{Answer, Reply},
    settings::{self, Kind, Setting},
};

pub const FEATURE_CHOSEN: &str = "admin.feature";
pub const SETTING_CHOSEN: &str = "admin.setting";
pub const VALUE_CHOSEN: &str = "admin.choose";
pub const VALUE_WRITTEN: &str = "admin.write";
pub const RESET: &str = "admin.reset";

pub fn definition() -> Definition {
    CommandBuilder::new("setup", "See and change how the bot works in this server", CommandType::ChatInput)
        .default_member_permissions(Permissions::MANAGE_GUILD)
        .contexts([InteractionContextType::Guild])
        .build()
}

pub async fn open(cx: Cx, call: Interaction) -> Result<Answer> {
    allowed(&call)?;
    Ok(Answer::Message(Reply::private(messages::features(cx.lang)?)))
}

pub async fn feature_chosen(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    let feature = feature(call.input.values.first().map(String::as_str).unwrap_or_default())?;
    show(&cx, guild, feature, None).await
}

pub async fn setting_chosen(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    let setting = setting(call.input.values.first().map(String::as_str).unwrap_or_default())?;
    let settings = settings::load(&cx, guild).await?;
    if matches!(setting.kind, Kind::Number { .. } | Kind::Text { .. }) {
        return Ok(Answer::Modal(messages::write_value(cx.lang, setting, &settings)?));
    }
    Ok(Answer::Update(Reply::private(messages::choose_value(cx.lang, setting, &settings)?)))
}

pub async fn value_chosen(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    // A button carries its value in its id, a select menu in what was selected.
    let chosen = id.argument(1).ok().or_else(|| call.input.values.first().cloned()).unwrap_or_default();
    change(&cx, &call, &id, &chosen).await
}

pub async fn value_written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let written = call.input.field("value").unwrap_or_default().to_owned();
    change(&cx, &call, &id, &written).await
}

pub async fn reset(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = allowed(&call)?;
    let setting = setting(&id.argument::<String>(0)?)?;
    settings::reset(&cx, guild, setting).await?;
    show(&cx, guild, owner_of(setting)?, Some(messages::was_reset(cx.lang, setting))).await
}

async fn change(cx: &Cx, call: &Interaction, id: &CustomId, text: &str) -> Result<Answer> {
    let guild = allowed(call)?;
    let setting = setting(&id.argument::<String>(0)?)?;
    let value = setting.read(text)?;
    settings::save(cx, guild, setting, value.clone(), call.user_id).await?;
    cx.log("info", "setting_changed", serde_json::json!({"guild_id": guild, "key": setting.key, "actor_id": call.user_id}));
    show(cx, guild, owner_of(setting)?, Some(messages::was_saved(cx.lang, setting, &value))).await
}

async fn show(cx: &Cx, guild: Snowflake, feature: &Feature, note: Option<String>) -> Result<Answer> {
    let settings = settings::load(cx, guild).await?;
    Ok(Answer::Update(Reply::private(messages::settings(cx.lang, feature, &settings, note)?)))
}

/// Discord hides the command from others, but anyone can send anything: the permission is checked again each time.
fn allowed(call: &Interaction) -> Result<Snowflake> {
    call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
    call.guild()
}

fn feature(name: &str) -> Result<&'static Feature> {
    let found = FEATURES.iter().find(|feature| feature.name == name && !feature.settings.is_empty());
    found.ok_or_else(|| Error::user("This part of the setup is not there any more. Please open `/setup` again."))
}

fn setting(key: &str) -> Result<&'static Setting> {
    let found = crate::features::settings().find(|setting| setting.key == key);
    found.ok_or_else(|| Error::user("This setting is not there any more. Please open `/setup` again."))
}

fn owner_of(setting: &Setting) -> Result<&'static Feature> {
    feature(setting.key.split('.').next().unwrap_or_default())
}

/// A value as people read it.
pub fn shown(setting: &Setting, value: &Value) -> String {
    match (&setting.kind, value) {
        (Kind::Switch { .. }, Value::Bool(on)) => if *on { "on" } else { "off" }.to_owned(),
        (Kind::Channel, Value::String(id)) => format!("<#{id}>"),
        (Kind::Role, Value::String(id)) => format!("<@&{id}>"),
        (_, Value::Null) => "not set".to_owned(),
        (_, Value::String(text)) if text.is_empty() => "empty".to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.as_f64().map(|number| number.to_string()).unwrap_or_else(|| other.to_string()),
    }
}
