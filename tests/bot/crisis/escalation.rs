//! Somebody gets worse: by our own view of what is kept, beside Ash-NLP's.

use chrono::TimeDelta;
use relay_wire::{Outcome, Snowflake};
use serde_json::json;
use world::{
    discord::Id,
    script::Script,
    seed::{self, channel, user},
};

use super::{alerts, history::sql, live};
use crate::harness::{Bot, now};

/// Ash-NLP finds this in a message with these words.
fn scores(bot: &Bot, words: &str, severity: &str, score: f64) {
    let script = Script {
        contains: Some(words.to_owned()),
        severity: Some(severity.to_owned()),
        score: Some(score),
        ..Script::default()
    };
    bot.world.nlp.scripts.add(script);
}

/// The member wrote this so long ago.
async fn wrote(bot: &Bot, ago: TimeDelta, text: &str) {
    let mut message = bot.world.discord.send_message(channel::VENT, user::MEMBER, text, None).unwrap();
    message.id = Id(Snowflake::at_ms((now() - ago).timestamp_millis()).0);
    assert!(bot.deliver(bot.events_of_message(&message)).await.iter().all(|outcome| *outcome == Outcome::Done));
}

/// LOW messages so many hours ago with these scores, then one now: its alert.
async fn alert_after(before: &[(i64, f64)], severity: &str, score: f64) -> String {
    let bot = live().await;
    for (n, (hours, score)) in before.iter().enumerate() {
        scores(&bot, &format!("grey {n}"), "low", *score);
        wrote(&bot, TimeDelta::hours(*hours), &format!("grey {n}")).await;
    }
    scores(&bot, "lantern", severity, score);
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let place = if severity == "critical" { channel::CRT_CRITICAL } else { channel::CRT_CRISIS };
    alerts(&bot, place).pop().unwrap()
}

#[tokio::test]
async fn weakness_3_worse_over_hours_is_an_alert_that_says_so() {
    let alert = alert_after(&[(12, 0.35), (8, 0.45)], "high", 0.72).await;
    assert!(alert.contains("🔶 Crisis alert: getting worse\n"), "{alert}");
    assert!(alert.contains("Trend = Getting worse over 3 messages"), "{alert}");
}

#[tokio::test]
async fn worse_within_an_hour_or_two_is_rapid() {
    let alert = alert_after(&[(30, 0.31), (2, 0.35), (1, 0.45)], "high", 0.72).await;
    assert!(alert.contains("Crisis alert: getting worse\n"), "{alert}");
    // What is older than a day is another story.
    assert!(alert.contains("Trend = Getting worse quickly over 3 messages"), "{alert}");
}

#[tokio::test]
async fn from_hardly_anything_to_grave_is_sudden() {
    let alert = alert_after(&[(5, 0.33)], "critical", 0.91).await;
    assert!(alert.contains("🚨 Critical alert: getting worse\n"), "{alert}");
    assert!(alert.contains("Trend = Suddenly worse over 2 messages"), "{alert}");
}

#[tokio::test]
async fn one_grave_message_after_days_of_silence_is_an_ordinary_alert() {
    let alert = alert_after(&[(50, 0.33)], "high", 0.72).await;
    assert!(alert.contains("🔶 Crisis alert\n") && !alert.contains("Trend"), "{alert}");
}

#[tokio::test]
async fn weakness_3_what_ash_nlp_says_of_a_trend_counts_only_for_somebody_with_a_past() {
    let bot = live().await;
    let context = json!({"trend": {"direction": "worsening"}, "escalation_detected": true});
    let script = Script {
        contains: Some("lantern".to_owned()),
        severity: Some("high".to_owned()),
        score: Some(0.72),
        body: Some(json!({"context_analysis": context})),
        ..Script::default()
    };
    bot.world.nlp.scripts.add(script);
    // Its answer is cached by text: this may be about somebody else.
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(!alert.contains("getting worse"), "{alert}");

    scores(&bot, "grey", "low", 0.6);
    wrote(&bot, TimeDelta::hours(3), "grey").await;
    wrote(&bot, TimeDelta::hours(2), "grey").await;
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("Crisis alert: getting worse\n"), "{alert}");
}

#[tokio::test]
async fn episodes_that_come_again_are_counted() {
    let bot = live().await;
    scores(&bot, "lantern", "high", 0.72);
    for _ in 0..3 {
        bot.says(user::MEMBER, channel::VENT, "a lantern").await;
        sql(&bot, "update public.crisis_alerts set status = 'RESOLVED'").await;
        let key = format!("crisis:episode:{}:{}", seed::HARBOUR, user::MEMBER);
        bot.cx().redis.pipeline(&[community_os::command!["DEL", key]]).await.unwrap();
    }
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 3, "each is an alert of its own");
    sql(&bot, "update public.crisis_alerts set found_at = found_at - interval '10 days' where alert_id = 1").await;
    sql(&bot, "update public.crisis_alerts set status = 'FALSE_ALARM' where alert_id = 2").await;
    let seen =
        bot.command(user::RESPONDER, channel::CRT_MONITOR, "userhistory", json!({"user": user::MEMBER})).await.text();
    assert!(seen.contains("Episodes: **1** in 7 days, **2** in 30 days."), "{seen}");
    assert!(seen.contains("a false alarm"), "{seen}");
}
