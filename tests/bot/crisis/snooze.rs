//! Pings about one member can be snoozed; CRITICAL pings all the same, and asks.

use chrono::TimeDelta;
use serde_json::json;
use world::seed::{channel, role, user};

use super::{
    alerts,
    buttons::{alerted, choose, post, sql},
    finds,
};
use crate::harness::{Bot, now, read};

async fn snoozed() -> (Bot, world::discord::Message) {
    let (bot, _, alert) = alerted("high").await;
    let told = choose(&bot, user::RESPONDER, &alert, "snooze", "snooze_chosen", "24 in_contact").await;
    assert!(told.is_private() && told.text().contains("CRITICAL pings"), "{}", told.text());
    (bot, alert)
}

#[tokio::test]
async fn a_snooze_is_seen_on_the_alert_and_the_next_one_does_not_ping() {
    let (bot, alert) = snoozed().await;
    let shown = read(&post(&bot, &alert));
    assert!(shown.contains("Pings = Snoozed until <t:") && shown.contains("We are in contact with them"), "{shown}");
    super::buttons::resolve(&bot, user::RESPONDER, &alert, "").await;
    bot.says(user::MEMBER, channel::VENT, "again a lantern").await;
    let next = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(!next.contains("<@&") && next.contains("Pings = Nobody was pinged: snoozed until <t:"), "{next}");
    // Somebody else is not concerned.
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    assert!(alerts(&bot, channel::CRT_CRISIS).pop().unwrap().contains("<@&"));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn critical_pings_all_the_same_and_asks() {
    let (bot, alert) = snoozed().await;
    finds(&bot, "harbour", "critical");
    bot.says(user::MEMBER, channel::VENT, "the harbour").await;
    let all = bot.bot_messages(channel::CRT_CRITICAL);
    assert!(read(&all[0]).starts_with(&format!("<@&{}>", role::CRT)), "{}", read(&all[0]));
    assert!(read(&all[1]).contains("Shall the snooze go on?"), "{}", read(&all[1]));
    let seen = bot.sees(user::RESPONDER, &all[1]);
    let told = bot.press(&seen, &format!("1:crisis.snooze_end:{}", user::MEMBER), &[]).await;
    assert_eq!(told.text(), format!("Pings about <@{}> are on again.", user::MEMBER));
    assert!(read(&post(&bot, &all[0])).contains(&format!("Pings = On again by <@{}>", user::RESPONDER)));
    super::buttons::resolve(&bot, user::RESPONDER, &alert, "").await;
    bot.says(user::MEMBER, channel::VENT, "again a lantern").await;
    assert!(alerts(&bot, channel::CRT_CRISIS).pop().unwrap().contains("<@&"));
}

#[tokio::test]
async fn a_snooze_expires_and_can_be_ended_by_a_command() {
    let (bot, _) = snoozed().await;
    let until = "select (s.until - s.created_at)::text from public.crisis_snoozes as s";
    assert_eq!(sql(&bot, until).await, ["1 day"]);
    let key = format!("crisis:episode:{}:{}", world::seed::HARBOUR, user::MEMBER);
    let known = bot.cx().redis.pipeline(&[community_os::command!["HGET", key, "snooze"]]).await.unwrap();
    let until = known[0].int().unwrap();
    assert!((until - (now() + TimeDelta::hours(24)).timestamp_millis()).abs() < 60_000);
    let clear = json!({"user": user::MEMBER});
    let told = bot.command(user::MEMBER, channel::GENERAL, "crisis snooze clear", clear.clone()).await;
    assert!(told.text().contains("Only the crisis response team"), "{}", told.text());
    let told = bot.command(user::RESPONDER, channel::CRT_CRISIS, "crisis snooze clear", clear.clone()).await;
    assert!(told.text().contains("are on again"), "{}", told.text());
    let told = bot.command(user::RESPONDER, channel::CRT_CRISIS, "crisis snooze clear", clear).await;
    assert!(told.text().contains("were not snoozed"), "{}", told.text());
}
