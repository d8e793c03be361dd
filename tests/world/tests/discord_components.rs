//! Buttons, selects, forms, autocomplete and context menus, used as a person could.

mod support;

use serde_json::{Value, json};
use support::{answer, app, ping, row, used, world_with_commands as world};
use twilight_model::application::interaction::{Interaction, InteractionType};
use world::{
    discord::{self, CommandUse, ComponentUse, Discord, ModalUse, Outcome},
    seed::{channel, role, user},
};

/// A panel of the bot in #general with a button, a disabled one and a select.
fn panel(discord: &Discord) -> discord::Id {
    let button =
        |id: &str, disabled: bool| json!({"type": 2, "style": 1, "label": id, "custom_id": id, "disabled": disabled});
    let select = json!({"type": 3, "custom_id": "pick", "min_values": 1, "max_values": 2, "options": [
        {"label": "One", "value": "1"}, {"label": "Two", "value": "2"}, {"label": "Three", "value": "3"}]});
    let data = json!({"content": "panel", "components": [
        {"type": 1, "components": [button("open", false), button("off", true)]}, {"type": 1, "components": [select]},
        {"type": 1, "components": [{"type": 6, "custom_id": "role"}]}]});
    answer(discord, &ping(discord), &json!({"type": 4, "data": data})).message_id.unwrap()
}

fn click(message: discord::Id, custom_id: &str, values: &[&str]) -> ComponentUse {
    ComponentUse {
        user_id: user::MEMBER,
        channel_id: channel::GENERAL,
        message_id: message,
        custom_id: custom_id.to_owned(),
        values: values.iter().map(|one| (*one).to_owned()).collect(),
    }
}

#[tokio::test]
async fn buttons_and_selects_are_pressed_as_a_person_could() {
    let (discord, _) = world().await;
    let message = panel(&discord);
    assert!(discord.begin_component(&click(message, "nothing", &[])).is_err());
    assert!(discord.begin_component(&click(message, "off", &[])).is_err());
    assert!(discord.begin_component(&click(message, "pick", &[])).is_err());
    assert!(discord.begin_component(&click(message, "pick", &["4"])).is_err());
    assert!(discord.begin_component(&click(message, "pick", &["1", "2", "3"])).is_err());
    let chosen = discord.begin_component(&click(message, "pick", &["1", "3"])).unwrap();
    let read: Interaction = serde_json::from_slice(&chosen.body).unwrap();
    assert_eq!(read.kind, InteractionType::MessageComponent);
    let updated = answer(&discord, &chosen, &json!({"type": 7, "data": {"content": "chosen", "components": []}}));
    assert_eq!(updated.outcome, Outcome::Answered);
    let seen = discord.message(channel::GENERAL, message).unwrap();
    assert_eq!((seen.content.as_str(), seen.components.len()), ("chosen", 0));
    let message = panel(&discord);
    let roles = discord.begin_component(&click(message, "role", &[&role::CRT.to_string()])).unwrap();
    let body: Value = serde_json::from_slice(&roles.body).unwrap();
    assert_eq!(body["data"]["resolved"]["roles"][role::CRT.to_string()]["name"], "CRT");
    assert!(discord.begin_component(&click(message, "role", &["5"])).is_err());
}

#[tokio::test]
async fn a_deferred_update_edits_the_message_of_the_button() {
    let (discord, client) = world().await;
    let message = panel(&discord);
    let pending = discord.begin_component(&click(message, "open", &[])).unwrap();
    assert_eq!(answer(&discord, &pending, &json!({"type": 6})).outcome, Outcome::Deferred);
    client.interaction(app()).update_response(&pending.token).content(Some("edited")).await.unwrap();
    assert_eq!(discord.message(channel::GENERAL, message).unwrap().content, "edited");
}

#[tokio::test]
async fn a_modal_is_opened_filled_and_sent() {
    let (discord, _) = world().await;
    let message = panel(&discord);
    let pending = discord.begin_component(&click(message, "open", &[])).unwrap();
    let form = json!({"type": 9, "data": {"custom_id": "ticket", "title": "New ticket", "components": [
        {"type": 18, "label": "Subject", "component": {"type": 4, "custom_id": "subject", "style": 1, "min_length": 3}},
        {"type": 18, "label": "Kind", "component": {"type": 3, "custom_id": "kind", "required": false,
            "options": [{"label": "A", "value": "a"}]}},
        {"type": 1, "components": [{"type": 4, "custom_id": "text", "style": 2, "label": "Text", "required": false}]}]}});
    let opened = answer(&discord, &pending, &form);
    assert_eq!(opened.outcome, Outcome::Modal);
    let modal = opened.modal_id.unwrap();
    assert_eq!(discord.modals_of(user::MEMBER).len(), 1);
    let send = |fields: Value| {
        let fields = serde_json::from_value(fields).unwrap();
        discord.begin_modal(&ModalUse { user_id: user::MEMBER, channel_id: None, modal_id: modal, fields })
    };
    assert!(send(json!({})).unwrap_err().contains("required"));
    assert!(send(json!({"subject": "ab"})).unwrap_err().contains("characters"));
    assert!(send(json!({"subject": "abc", "other": "x"})).unwrap_err().contains("no field"));
    let sent = send(json!({"subject": "abc", "kind": ["a"]})).unwrap();
    let read: Interaction = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(read.kind, InteractionType::ModalSubmit);
    let again = answer(
        &discord,
        &sent,
        &json!({"type": 9, "data": {"custom_id": "m", "title": "x", "components": [row("a")]}}),
    );
    assert_eq!(again.outcome, Outcome::Failed, "a modal may not follow a modal");
    assert!(discord.modals_of(user::MEMBER).is_empty());
}

#[tokio::test]
async fn autocomplete_gives_choices() {
    let (discord, _) = world().await;
    let typing =
        CommandUse { focused: Some("topic".to_owned()), ..used(user::MEMBER, "ticket open", json!({"topic": "bil"})) };
    let pending = discord.begin_autocomplete(&typing).unwrap();
    let read: Interaction = serde_json::from_slice(&pending.body).unwrap();
    assert_eq!(read.kind, InteractionType::ApplicationCommandAutocomplete);
    let told =
        answer(&discord, &pending, &json!({"type": 8, "data": {"choices": [{"name": "Billing", "value": "b"}]}}));
    assert_eq!(told.outcome, Outcome::Choices);
    assert_eq!(told.choices()[0]["name"], "Billing");
    let pending = discord.begin_autocomplete(&typing).unwrap();
    let many = vec![json!({"name": "x", "value": "x"}); 26];
    assert_eq!(answer(&discord, &pending, &json!({"type": 8, "data": {"choices": many}})).outcome, Outcome::Failed);
}

#[tokio::test]
async fn context_menus_carry_their_target() {
    let (discord, _) = world().await;
    let message = discord.send_message(channel::GENERAL, user::SECOND_MEMBER, "look at this", None).unwrap();
    let on = |name: &str, target| CommandUse { target_id: Some(target), ..used(user::MEMBER, name, json!({})) };
    let pending = discord.begin_command(&on("Audit", message.id)).unwrap();
    let body: Value = serde_json::from_slice(&pending.body).unwrap();
    assert_eq!(body["data"]["resolved"]["messages"][message.id.to_string()]["content"], "look at this");
    assert!(serde_json::from_slice::<Interaction>(&pending.body).is_ok());
    let pending = discord.begin_command(&on("Look up", user::SECOND_MEMBER)).unwrap();
    let body: Value = serde_json::from_slice(&pending.body).unwrap();
    assert_eq!(body["data"]["target_id"], user::SECOND_MEMBER.to_string());
}
