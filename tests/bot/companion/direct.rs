//! Talks in direct messages.

use serde_json::json;
use world::{
    discord::Id,
    seed::{self, channel, user},
};

use super::{after_minutes, alerts, asked, finds, live, press, read_all};
use crate::harness::{Bot, now};

async fn writes(bot: &Bot, member: Id, text: &str) -> Id {
    let dm = bot.world.discord.open_dm(member).unwrap();
    bot.says(member, dm, text).await;
    dm
}

#[tokio::test]
async fn whoever_writes_to_the_bot_is_offered_a_talk_and_has_it_there() {
    let bot = live().await;
    let dm = writes(&bot, user::NEWCOMER, "hello").await;
    let card = bot.bot_messages(dm).pop().unwrap();
    press(&bot, user::NEWCOMER, &card, "Talk with Ash, an AI").await;
    let opener = read_all(&bot, dm).pop().unwrap();
    assert!(opener.contains("The team of Harbour does not read along here"), "{opener}");
    let before = read_all(&bot, dm).len();
    writes(&bot, user::NEWCOMER, "i am lonely").await;
    assert_eq!(asked(&bot).len(), 1);
    let said = read_all(&bot, dm).pop().unwrap();
    assert!(said.starts_with("Ash (AI): [local stand-in of Claude]"), "{said}");
    assert_eq!(read_all(&bot, dm).len(), before + 1, "no card between");
    after_minutes(&bot, 8).await;
    assert!(read_all(&bot, dm).pop().unwrap().contains("I end our talk here"));
    // After the end crisis care answers again, and says how to go on.
    writes(&bot, user::NEWCOMER, "hello again").await;
    let ways = bot.bot_messages(dm).pop().unwrap();
    assert!(!ways.components.is_empty());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn danger_in_a_direct_talk_reaches_the_team_of_that_guild() {
    let bot = live().await;
    let rows = [("crisis.stage", json!("live")), ("crisis.crisis_channel", json!(channel::FRESH_GENERAL))]
        .map(|(key, value)| json!({"guild_id": seed::FRESH_START, "key": key, "value": value, "updated_at": now()}));
    bot.cx().supabase.insert("guild_settings", &rows, None).await.unwrap();
    bot.world.discord.join(seed::FRESH_START, user::NEWCOMER, "newcomer").unwrap();
    finds(&bot, "lantern", "high");
    let dm = bot.world.discord.open_dm(user::NEWCOMER).unwrap();
    // The talk belongs to the guild where it was asked for.
    let seen = bot.command(user::NEWCOMER, channel::GENERAL, "ash talk", json!({})).await;
    assert!(seen.text().contains("We can talk here"), "{}", seen.text());
    bot.says(user::NEWCOMER, dm, "a lantern").await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).iter().filter(|one| one.contains("Crisis alert")).count(), 1);
    assert!(alerts(&bot, channel::FRESH_GENERAL).is_empty());
}
