//! `/setup`: choose a feature, choose a setting, choose or write its value. It builds itself from the registry.

use relay_wire::Snowflake;
use twilight_model::{
    application::{
        command::{Command as Definition, CommandType},
        interaction::InteractionContextType,
    },
    guild::Permissions,
};
use twilight_util::builder::command::{AttachmentBuilder, CommandBuilder, StringBuilder};

use super::{file, messages};
use crate::{
    context::{Cx, logged},
    discord::{custom_id::CustomId, interaction::Interaction, message::MessageBody},
    error::{Error, Result},
    features::{FEATURES, Feature},
    lang::Lang,
    relay_filter,
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
        .option(
            StringBuilder::new("part", "Go to one part of the bot at once")
                .choices(with_settings().map(|feature| (feature.name, feature.name))),
        )
        .option(AttachmentBuilder::new("file", "Settings that were saved as a file: shows what it would change"))
        .build()
}

pub async fn open(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    if call.input.text("file").is_some() {
        return Ok(file::show(cx, call, guild));
    }
    let shown = match call.input.text("part").map(str::to_owned) {
        Some(part) => enter(cx, call, guild, &part).await?,
        None => Answer::Message(Reply::private(messages::features(cx.lang)?)),
    };
    Ok(match shown {
        Answer::Update(reply) => Answer::Message(reply),
        other => other,
    })
}

pub async fn feature_chosen(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    let chosen = call.input.values.first().cloned().unwrap_or_default();
    enter(cx, call, guild, &chosen).await
}

/// A part of the bot: its settings, or its only page if there is nothing to set.
async fn enter(cx: Cx, call: Interaction, guild: Snowflake, name: &str) -> Result<Answer> {
    let feature = feature(cx.lang, name)?;
    let page = feature.setup_pages.first().filter(|_| feature.settings.is_empty());
    let page = page.and_then(|page| feature.components.iter().find(|one| one.action == page.action));
    let Some(page) = page else { return show(&cx, guild, feature, None).await };
    let id = CustomId { action: page.action.to_owned(), arguments: vec![] };
    (page.run)(cx, call, id).await
}

pub async fn setting_chosen(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    let setting = setting(cx.lang, call.input.values.first().map(String::as_str).unwrap_or_default())?;
    let settings = settings::load(&cx, guild).await?;
    if matches!(setting.kind, Kind::Number { .. } | Kind::Text { .. } | Kind::Formed { .. }) {
        return Ok(Answer::Modal(messages::write_value(cx.lang, setting, &settings)?));
    }
    Ok(Answer::Update(Reply::private(messages::choose_value(cx.lang, setting, &settings)?)))
}

pub async fn value_chosen(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    // A button carries its value in its id, a select menu in what was selected.
    let chosen = id.argument(1, cx.lang).unwrap_or_else(|_| call.input.values.join(","));
    change(&cx, &call, &id, &chosen).await
}

pub async fn value_written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let written = call.input.field("value").unwrap_or_default().to_owned();
    change(&cx, &call, &id, &written).await
}

pub async fn reset(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = allowed(&call)?;
    let setting = setting(cx.lang, &id.argument::<String>(0, cx.lang)?)?;
    settings::reset(&cx, guild, setting).await?;
    settings::note_problem(&cx, guild, setting, None).await?;
    tell_others(&cx, guild, call.user_id, vec![setting.key.to_owned()]).await;
    show(&cx, guild, owner_of(cx.lang, setting)?, Some(messages::was_reset(cx.lang, setting))).await
}

async fn change(cx: &Cx, call: &Interaction, id: &CustomId, text: &str) -> Result<Answer> {
    let guild = allowed(call)?;
    let setting = setting(cx.lang, &id.argument::<String>(0, cx.lang)?)?;
    let value = setting.read(text, cx.lang)?;
    settings::save(cx, guild, setting, value.clone(), call.user_id).await?;
    settings::note_problem(cx, guild, setting, None).await?;
    tell_others(cx, guild, call.user_id, vec![setting.key.to_owned()]).await;
    show(cx, guild, owner_of(cx.lang, setting)?, Some(messages::was_saved(cx.lang, setting, &value))).await
}

/// The log, the relays and the features themselves. The choices are stored: what fails here is only logged.
pub async fn tell_others(cx: &Cx, guild: Snowflake, actor: Snowflake, keys: Vec<String>) {
    cx.log("info", "setting_changed", from_json::json!({"guild_id": guild, "keys": keys, "actor_id": actor}));
    if keys.iter().any(|key| relay_filter::reads(key)) {
        relay_filter::changed(cx).await;
    }
    for changed in FEATURES.iter().filter_map(|feature| feature.settings_changed) {
        logged(cx, "admin", changed(cx.clone(), guild, keys.clone()).await);
    }
}

async fn show(cx: &Cx, guild: Snowflake, feature: &Feature, note: Option<String>) -> Result<Answer> {
    Ok(Answer::Update(Reply::private(page(cx, guild, feature, note).await?)))
}

async fn page(cx: &Cx, guild: Snowflake, feature: &Feature, note: Option<String>) -> Result<MessageBody> {
    let settings = settings::load(cx, guild).await?;
    let problems = settings::problems(cx, guild).await?;
    let off = feature.off.and_then(|off| off(&cx.config, cx.lang));
    messages::settings(cx.lang, feature, &settings, &problems, note, off)
}

/// Discord hides the command from others, but anyone can send anything: the permission is checked again each time.
pub fn allowed(call: &Interaction) -> Result<Snowflake> {
    call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
    call.guild()
}

/// What has something to choose.
pub fn with_settings() -> impl Iterator<Item = &'static Feature> {
    FEATURES.iter().filter(|feature| !(feature.settings.is_empty() && feature.setup_pages.is_empty()))
}

fn feature(lang: Lang, name: &str) -> Result<&'static Feature> {
    let found = with_settings().find(|feature| feature.name == name);
    found.ok_or_else(|| Error::user(messages::gone(lang)))
}

fn setting(lang: Lang, key: &str) -> Result<&'static Setting> {
    crate::features::settings().find(|setting| setting.key == key).ok_or_else(|| Error::user(messages::gone(lang)))
}

fn owner_of(lang: Lang, setting: &Setting) -> Result<&'static Feature> {
    feature(lang, part_of(setting))
}

/// The part of the bot that a setting belongs to.
pub fn part_of(setting: &Setting) -> &'static str {
    setting.key.split('.').next().unwrap_or_default()
}
