//! The member's words leave an alert: deleted, unwanted, resolved, old, erased.

use chrono::TimeDelta;
use serde_json::json;
use world::seed::{HARBOUR, channel, user};

use super::{
    all_alerts,
    buttons::{alerted, post, press, resolve, sql},
};
use crate::harness::{Bot, now, read};

const GONE: &str = "Message = The words are no longer shown.";

#[tokio::test]
async fn whoever_deletes_their_message_takes_the_words_out_of_the_alert() {
    let (bot, message, alert) = alerted("high").await;
    bot.world.discord.delete_message(channel::VENT, message.id, Some(user::MEMBER)).unwrap();
    bot.hears("MESSAGE_DELETE", json!({"id": message.id, "channel_id": channel::VENT})).await;
    bot.ticks(now()).await;
    let shown = read(&post(&bot, &alert));
    assert!(shown.contains(GONE) && !shown.contains("in the fog"), "{shown}");
    // No later change brings them back.
    press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    assert!(!read(&post(&bot, &alert)).contains("in the fog"));
    assert!(!bot.sees(user::RESPONDER, &alert).message.unwrap().components.is_empty());
}

#[tokio::test]
async fn a_deletion_without_an_alert_changes_nothing() {
    let (bot, _, alert) = alerted("high").await;
    let (message, _) = bot.says(user::SECOND_MEMBER, channel::VENT, "good morning").await;
    bot.hears("MESSAGE_DELETE", json!({"id": message.id, "channel_id": channel::VENT})).await;
    bot.ticks(now()).await;
    assert_eq!(read(&post(&bot, &alert)), read(&alert));
}

#[tokio::test]
async fn a_day_after_it_was_resolved_the_words_are_gone_unless_that_was_undone() {
    let (bot, _, alert) = alerted("high").await;
    resolve(&bot, user::RESPONDER, &alert, "").await;
    bot.ticks(now() + TimeDelta::hours(23)).await;
    assert!(read(&post(&bot, &alert)).contains("in the fog"));
    press(&bot, user::RESPONDER, &alert, "undo").await;
    bot.ticks(now() + TimeDelta::hours(25)).await;
    assert!(read(&post(&bot, &alert)).contains("in the fog"));
    resolve(&bot, user::RESPONDER, &alert, "").await;
    bot.ticks(now() + TimeDelta::hours(25)).await;
    assert!(read(&post(&bot, &alert)).contains(GONE));
}

#[tokio::test]
async fn after_90_days_the_words_go_and_after_a_year_the_row() {
    let (bot, _, alert) = alerted("high").await;
    let rows = "select a.status from public.crisis_alerts as a";
    bot.ticks(now() + TimeDelta::days(2)).await;
    assert_eq!(sql(&bot, rows).await, ["ENDED"], "the member was quiet for a day");
    bot.ticks(now() + TimeDelta::days(91)).await;
    bot.ticks(now() + TimeDelta::days(91)).await;
    assert!(read(&post(&bot, &alert)).contains(GONE));
    bot.ticks(now() + TimeDelta::days(366)).await;
    assert_eq!(sql(&bot, rows).await, [""; 0]);
}

async fn erased(bot: &Bot) {
    let who = community_os::person::Person {
        guild_id: relay_wire::Snowflake(HARBOUR.0),
        user_id: relay_wire::Snowflake(user::MEMBER.0),
    };
    for erase in community_os::features::FEATURES.iter().filter_map(|feature| feature.erase) {
        erase(bot.cx(), who).await.unwrap();
    }
    community_os::person::erase(&bot.cx(), &community_os::features::holds(), who).await.unwrap();
    bot.ticks(now()).await;
}

#[tokio::test]
async fn of_an_erased_member_an_alert_tells_nothing() {
    let (bot, message, alert) = alerted("high").await;
    erased(&bot).await;
    let shown = post(&bot, &alert);
    let all = json!([shown.embeds, shown.components]).to_string();
    assert!(all.contains("This member's data was erased."), "{all}");
    for trace in ["fog", &user::MEMBER.to_string(), &message.id.to_string()] {
        assert!(!all.contains(trace), "{trace}: {all}");
    }
    assert_eq!(all_alerts(&bot).len(), 1);
}

#[tokio::test]
async fn a_post_that_an_edit_made_out_of_date_says_no_more_what_was_written() {
    let (bot, message, alert) = alerted("medium").await;
    super::finds(&bot, "harbour", "critical");
    let edited = bot.world.discord.edit_message(channel::VENT, message.id, "the harbour").unwrap();
    bot.edits(&edited).await;
    let old = json!([post(&bot, &alert).embeds, post(&bot, &alert).components]).to_string();
    assert!(old.contains("there is a new alert for it") && !old.contains("lantern"), "{old}");
    assert!(!old.contains(&user::MEMBER.to_string()), "{old}");
    let new = bot.bot_messages(channel::CRT_CRITICAL).pop().unwrap();
    assert!(read(&new).contains("the harbour"), "{}", read(&new));
}

#[tokio::test]
async fn a_member_who_is_not_watched_any_more_takes_the_words_out_of_their_alerts() {
    let (bot, _, alert) = alerted("high").await;
    let arguments = json!({"guild_id": HARBOUR, "member_id": user::MEMBER, "erase": false, "at": now()});
    let owed: i64 = bot.cx().supabase.rpc("forget_crisis_words_of", &arguments).await.unwrap();
    assert_eq!(owed, 1);
    bot.ticks(now()).await;
    let shown = read(&post(&bot, &alert));
    assert!(shown.contains(GONE) && shown.contains(&format!("Member = <@{}>", user::MEMBER)), "{shown}");
}
