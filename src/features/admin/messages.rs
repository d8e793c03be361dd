//! What `/setup` shows: lists of settings, menus and forms, all made from the registry.

use serde_json::Value;
use twilight_model::channel::message::{
    Component,
    component::{ActionRow, ButtonStyle, Label, SelectMenuType, TextInput, TextInputStyle},
};
use twilight_util::builder::{
    embed::{EmbedBuilder, EmbedFieldBuilder},
    message::{ActionRowBuilder, ButtonBuilder, SelectMenuBuilder, SelectMenuOptionBuilder},
};

use super::setup::{self, shown};
use crate::{
    discord::{
        custom_id::CustomId,
        message::{MessageBody, colour},
    },
    error::Result,
    features::{FEATURES, Feature},
    lang::Lang,
    reply::Modal,
    settings::{Kind, Setting, Settings},
};

pub fn features(lang: Lang) -> Result<MessageBody> {
    let text = match lang {
        Lang::En => "What would you like to look at? Every choice applies at once and can be undone.",
    };
    let embed = EmbedBuilder::new().title("Setup").description(text).color(colour::INFO).build();
    Ok(MessageBody { components: vec![feature_menu(lang)?], ..MessageBody::embed(embed) })
}

pub fn settings(lang: Lang, feature: &Feature, settings: &Settings, note: Option<String>) -> Result<MessageBody> {
    let mut embed = EmbedBuilder::new().title(format!("Setup: {}", feature.name)).color(colour::INFO);
    if let Some(note) = note {
        embed = embed.description(note).color(colour::GOOD);
    }
    let mut menu = SelectMenuBuilder::new(CustomId::write(setup::SETTING_CHOSEN, &[])?, SelectMenuType::Text)
        .placeholder(match lang {
            Lang::En => "Change a setting",
        });
    for setting in feature.settings {
        let value = shown(setting, &settings.value(setting));
        let by_default = if settings.is_default(setting) { " (default)" } else { "" };
        let text = format!("**{value}**{by_default}\n{}", (setting.help)(lang));
        embed = embed.field(EmbedFieldBuilder::new((setting.label)(lang), text));
        menu = menu.option(SelectMenuOptionBuilder::new((setting.label)(lang), setting.key));
    }
    Ok(MessageBody { components: vec![row(menu.build()), feature_menu(lang)?], ..MessageBody::embed(embed.build()) })
}

/// For switches, channels and roles.
pub fn choose_value(lang: Lang, setting: &Setting, settings: &Settings) -> Result<MessageBody> {
    let value = shown(setting, &settings.value(setting));
    let embed = EmbedBuilder::new()
        .title((setting.label)(lang))
        .description(format!("{}\n\nNow: **{value}**", (setting.help)(lang)))
        .color(colour::INFO)
        .build();
    let choose = |value: &str| CustomId::write(setup::VALUE_CHOSEN, &[&setting.key, &value]);
    let picker = match setting.kind {
        Kind::Channel | Kind::Role => {
            let kind = if matches!(setting.kind, Kind::Role) { SelectMenuType::Role } else { SelectMenuType::Channel };
            row(SelectMenuBuilder::new(CustomId::write(setup::VALUE_CHOSEN, &[&setting.key])?, kind).build())
        }
        _ => Component::ActionRow(
            ActionRowBuilder::new()
                .component(ButtonBuilder::new(ButtonStyle::Success).label("On").custom_id(choose("on")?).build())
                .component(ButtonBuilder::new(ButtonStyle::Secondary).label("Off").custom_id(choose("off")?).build())
                .build(),
        ),
    };
    let reset = ButtonBuilder::new(ButtonStyle::Secondary)
        .label("Back to the default")
        .custom_id(CustomId::write(setup::RESET, &[&setting.key])?)
        .build();
    let reset = Component::ActionRow(ActionRowBuilder::new().component(reset).build());
    Ok(MessageBody { components: vec![picker, reset, feature_menu(lang)?], ..MessageBody::embed(embed) })
}

/// For numbers and texts.
pub fn write_value(lang: Lang, setting: &Setting, settings: &Settings) -> Result<Modal> {
    let (style, max_length) = match setting.kind {
        Kind::Text { max_length, .. } => (TextInputStyle::Paragraph, max_length),
        _ => (TextInputStyle::Short, 20),
    };
    let value = Some(shown(setting, &settings.value(setting))).filter(|value| value != "empty" && value != "not set");
    #[expect(deprecated, reason = "the field must be named to be left empty; the label stands in the Label around it")]
    let input = TextInput {
        custom_id: "value".to_owned(),
        id: None,
        label: None,
        max_length: Some(max_length),
        min_length: None,
        placeholder: None,
        required: Some(!matches!(setting.kind, Kind::Text { .. })),
        style,
        value,
    };
    let label = Label {
        id: None,
        label: cut((setting.label)(lang), 45),
        description: Some(cut((setting.help)(lang), 100)),
        component: Box::new(Component::TextInput(input)),
    };
    Ok(Modal {
        custom_id: CustomId::write(setup::VALUE_WRITTEN, &[&setting.key])?,
        title: cut((setting.label)(lang), 45),
        components: vec![Component::Label(label)],
    })
}

pub fn was_saved(lang: Lang, setting: &Setting, value: &Value) -> String {
    match lang {
        Lang::En => format!("Saved: {} is now **{}**.", (setting.label)(lang), shown(setting, value)),
    }
}

pub fn was_reset(lang: Lang, setting: &Setting) -> String {
    match lang {
        Lang::En => format!("{} is back to its default.", (setting.label)(lang)),
    }
}

fn feature_menu(lang: Lang) -> Result<Component> {
    let mut menu = SelectMenuBuilder::new(CustomId::write(setup::FEATURE_CHOSEN, &[])?, SelectMenuType::Text).placeholder(
        match lang {
            Lang::En => "Choose a part of the bot",
        },
    );
    for feature in FEATURES.iter().filter(|feature| !feature.settings.is_empty()) {
        menu = menu.option(SelectMenuOptionBuilder::new(feature.name, feature.name));
    }
    Ok(row(menu.build()))
}

fn row(component: impl Into<Component>) -> Component {
    Component::ActionRow(ActionRow { id: None, components: vec![component.into()] })
}

/// Discord counts characters.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
