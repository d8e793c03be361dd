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
    insta::assert_snapshot!(seen.text(), @"
    Setup: engagement
    Points for a message = **1** (default)
    What one message adds to its author's score. Past messages keep what they were worth.
    Points for a reaction = **0.5** (default)
    What one reaction adds to the score of the member who reacts.
    Channels without points = **none** (default)
    Nothing is counted there, nor in their threads, from now on.
    Support channels = **none** (default)
    Where people ask for help. Never counted, nor are their threads; tickets never are.
    Most that counts in a minute = **10** (default)
    Messages and reactions of one member that bring points in one minute. 0 means no limit.
    Days to keep single entries = **400** (default)
    Then only the sums of each hour stay. Scores do not change.
    Channel for the weekly leaderboard = **not set** (default)
    Posted there on Mondays at 9:00, for the week before. Off until a channel is chosen.
    Time zone = **UTC** (default)
    For the weekly leaderboard, for example Europe/Berlin. A name that is not known means UTC.
    Rising Star role = **not set** (default)
    For active newcomers; given and taken once a day. My own role must stand above it. Off until chosen.
    Rising Star: newcomer for so many days = **30** (default)
    Only who joined less than so many days ago can be a Rising Star.
    Rising Star: among the top percent = **10** (default)
    Of all members with points in the last 7 days, the first so many percent.
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
async fn several_channels_are_chosen_in_one_menu_and_all_of_them_taken_out_again() {
    let bot = Bot::alone().await;
    let key = "engagement.excluded_channels";
    let menu = format!("1:admin.choose:{key}");
    let seen = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let seen = bot.press(&seen, "1:admin.feature", &["engagement"]).await;
    let open = bot.press(&seen, "1:admin.setting", &[key]).await;
    let (vent, gaming) = (channel::VENT.to_string(), channel::GAMING.to_string());
    let seen = bot.press(&open, &menu, &[&vent, &gaming]).await;
    let shown = format!("Channels without points = **<#{gaming}> <#{vent}>**\n");
    assert!(seen.text().contains(&shown), "{}", seen.text());
    assert!(seen.text().contains("Saved: Channels without points is now **"), "{}", seen.text());
    bot.says(user::MEMBER, channel::VENT, "not counted").await;
    bot.says(user::MEMBER, channel::GENERAL, "counted").await;
    let score = bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await;
    assert_eq!(score.text(), "You have **1 point** from 1 message and 0 reactions.");

    // What was chosen is chosen when the menu opens again.
    let open = bot.press(&seen, "1:admin.setting", &[key]).await;
    let chosen = &open.message.as_ref().unwrap().components[0]["components"][0]["default_values"];
    assert_eq!(chosen.as_array().unwrap().len(), 2);
    let seen = bot.press(&open, &menu, &[]).await;
    assert!(seen.text().contains("Channels without points = **none**\n"), "{}", seen.text());

    let forged = format!("{menu}:1,2,x");
    let answer = bot.forged_component(user::OWNER, channel::FRESH_GENERAL, &forged).await;
    assert_eq!(answer["data"]["embeds"][0]["description"], "Please choose at most 25 from the list.");
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
