//! What is kept of a talk, and that it goes when it is to go.

use community_os::command;
use serde_json::json;
use world::seed::{HARBOUR, channel, user};

use super::{after_minutes, asked, finds, live, press, read_all, talking};
use crate::harness::Bot;

/// Everything in Redis that is not sealed.
async fn dump(bot: &Bot) -> String {
    let keys = bot.cx().redis.pipeline(&[command!["KEYS", "ash:*"]]).await.unwrap();
    let keys: Vec<String> = keys[0].array().iter().map(|key| key.text().unwrap().to_owned()).collect();
    let mut text = format!("{keys:?}");
    for key in keys.iter().filter(|key| key.starts_with("ash:talk:")) {
        text.push_str(&format!("{:?}", bot.cx().redis.pipeline(&[command!["HGETALL", key]]).await.unwrap()));
    }
    text
}

#[tokio::test]
async fn the_words_are_sealed_and_neither_logged_nor_in_a_row() {
    let mut bot = live().await;
    super::says(&bot, "zanzibar", "A quiet reply about quicksilver.");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "zanzibar").await;
    let kept = dump(&bot).await;
    assert!(kept.contains("ash:talk:") && !kept.contains("zanzibar") && !kept.contains("quicksilver"));
    for line in crate::harness::logged() {
        assert!(!line.contains("zanzibar") && !line.contains("quicksilver"), "{line}");
    }
    for table in ["ash_sessions", "ash_turns", "ash_session_events", "ai_audit_logs"] {
        let rows: Vec<serde_json::Value> = bot.cx().supabase.select(table, "*", &[]).await.unwrap();
        assert!(!rows.is_empty() && !json!(rows).to_string().contains("zanzibar"), "{table}");
    }
}

#[tokio::test]
async fn what_is_deleted_or_edited_is_not_sent_again_as_it_was() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    let (first, _) = bot.says(user::MEMBER, thread, "a secret about alder").await;
    let (second, _) = bot.says(user::MEMBER, thread, "and birch").await;
    bot.world.discord.delete_message(thread, first.id, Some(user::MEMBER)).unwrap();
    bot.hears("MESSAGE_DELETE", json!({"id": first.id.to_string(), "channel_id": thread.to_string()})).await;
    let second = bot.world.discord.edit_message(thread, second.id, "and cedar").unwrap();
    bot.edits(&second).await;
    bot.says(user::MEMBER, thread, "do you see?").await;
    let sent = asked(&bot).pop().unwrap()["messages"].to_string();
    assert!(!sent.contains("alder") && !sent.contains("birch") && sent.contains("cedar"), "{sent}");
}

#[tokio::test]
async fn who_takes_over_below_the_alert_is_brought_in_and_stand_down_ends_it() {
    let mut bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    press(&bot, user::RESPONDER, &alert, "Talk to Ash").await;
    bot.relay_follows().await;
    let thread = super::threads(&bot)[0];
    bot.says(user::MEMBER, thread, "hello").await;
    let answers = async |text: &str, member| {
        let message = bot.world.discord.send_message(channel::CRT_CRISIS, member, text, Some(alert.id)).unwrap();
        bot.deliver(bot.events_of_message(&message)).await;
    };
    answers("we should call them", user::RESPONDER).await;
    answers("they said \"I've got this\"", user::RESPONDER).await;
    assert!(!bot.world.discord.can(user::RESPONDER, thread, 1 << 10) || asked(&bot).len() == 1);
    answers("I've got this", user::RESPONDER).await;
    bot.says(user::RESPONDER, thread, "hello, i am here").await;
    assert!(read_all(&bot, thread).pop().unwrap().contains("is here now"), "{:?}", read_all(&bot, thread));
}

#[tokio::test]
async fn ash_stand_down_below_the_alert_ends_the_talk() {
    let mut bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    press(&bot, user::RESPONDER, &alert, "Talk to Ash").await;
    bot.relay_follows().await;
    let thread = super::threads(&bot)[0];
    bot.says(user::MEMBER, thread, "hello").await;
    let text = "Ash, stand down";
    let message = bot.world.discord.send_message(channel::CRT_CRISIS, user::RESPONDER, text, Some(alert.id)).unwrap();
    bot.deliver(bot.events_of_message(&message)).await;
    assert!(read_all(&bot, thread).iter().any(|one| one.contains("I step back now")), "{:?}", read_all(&bot, thread));
    let before = asked(&bot).len();
    bot.says(user::MEMBER, thread, "are you gone?").await;
    assert_eq!(asked(&bot).len(), before);
}

#[tokio::test]
async fn an_erasure_takes_the_words_and_the_rows() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    assert!(dump(&bot).await.contains("ash:talk:"));
    after_minutes(&bot, 6).await;
    let who = community_os::person::Person {
        guild_id: relay_wire::Snowflake(HARBOUR.0),
        user_id: relay_wire::Snowflake(user::MEMBER.0),
    };
    let erase = community_os::features::companion::FEATURE.erase.unwrap();
    erase(bot.cx(), who).await.unwrap();
    assert!(!dump(&bot).await.contains("ash:talk:"));
}
