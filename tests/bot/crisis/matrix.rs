//! The severity matrix, row by row: what is kept, who is told where, and who is pinged.

use world::{
    discord::Id,
    seed::{channel, role, user},
};

use super::{all_alerts, count, finds, kept, live};
use crate::harness::{Bot, read};

/// Somebody writes something in which Ash-NLP finds `severity`: how much is kept, and the alert with its channel.
async fn written(severity: &str) -> (Bot, i64, Option<(Id, String)>) {
    let bot = live().await;
    finds(&bot, "lantern", severity);
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let kept = kept(&bot, user::MEMBER).await;
    let alert = all_alerts(&bot).first().map(|message| (message.channel_id, read(message)));
    (bot, kept, alert)
}

#[tokio::test]
async fn safe_leaves_no_trace() {
    let (bot, kept, alert) = written("safe").await;
    assert_eq!((kept, alert, count(&bot, "crisis_alerts").await), (0, None, 0));
}

#[tokio::test]
async fn low_is_kept_and_nobody_is_told() {
    let (bot, kept, alert) = written("low").await;
    assert_eq!((kept, alert, count(&bot, "crisis_alerts").await), (1, None, 0));
}

#[tokio::test]
async fn medium_is_told_in_the_monitor_channel_without_a_ping() {
    let (_, kept, alert) = written("medium").await;
    let (channel, alert) = alert.unwrap();
    assert_eq!((kept, channel), (1, channel::CRT_MONITOR));
    assert!(alert.starts_with("⚠️ Monitor alert\n"), "{alert}");
    assert!(alert.contains("a lantern in the fog"), "{alert}");
    assert!(!alert.contains("<@&"), "{alert}");
}

#[tokio::test]
async fn high_pings_the_team_in_the_crisis_channel() {
    let (_, kept, alert) = written("high").await;
    let (channel, alert) = alert.unwrap();
    assert_eq!((kept, channel), (1, channel::CRT_CRISIS));
    assert!(alert.starts_with(&format!("<@&{}>\n🔶 Crisis alert\n", role::CRT)), "{alert}");
}

#[tokio::test]
async fn critical_pings_the_team_in_the_critical_channel() {
    let (_, kept, alert) = written("critical").await;
    let (channel, alert) = alert.unwrap();
    assert_eq!((kept, channel), (1, channel::CRT_CRITICAL));
    assert!(alert.starts_with(&format!("<@&{}>\n🚨 Critical alert\n", role::CRT)), "{alert}");
}
