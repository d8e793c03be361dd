//! `/leaderboard`: ten to a page, equal points share a place, and who opted out is not on it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use world::{
    discord::Id,
    seed::{self, channel, user},
};

use crate::harness::{Bot, Seen, now};

/// So many points in the hour that was `hours_ago`.
pub async fn has_points(bot: &Bot, member: Id, points: f64, hours_ago: i64) {
    let hour = (now() - TimeDelta::hours(hours_ago)).timestamp() / 3_600 * 3_600;
    let row = json!({
        "guild_id": seed::HARBOUR, "user_id": member, "channel_id": channel::GENERAL, "messages": 1, "points": points,
        "hour": community_os::edge::Time::from_timestamp(hour, 0).unwrap(),
    });
    bot.cx().supabase.insert("activity_hourly", &[row], None).await.unwrap();
}

async fn leaderboard(bot: &Bot, member: Id, options: Value) -> Seen {
    bot.command(member, channel::GENERAL, "leaderboard", options).await
}

fn footer(seen: &Seen) -> String {
    seen.message.as_ref().unwrap().embeds[0]["footer"]["text"].as_str().unwrap().to_owned()
}

/// (label, custom_id, can be pressed)
fn buttons(seen: &Seen) -> Vec<(String, String, bool)> {
    let rows = &seen.message.as_ref().unwrap().components;
    let buttons = rows.iter().flat_map(|row| row["components"].as_array().unwrap());
    let text = |button: &Value, name: &str| button[name].as_str().unwrap().to_owned();
    buttons.map(|one| (text(one, "label"), text(one, "custom_id"), one["disabled"] != json!(true))).collect()
}

#[tokio::test]
async fn nobody_is_on_an_empty_board() {
    let bot = Bot::alone().await;
    let seen = leaderboard(&bot, user::MEMBER, json!({})).await;
    let text = "Leaderboard: the last 7 days\nNobody has points in this time yet.\n\nYou have no points in this time.";
    assert_eq!((seen.text(), seen.is_private()), (text.to_owned(), true));
    assert_eq!((footer(&seen).as_str(), buttons(&seen).len()), ("Page 1 of 1", 0));
}

#[tokio::test]
async fn equal_points_share_a_place_and_who_opted_out_or_left_is_not_there() {
    let bot = Bot::alone().await;
    let [a, b, c, hidden, left] = ["A", "B", "C", "Hidden", "Left"].map(|name| bot.new_member(name));
    has_points(&bot, a, 3.0, 1).await;
    has_points(&bot, b, 3.0, 2).await;
    has_points(&bot, c, 1.0, 3).await;
    has_points(&bot, c, 40.0, 24 * 20).await;
    has_points(&bot, hidden, 99.0, 1).await;
    has_points(&bot, left, 98.0, 1).await;
    let opted_out = json!({"guild_id": seed::HARBOUR, "user_id": hidden, "scoring_opt_out": true});
    bot.cx().supabase.insert("user_preferences", &[opted_out], None).await.unwrap();
    let gone = json!({"guild_id": seed::HARBOUR, "user_id": left, "display_name": "Left", "left_at": now()});
    bot.cx().supabase.insert("discord_users", &[gone], None).await.unwrap();

    let seen = leaderboard(&bot, c, json!({})).await;
    let expected = format!(
        "Leaderboard: the last 7 days\n**1.** <@{a}> · 3 points\n**1.** <@{b}> · 3 points\n**3.** <@{c}> · 1 point\n\n\
         You are number **3** with 1 point."
    );
    assert_eq!(seen.text(), expected);
    let seen = leaderboard(&bot, c, json!({"period": "month"})).await;
    assert!(
        seen.text().starts_with(&format!("Leaderboard: the last 30 days\n**1.** <@{c}> · 41 points\n**2.** <@{a}>"))
    );
    let seen = leaderboard(&bot, hidden, json!({"period": "all"})).await;
    assert!(seen.text().ends_with("\n\nYou chose not to be counted. With `/privacy` you can be counted again."));
    assert!(!seen.text().contains(&format!("<@{hidden}>")), "{}", seen.text());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn pages_are_turned_by_buttons_and_the_own_place_is_told_on_each() {
    let bot = Bot::alone().await;
    let members: Vec<Id> = (0..23).map(|number| bot.new_member(&format!("Member {number}"))).collect();
    for (number, member) in members.iter().enumerate() {
        has_points(&bot, *member, 100.0 - number as f64, 1).await;
    }
    let last = members[22];
    let seen = leaderboard(&bot, last, json!({"period": "all"})).await;
    assert_eq!(seen.text().matches("<@").count(), 10);
    assert!(seen.text().ends_with("You are number **23** with 78 points."), "{}", seen.text());
    let expected =
        [("Back", "1:engagement.leaderboard:all:0", false), ("Next", "1:engagement.leaderboard:all:2", true)];
    assert_eq!(buttons(&seen), expected.map(|(label, id, on)| (label.to_owned(), id.to_owned(), on)));
    let seen = bot.press(&seen, "1:engagement.leaderboard:all:2", &[]).await;
    assert!(seen.text().contains(&format!("**11.** <@{}> · 90 points", members[10])));
    let seen = bot.press(&seen, "1:engagement.leaderboard:all:3", &[]).await;
    assert_eq!((seen.text().matches("<@").count(), footer(&seen).as_str()), (3, "Page 3 of 3"));
    assert_eq!(buttons(&seen).iter().map(|(_, _, on)| *on).collect::<Vec<_>>(), [true, false]);
    let seen = leaderboard(&bot, last, json!({"period": "all", "page": 900})).await;
    assert_eq!(footer(&seen), "Page 3 of 3", "a page beyond the last is the last");
}

#[tokio::test]
async fn what_no_button_says_is_refused_kindly() {
    let bot = Bot::start().await;
    let incomplete = "This button is not complete. Please open the menu again.";
    for id in ["year:1", "week:-1", "week:x", "week", "week:99999999999", ""] {
        let answer =
            bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, &format!("1:engagement.leaderboard:{id}")).await;
        assert_eq!(answer["data"]["embeds"][0]["description"], incomplete, "{id}: {answer}");
    }
    let answer =
        bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, "1:engagement.leaderboard:week:4294967295").await;
    assert_eq!(answer["type"], 7, "{answer}");
}
