//! Found long after it was written: said so, and without haste.

use chrono::TimeDelta;
use community_os::clients::supabase::Filter;
use serde_json::Value;
use world::{
    face::{Face, Fault},
    seed::{channel, role, user},
};

use super::{alerts, all_alerts, count, deliver_at, finds, live, rests_no_more};
use crate::harness::{Bot, now};

/// Somebody writes, and the relay delivers it only `hours` later.
async fn late(bot: &Bot, member: world::discord::Id, text: &str, hours: i64) {
    let message = bot.world.discord.send_message(channel::VENT, member, text, None).unwrap();
    deliver_at(bot, bot.events_of_message(&message), 1, now() + TimeDelta::hours(hours)).await;
}

async fn chains(bot: &Bot) -> usize {
    let jobs: Vec<Value> =
        bot.cx().supabase.select("jobs", "key", &[Filter::eq("kind", "crisis.chain")]).await.unwrap();
    jobs.len()
}

#[tokio::test]
async fn a_late_find_says_how_late_pings_once_and_hurries_nobody() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    late(&bot, user::MEMBER, "a lantern in the fog", 3).await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.starts_with(&format!("<@&{}>", role::CRT)), "{alert}");
    assert!(alert.contains("**Found late:** written 3 h ago.\n**Nothing was heard of them since.**"), "{alert}");
    assert_eq!(chains(&bot).await, 0);
}

#[tokio::test]
async fn a_late_find_says_whether_the_member_has_written_since() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a lantern", None).unwrap();
    let events = bot.events_of_message(&message);
    // An ordinary message later, elsewhere in the guild.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    bot.says(user::MEMBER, channel::GAMING, "anybody for a game?").await;
    deliver_at(&bot, events, 1, now() + TimeDelta::hours(2)).await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("They have written since, last <t:"), "{alert}");
}

#[tokio::test]
async fn a_critical_late_find_keeps_its_chain() {
    let bot = live().await;
    finds(&bot, "lantern", "critical");
    late(&bot, user::MEMBER, "a lantern", 3).await;
    assert_eq!((alerts(&bot, channel::CRT_CRITICAL).len(), chains(&bot).await), (1, 1));
}

#[tokio::test]
async fn what_is_older_than_a_day_is_told_quietly() {
    let bot = live().await;
    finds(&bot, "lantern", "critical");
    late(&bot, user::MEMBER, "a lantern", 30).await;
    let alert = alerts(&bot, channel::CRT_MONITOR).pop().unwrap();
    assert!(alert.starts_with("🚨 Critical alert\n**Found late:** written 30 h ago."), "{alert}");
    assert_eq!(all_alerts(&bot).len(), 1);
}

#[tokio::test]
async fn many_late_finds_at_once_are_one_digest() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    finds(&bot, "compass", "critical");
    for at in 0..9 {
        let member = bot.new_member(&format!("Somebody {at}"));
        late(&bot, member, if at == 8 { "a compass" } else { "a lantern" }, 2).await;
    }
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 5, "each by itself");
    assert_eq!(alerts(&bot, channel::CRT_CRITICAL).len(), 1, "CRITICAL is never a line of a list");
    bot.ticks(now() + TimeDelta::hours(2) + TimeDelta::minutes(2)).await;
    let digest = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(digest.starts_with(&format!("<@&{}>\nFound late: 3 messages\n", role::CRT)), "{digest}");
    assert_eq!(digest.matches("**HIGH**").count(), 3, "{digest}");
    assert!(!digest.contains("lantern"), "{digest}");
    bot.ticks(now() + TimeDelta::hours(3)).await;
    let said = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(said.len(), 6, "once: {said:#?}");
    assert_eq!(count(&bot, "crisis_alerts").await, 9);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_second_look_after_hours_is_a_late_find() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 503));
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    bot.world.shared.mend();
    rests_no_more(&bot).await;
    for tick in 0..3 {
        bot.ticks(now() + TimeDelta::hours(5) + TimeDelta::seconds(2 * tick)).await;
    }
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("**Found late:** written 5 h ago."), "{alert}");
    assert_eq!(chains(&bot).await, 0);
}

#[tokio::test]
async fn an_old_message_that_is_edited_now_is_not_late() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "good morning").await;
    let edited = bot.world.discord.edit_message(channel::VENT, message.id, "a lantern").unwrap();
    let mut dispatch = bot.world.discord.state().message_json(&edited);
    dispatch["guild_id"] = serde_json::json!(world::seed::HARBOUR);
    deliver_at(&bot, bot.events_of("MESSAGE_UPDATE", &dispatch), 1, now() + TimeDelta::hours(3)).await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(!alert.contains("Found late"), "{alert}");
    assert_eq!(chains(&bot).await, 1);
}
