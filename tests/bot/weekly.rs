//! The weekly leaderboard: once, on Monday at 9:00 where the guild is, in the channel it chose.

use chrono::{Datelike, Duration, NaiveDate, TimeZone, Utc};
use community_os::{
    edge::Time,
    jobs::{self, Job},
};
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    seed::{self, channel, user},
};

use crate::harness::{Bot, logged, now, read};

/// The Monday after next week's, so that it lies ahead whatever day it is.
fn monday() -> NaiveDate {
    let today = now().date_naive();
    today + Duration::days(14 - i64::from(today.weekday().num_days_from_monday()))
}

fn at(day: NaiveDate, hour: u32, minute: u32) -> Time {
    Utc.from_utc_datetime(&day.and_hms_opt(hour, minute, 0).unwrap())
}

async fn writes(bot: &Bot, member: world::discord::Id, points: f64, hour: Time) {
    let row = json!({
        "guild_id": seed::HARBOUR, "user_id": member, "channel_id": channel::GENERAL, "messages": 1, "points": points,
        "hour": hour,
    });
    bot.cx().supabase.insert("activity_hourly", &[row], None).await.unwrap();
}

fn kinds() -> Vec<&'static Job> {
    let ours = |job: &&Job| matches!(job.kind, "engagement.plan_weekly" | "engagement.weekly");
    community_os::features::jobs().into_iter().filter(ours).collect()
}

/// What the minute's tick does, for these jobs alone.
async fn tick(bot: &Bot, now: Time) -> u32 {
    let cx = bot.app.context(now, "test");
    jobs::owe_recurring(&cx, &kinds()).await.unwrap();
    jobs::tick(&cx, &kinds()).await.unwrap()
}

async fn owed(bot: &Bot) -> Vec<Value> {
    let rows: Vec<Value> = bot.cx().supabase.select("jobs", "kind,due_at,payload", &[]).await.unwrap();
    rows.into_iter().filter(|row| row["kind"] == "engagement.weekly").collect()
}

#[tokio::test]
async fn it_is_posted_once_on_monday_morning() {
    let bot = Bot::alone().await;
    let monday = monday();
    let sunday = monday - Duration::days(1);
    writes(&bot, user::MEMBER, 7.5, at(sunday, 23, 0)).await;
    writes(&bot, user::SECOND_MEMBER, 9.0, at(monday - Duration::days(7), 0, 0)).await;
    writes(&bot, user::NEWCOMER, 50.0, at(monday - Duration::days(8), 23, 0)).await;
    writes(&bot, user::NEWCOMER, 60.0, at(monday, 0, 0)).await;
    tick(&bot, at(sunday, 8, 0)).await;
    assert_eq!(owed(&bot).await.len(), 0, "off until a channel is chosen");
    bot.chooses("engagement.weekly_channel", json!(channel::GENERAL)).await;
    tick(&bot, at(sunday, 9, 0)).await;
    assert_eq!(owed(&bot).await.len(), 1);
    tick(&bot, at(monday, 8, 59)).await;
    assert_eq!(bot.bot_messages(channel::GENERAL).len(), 0);
    tick(&bot, at(monday, 9, 0)).await;
    let posted = bot.bot_messages(channel::GENERAL);
    assert_eq!(posted.len(), 1);
    let days = |day: NaiveDate| day.format("%-d %B").to_string();
    let expected = format!(
        "Most active: {} to {}\n**1.** <@{}> · 9 points\n**2.** <@{}> · 7.5 points",
        days(monday - Duration::days(7)),
        days(sunday),
        user::SECOND_MEMBER,
        user::MEMBER
    );
    assert_eq!(read(&posted[0]), expected);

    // The same once more, as after a lease that was lost, and a plan that comes late.
    let cx = bot.app.context(at(monday, 9, 1), "test");
    let guild = relay_wire::Snowflake(seed::HARBOUR.0);
    jobs::owe(&cx, guild, "engagement.weekly", "again", cx.now, json!({"week": monday})).await.unwrap();
    tick(&bot, at(monday, 9, 1)).await;
    tick(&bot, at(monday, 10, 0)).await;
    assert_eq!(bot.bot_messages(channel::GENERAL).len(), 1);
    let owed = owed(&bot).await;
    assert_eq!((owed.len(), &owed[0]["payload"]["week"]), (1, &json!(monday + Duration::days(7))));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn two_ticks_that_post_at_once_post_once() {
    let bot = Bot::alone().await;
    let monday = monday();
    writes(&bot, user::MEMBER, 7.5, at(monday - Duration::days(1), 12, 0)).await;
    bot.chooses("engagement.weekly_channel", json!(channel::GENERAL)).await;
    let cx = bot.app.context(at(monday, 9, 0), "test");
    let guild = relay_wire::Snowflake(seed::HARBOUR.0);
    for key in ["a", "b"] {
        jobs::owe(&cx, guild, "engagement.weekly", key, cx.now, json!({"week": monday})).await.unwrap();
    }
    // Nobody can note that it was posted: only Discord's nonce is left.
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/leaderboard_posts", 503));
    tick(&bot, at(monday, 9, 0)).await;
    assert_eq!(bot.bot_messages(channel::GENERAL).len(), 1);
}

#[tokio::test]
async fn the_guild_has_its_own_morning() {
    let bot = Bot::alone().await;
    let monday = monday();
    bot.chooses("engagement.weekly_channel", json!(channel::GENERAL)).await;
    // No summer time there.
    bot.chooses("engagement.time_zone", json!("Asia/Tokyo")).await;
    tick(&bot, at(monday - Duration::days(2), 12, 0)).await;
    let due = async || owed(&bot).await[0]["due_at"].as_str().unwrap()[..19].to_owned();
    assert_eq!(due().await, at(monday, 0, 0).format("%Y-%m-%dT%H:%M:%S").to_string());
    bot.chooses("engagement.time_zone", json!("Nowhere/At All")).await;
    tick(&bot, at(monday - Duration::days(2), 13, 0)).await;
    assert_eq!(due().await, at(monday, 9, 0).format("%Y-%m-%dT%H:%M:%S").to_string(), "a zone nobody knows is UTC");
}

#[tokio::test]
async fn a_channel_that_the_bot_may_not_write_in_is_told_in_setup_and_logged_once() {
    let bot = Bot::alone().await;
    let monday = monday();
    writes(&bot, user::MEMBER, 7.5, at(monday - Duration::days(1), 12, 0)).await;
    bot.chooses("engagement.weekly_channel", json!("99")).await;
    for (key, week) in [("a", monday), ("b", monday + Duration::days(7))] {
        writes(&bot, user::MEMBER, 7.5, at(week, 12, 0)).await;
        let cx = bot.app.context(at(monday, 9, 0), "test");
        let guild = relay_wire::Snowflake(seed::HARBOUR.0);
        jobs::owe(&cx, guild, "engagement.weekly", key, cx.now, json!({"week": week})).await.unwrap();
    }
    tick(&bot, at(monday, 9, 0)).await;
    assert_eq!(logged().iter().filter(|line| line.contains("setting_problem")).count(), 1);
    let seen = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let seen = bot.press(&seen, "1:admin.feature", &["engagement"]).await;
    let problem = "⚠️ I could not post there. Please let me see the channel, send messages and embed links in it.";
    assert!(seen.text().contains(problem), "{}", seen.text());
    let seen = bot.press(&seen, "1:admin.setting", &["engagement.weekly_channel"]).await;
    let seen = bot.press(&seen, "1:admin.choose:engagement.weekly_channel", &[&channel::STAFF.to_string()]).await;
    assert!(!seen.text().contains("⚠️"), "{}", seen.text());
}
