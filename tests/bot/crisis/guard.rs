//! Channels of the team that become public, and what follows: no words, no name, one warning.

use chrono::TimeDelta;
use serde_json::json;
use world::{
    discord::{
        Id,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{HARBOUR, channel, role, user},
};

use super::{alerts, finds, live, setup::opens};
use crate::harness::{Bot, now, read};

fn set(bot: &Bot, place: Id, who: Id, allow: u64, deny: u64) {
    bot.world.discord.set_overwrite(place, Overwrite { id: who, kind: OverwriteKind::Role, allow, deny }).unwrap();
}

async fn hears_of(bot: &Bot, place: Id) {
    bot.hears("CHANNEL_UPDATE", json!({"id": place, "type": 0})).await;
}

/// What was said in a channel that is no alert.
fn warnings(bot: &Bot, place: Id) -> Vec<String> {
    let said = bot.bot_messages(place);
    said.iter().filter(|message| message.components.is_empty()).map(read).collect()
}

#[tokio::test]
async fn an_alert_channel_that_becomes_public_loses_words_and_name_and_gets_them_back() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    set(&bot, channel::CRT_CRISIS, role::SUPPORT, may::VIEW_CHANNEL, 0);
    hears_of(&bot, channel::CRT_CRISIS).await;
    hears_of(&bot, channel::CRT_CRISIS).await;
    let told = warnings(&bot, channel::CRT_MONITOR);
    assert_eq!(told.len(), 1, "told once, where only the team reads: {told:?}");
    insta::assert_snapshot!(told[0], @"
    ⚠️ <#1200000000200000022> can be read by <@&1200000000100000004>. Take **View Channel** from them there.
    Until then alerts go out without the words and the name of the member.
    `/setup part:crisis` → **Turn on, step by step** shows all of it.
    ");
    assert_eq!(warnings(&bot, channel::CRT_CRISIS), [""; 0]);

    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(!alert.contains("lantern") && !alert.contains(&format!("<@{}>", user::MEMBER)), "{alert}");
    assert!(alert.contains("not shown here"), "{alert}");
    let setup = bot.command(user::ADMIN, channel::STAFF, "setup", json!({"part": "crisis"})).await;
    assert!(setup.text().contains("⚠️ <#"), "it stands beside the setting: {}", setup.text());

    set(&bot, channel::CRT_CRISIS, role::SUPPORT, 0, 0);
    hears_of(&bot, channel::CRT_CRISIS).await;
    let told = warnings(&bot, channel::CRT_MONITOR);
    assert_eq!(told.len(), 2);
    assert!(told[1].starts_with("✅ Only the team reads the alerts again"), "{}", told[1]);
    bot.says(user::SECOND_MEMBER, channel::VENT, "another lantern").await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("another lantern"), "{alert}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_role_that_learns_to_read_everything_is_noticed() {
    let bot = live().await;
    // #crt-crisis is closed to @everyone only by what the guild gives.
    set(&bot, channel::CRT_CRISIS, HARBOUR, 0, 0);
    bot.world.discord.set_role_permissions(HARBOUR, HARBOUR, 0).unwrap();
    bot.hears("GUILD_ROLE_UPDATE", json!({"role": {"id": HARBOUR}})).await;
    assert_eq!(warnings(&bot, channel::CRT_MONITOR), [""; 0], "nobody reads it");
    bot.world.discord.set_role_permissions(HARBOUR, role::SUPPORT, may::VIEW_CHANNEL).unwrap();
    bot.hears("GUILD_ROLE_UPDATE", json!({"role": {"id": role::SUPPORT}})).await;
    let told = warnings(&bot, channel::CRT_MONITOR);
    assert!(told[0].contains(&format!("<#{}> can be read by <@&{}>", channel::CRT_CRISIS, role::SUPPORT)), "{told:?}");
}

#[tokio::test]
async fn without_a_private_channel_left_the_owner_is_told_directly() {
    let bot = live().await;
    for place in [channel::CRT_MONITOR, channel::CRT_CRISIS, channel::CRT_CRITICAL] {
        set(&bot, place, HARBOUR, 0, 0);
    }
    hears_of(&bot, channel::CRT_MONITOR).await;
    let dm = bot.world.discord.open_dm(user::OWNER).unwrap();
    let told = bot.bot_messages(dm);
    assert_eq!(told.len(), 1);
    assert_eq!(read(&told[0]).matches("**everybody**").count(), 3, "{}", read(&told[0]));
}

#[tokio::test]
async fn what_no_event_told_is_found_within_the_hour() {
    let bot = live().await;
    set(&bot, channel::CRT_CRITICAL, HARBOUR, 0, 0);
    bot.ticks(now()).await;
    bot.ticks(now() + TimeDelta::minutes(2)).await;
    assert_eq!(warnings(&bot, channel::CRT_MONITOR).len(), 1);
    bot.ticks(now() + TimeDelta::minutes(63)).await;
    bot.ticks(now() + TimeDelta::minutes(65)).await;
    assert_eq!(warnings(&bot, channel::CRT_MONITOR).len(), 1, "once");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_public_channel_that_is_chosen_while_detection_runs_hides_words_at_once() {
    let bot = live().await;
    let seen = bot.command(user::ADMIN, channel::STAFF, "setup", json!({"part": "crisis"})).await;
    let open = opens(&bot, &seen, "crisis.crisis_channel").await;
    let seen = bot.press(&open, "1:admin.choose:crisis.crisis_channel", &[&channel::GENERAL.to_string()]).await;
    assert!(seen.text().contains("can be read by **everybody**"), "{}", seen.text());
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let alert = alerts(&bot, channel::GENERAL).pop().unwrap();
    assert!(!alert.contains("lantern"), "{alert}");
}

#[tokio::test]
async fn a_deleted_channel_or_role_of_the_team_is_told_once() {
    let bot = live().await;
    bot.world.discord.delete_channel(channel::CRT_CRITICAL).unwrap();
    bot.hears("CHANNEL_DELETE", json!({"id": channel::CRT_CRITICAL, "type": 0})).await;
    bot.world.discord.delete_role(HARBOUR, role::CRT).unwrap();
    bot.hears("GUILD_ROLE_DELETE", json!({"role_id": role::CRT})).await;
    let told = warnings(&bot, channel::CRT_MONITOR);
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("**Critical channel** was deleted"), "{told:?}");
    assert!(told[1].contains("**Crisis response team** was deleted"), "{told:?}");
}
