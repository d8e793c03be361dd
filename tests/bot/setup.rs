//! `/setup`: an administrator changes what a message is worth; nobody else can.

use serde_json::json;
use world::seed::{channel, user};

use crate::harness::{Bot, Seen};

/// The custom_id of the component with this label or placeholder.
fn find(seen: &Seen, named: &str) -> String {
    fn search(component: &serde_json::Value, named: &str) -> Option<String> {
        let matches = ["label", "placeholder"].iter().any(|name| component[*name] == named);
        if matches {
            return component["custom_id"].as_str().map(str::to_owned);
        }
        component["components"].as_array()?.iter().find_map(|inner| search(inner, named))
    }
    let components = &seen.message.as_ref().unwrap().components;
    components
        .iter()
        .find_map(|component| search(component, named))
        .unwrap_or_else(|| panic!("no {named}: {components:?}"))
}

#[tokio::test]
async fn an_owner_changes_what_a_message_is_worth_and_changes_it_back() {
    let bot = Bot::start().await;
    let owner = user::OWNER;
    let here = channel::FRESH_GENERAL;
    let seen = bot.command(owner, here, "setup", json!({})).await;
    assert!(seen.is_private());
    assert_eq!(seen.text(), "Setup\nWhat would you like to look at? Every choice applies at once and can be undone.");

    let seen = bot.press(&seen, &find(&seen, "Choose a part of the bot"), &["engagement"]).await;
    insta::assert_snapshot!(seen.text(), @r"
    
    ");

    let change = find(&seen, "Change a setting");
    let form = bot.press(&seen, &change, &["engagement.message_points"]).await;
    let seen = bot.fill_in(&form, &[("value", "2,5")]).await;
    assert!(seen.text().contains("Saved: Points for a message is now **2.5**."), "{}", seen.text());
    assert!(seen.text().contains("Points for a message = **2.5**\n"), "{}", seen.text());

    let member = bot.world.discord.add_user("Robin");
    bot.world.discord.join(world::seed::FRESH_START, member, "Robin").unwrap();
    bot.says(member, here, "worth more").await;
    let score = bot.command(member, here, "score", json!({})).await;
    assert_eq!(score.text(), "You have **2.5 points** from 1 message and 0 reactions.");

    for wrong in ["", "many", "-1", "101", "NaN", "inf"] {
        let form = bot.press(&seen, &change, &["engagement.message_points"]).await;
        let Some(_) = form.modal_id else { panic!("{form:?}") };
        if wrong.is_empty() {
            continue; // Discord itself asks for a value.
        }
        let refused = bot.fill_in(&form, &[("value", wrong)]).await;
        assert_eq!(refused.text(), "Please write a number from 0 to 100, for example `100`.", "{wrong}");
    }

    let cx = bot.app.context(crate::harness::now(), "test");
    let setting = community_os::features::settings().find(|s| s.key == "engagement.message_points").unwrap();
    let guild = relay_wire::Snowflake(world::seed::FRESH_START.0);
    community_os::settings::reset(&cx, guild, setting).await.unwrap();
    bot.says(member, here, "worth as much as ever").await;
    let score = bot.command(member, here, "score", json!({})).await;
    assert_eq!(score.text(), "You have **3.5 points** from 2 messages and 0 reactions.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_member_without_the_permission_is_refused_whatever_they_send() {
    let bot = Bot::start().await;
    let refused = bot.try_command(user::MEMBER, channel::FRESH_GENERAL, "setup", json!({})).await;
    // Discord itself hides the command; a forged request is refused by the bot.
    let Err(_hidden) = refused else { panic!("Discord let it through") };
    let forged =
        bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, "1:admin.choose:engagement.message_points:50").await;
    assert_eq!(forged["data"]["embeds"][0]["description"], "You need the permission **Manage Server** for this.");
    assert_eq!(forged["data"]["flags"], 64);
}

#[tokio::test]
async fn a_button_of_another_time_is_answered() {
    let bot = Bot::start().await;
    for id in ["ash_ack:1:2", "0:admin.feature", "1:gone.action", "", "1:admin.choose", "1:admin.reset:no.such"] {
        let answer = bot.forged_component(user::OWNER, channel::FRESH_GENERAL, id).await;
        assert_eq!(answer["type"], 4, "{id}: {answer}");
        assert_eq!(answer["data"]["flags"], 64, "{id}: only the one who pressed sees it");
    }
}
