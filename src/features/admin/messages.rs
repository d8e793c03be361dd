//! What `/setup` shows: lists of settings, menus and forms, all made from the registry.

pub mod file;

use std::collections::HashMap;

use from_json::Value;
use twilight_model::channel::{
    ChannelType,
    message::{
        Component,
        component::{ButtonStyle, SelectDefaultValue, SelectMenuType},
    },
};
use twilight_util::builder::{
    embed::{EmbedBuilder, EmbedFieldBuilder},
    message::{SelectMenuBuilder, SelectMenuOptionBuilder},
};

use super::{file::EXPORT, setup};
use crate::{
    discord::{
        components::{TextField, button, cut, row},
        custom_id::CustomId,
        message::{MessageBody, colour},
    },
    error::Result,
    features::Feature,
    lang::Lang,
    reply::Modal,
    settings::{Kind, MAX_IDS, Setting, Settings},
    sort,
};

pub fn features(lang: Lang) -> Result<MessageBody> {
    let text = match lang {
        Lang::En | Lang::De => "What would you like to look at? Every choice applies at once and can be undone.",
    };
    let embed = EmbedBuilder::new().title(title(lang)).description(text).color(colour::INFO).build();
    let save = match lang {
        Lang::En | Lang::De => "Save as a file",
    };
    let save = row([button(ButtonStyle::Secondary, save, CustomId::write(EXPORT, &[])?)]);
    Ok(MessageBody { components: vec![feature_menu(lang)?, save], ..MessageBody::embed(embed) })
}

/// Fields of an embed and choices of a menu: Discord's limit is 25.
const MAX_SHOWN: usize = 20;

/// `problems`: what does not work here, by the key of a setting, or by `feature.part` where no setting is to blame.
pub fn settings(
    lang: Lang,
    feature: &Feature,
    settings: &Settings,
    problems: &HashMap<String, String>,
    note: Option<String>,
    off: Option<String>,
) -> Result<MessageBody> {
    let mut embed = EmbedBuilder::new().title(format!("{}: {}", title(lang), feature.name)).color(colour::INFO);
    if note.is_some() {
        embed = embed.color(colour::GOOD);
    }
    let of_feature = |key: &str| key.split('.').next() == Some(feature.name);
    let of_setting = |key: &str| feature.settings.iter().any(|setting| setting.key == key);
    let mut others: Vec<_> = problems.iter().filter(|(key, _)| of_feature(key) && !of_setting(key)).collect();
    sort::by_key(&mut others, |other| *other);
    let off = off.iter().chain(others.iter().map(|(_, problem)| *problem)).map(|problem| format!("⚠️ {problem}"));
    let said: Vec<String> = note.into_iter().chain(off).collect();
    if !said.is_empty() {
        embed = embed.description(said.join("\n"));
    }
    let mut embeds = vec![];
    let mut components = vec![];
    for (at, part) in feature.settings.chunks(MAX_SHOWN).enumerate() {
        // The ids of one message differ.
        let id = match at {
            0 => CustomId::write(setup::SETTING_CHOSEN, &[])?,
            _ => CustomId::write(setup::SETTING_CHOSEN, &[&at])?,
        };
        let mut menu = SelectMenuBuilder::new(id, SelectMenuType::Text).placeholder(match (lang, at) {
            (Lang::En | Lang::De, 0) => "Change a setting",
            (Lang::En | Lang::De, _) => "Change one of the others",
        });
        for setting in part {
            let value = shown(lang, setting, &settings.value(setting));
            let by_default = match (lang, settings.is_default(setting)) {
                (Lang::En | Lang::De, true) => " (default)",
                (_, false) => "",
            };
            let problem = problems.get(setting.key).map(|problem| format!("\n⚠️ {problem}")).unwrap_or_default();
            let text = format!("**{value}**{by_default}\n{}{problem}", (setting.help)(lang));
            embed = embed.field(EmbedFieldBuilder::new((setting.label)(lang), text));
            menu = menu.option(SelectMenuOptionBuilder::new((setting.label)(lang), setting.key));
        }
        embeds.push(embed.build());
        embed = EmbedBuilder::new().color(colour::INFO);
        components.push(row([menu.build()]));
    }
    if !feature.setup_pages.is_empty() {
        let pages = feature.setup_pages.iter();
        let buttons = pages
            .map(|page| Ok(button(ButtonStyle::Secondary, (page.label)(lang), CustomId::write(page.action, &[])?)));
        components.push(row(buttons.collect::<Result<Vec<_>>>()?));
    }
    components.push(feature_menu(lang)?);
    Ok(MessageBody { components, embeds, ..MessageBody::default() })
}

/// For switches, choices, channels and roles.
pub fn choose_value(lang: Lang, setting: &Setting, settings: &Settings) -> Result<MessageBody> {
    let value = shown(lang, setting, &settings.value(setting));
    let embed = EmbedBuilder::new()
        .title((setting.label)(lang))
        .description(match lang {
            Lang::En | Lang::De => format!("{}\n\nNow: **{value}**", (setting.help)(lang)),
        })
        .color(colour::INFO)
        .build();
    let choose = |value: &str| CustomId::write(setup::VALUE_CHOSEN, &[&setting.key, &value]);
    let picker = match setting.kind {
        Kind::Channels => {
            let chosen = settings.value(setting);
            let chosen = chosen.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok());
            let menu =
                SelectMenuBuilder::new(CustomId::write(setup::VALUE_CHOSEN, &[&setting.key])?, SelectMenuType::Channel)
                    .min_values(0)
                    .max_values(MAX_IDS as u8)
                    .default_values(chosen.map(SelectDefaultValue::Channel).collect());
            row([menu.build()])
        }
        Kind::Channel | Kind::Category | Kind::Role => {
            let kind = if matches!(setting.kind, Kind::Role) { SelectMenuType::Role } else { SelectMenuType::Channel };
            let mut menu = SelectMenuBuilder::new(CustomId::write(setup::VALUE_CHOSEN, &[&setting.key])?, kind);
            if matches!(setting.kind, Kind::Category) {
                menu = menu.channel_types(vec![ChannelType::GuildCategory]);
            }
            row([menu.build()])
        }
        Kind::Choice(words) => {
            let mut menu =
                SelectMenuBuilder::new(CustomId::write(setup::VALUE_CHOSEN, &[&setting.key])?, SelectMenuType::Text);
            for (word, label) in words {
                menu = menu.option(SelectMenuOptionBuilder::new(*label, *word));
            }
            row([menu.build()])
        }
        _ => row([
            button(ButtonStyle::Success, switch(lang, true), choose("on")?),
            button(ButtonStyle::Secondary, switch(lang, false), choose("off")?),
        ]),
    };
    let back = match lang {
        Lang::En | Lang::De => "Back to the default",
    };
    let reset = row([button(ButtonStyle::Secondary, back, CustomId::write(setup::RESET, &[&setting.key])?)]);
    Ok(MessageBody { components: vec![picker, reset, feature_menu(lang)?], ..MessageBody::embed(embed) })
}

/// For numbers and texts.
pub fn write_value(lang: Lang, setting: &Setting, settings: &Settings) -> Result<Modal> {
    let (long, max_length) = match setting.kind {
        Kind::Text { max_length, .. } | Kind::Formed { max_length, .. } => (true, max_length),
        _ => (false, 20),
    };
    let field = TextField {
        custom_id: "value",
        label: (setting.label)(lang),
        help: Some((setting.help)(lang)),
        long,
        required: !matches!(setting.kind, Kind::Text { .. } | Kind::Formed { .. }),
        max_length,
        value: Some(plain(&settings.value(setting))),
    };
    Ok(Modal {
        custom_id: CustomId::write(setup::VALUE_WRITTEN, &[&setting.key])?,
        title: cut((setting.label)(lang), 45),
        components: vec![field.build()],
    })
}

pub fn was_saved(lang: Lang, setting: &Setting, value: &Value) -> String {
    match lang {
        Lang::En | Lang::De => format!("Saved: {} is now **{}**.", (setting.label)(lang), shown(lang, setting, value)),
    }
}

pub fn was_reset(lang: Lang, setting: &Setting) -> String {
    match lang {
        Lang::En | Lang::De => format!("{} is back to its default.", (setting.label)(lang)),
    }
}

/// For a menu that outlived the thing it names.
pub fn gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This part of the setup is not there any more. Please open `/setup` again.",
    }
}

fn title(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Setup",
    }
}

fn switch(lang: Lang, on: bool) -> &'static str {
    match (lang, on) {
        (Lang::En | Lang::De, true) => "On",
        (Lang::En | Lang::De, false) => "Off",
    }
}

/// All settings of a feature share one embed, which takes 6,000 characters; the form shows the whole text.
const LONGEST_SHOWN: usize = 100;

/// A value as people read it.
fn shown(lang: Lang, setting: &Setting, value: &Value) -> String {
    match (&setting.kind, value) {
        (Kind::Switch { .. }, Value::Bool(on)) => switch(lang, *on).to_lowercase(),
        (Kind::Channel | Kind::Category, Value::String(id)) => format!("<#{id}>"),
        (Kind::Channels, Value::Array(ids)) => match (lang, ids.is_empty()) {
            (Lang::En | Lang::De, true) => "none".to_owned(),
            _ => ids.iter().map(|id| format!("<#{}>", plain(id))).collect::<Vec<_>>().join(" "),
        },
        (Kind::Role, Value::String(id)) => format!("<@&{id}>"),
        (Kind::Choice(words), Value::String(chosen)) => {
            words.iter().find(|(word, _)| word == chosen).map_or(chosen.clone(), |(_, label)| (*label).to_owned())
        }
        _ => match (lang, plain(value)) {
            (Lang::En | Lang::De, text) if text.is_empty() => "not set".to_owned(),
            (_, text) if text.chars().count() > LONGEST_SHOWN => format!("{}…", cut(&text, LONGEST_SHOWN)),
            (_, text) => text,
        },
    }
}

/// A value as it is typed.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.as_f64().map_or_else(|| other.to_string(), |number| number.to_string()),
    }
}

fn feature_menu(lang: Lang) -> Result<Component> {
    let mut menu = SelectMenuBuilder::new(CustomId::write(setup::FEATURE_CHOSEN, &[])?, SelectMenuType::Text)
        .placeholder(match lang {
            Lang::En | Lang::De => "Choose a part of the bot",
        });
    for feature in setup::with_settings() {
        menu = menu.option(SelectMenuOptionBuilder::new(feature.name, feature.name));
    }
    Ok(row([menu.build()]))
}
