//! What members choose about Ash's direct messages.

use serde_json::json;
use world::seed::{channel, user};

use super::{after_minutes, finds, live, read_all, threads};
use crate::harness::Bot;

async fn status(bot: &Bot) -> String {
    bot.command(user::MEMBER, channel::GENERAL, "ash status", json!({})).await.text()
}

/// The guild has Ash talk in direct messages, and something HIGH was found.
async fn offered(bot: &Bot) {
    bot.chooses("companion.place", json!("direct")).await;
    finds(bot, "lantern", "critical");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    after_minutes(bot, 1).await;
}

#[tokio::test]
async fn ash_writes_direct_messages_only_to_who_said_yes() {
    let bot = live().await;
    assert!(status(&bot).await.contains("in direct messages only if you say yes to that"), "{}", status(&bot).await);
    offered(&bot).await;
    let dm = bot.world.discord.open_dm(user::MEMBER).unwrap();
    assert!(read_all(&bot, dm).is_empty() && threads(&bot).is_empty(), "neither there nor anywhere more public");

    let bot = live().await;
    let seen = bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({"to": "direct"})).await;
    assert!(seen.is_private() && seen.text().contains("Ash may write you direct messages"), "{}", seen.text());
    assert!(status(&bot).await.contains("Ash may offer to talk with you, also in direct messages."));
    offered(&bot).await;
    let dm = bot.world.discord.open_dm(user::MEMBER).unwrap();
    assert!(read_all(&bot, dm)[0].contains("you do not have to be alone"), "{:?}", read_all(&bot, dm));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn no_to_ash_is_no_to_direct_messages_and_yes_to_both_is_not_yes_to_them() {
    let bot = live().await;
    bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({})).await;
    assert!(status(&bot).await.contains("only if you say yes to that"), "a yes of its own");
    bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({"to": "direct"})).await;
    bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({})).await;
    bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({})).await;
    assert!(status(&bot).await.contains("only if you say yes to that"), "{}", status(&bot).await);
    bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({"to": "direct"})).await;
    let seen = bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({"from": "direct"})).await;
    assert!(seen.text().contains("Ash does not write you direct messages"), "{}", seen.text());
    let status = status(&bot).await;
    assert!(status.contains("You are watched here") && status.contains("only if you say yes to that"), "{status}");
}
