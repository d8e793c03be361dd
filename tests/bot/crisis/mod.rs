//! Crisis detection as conversations: one file for each part of it.

mod buttons;
mod chain;
mod consent;
mod direct;
mod doors;
mod duty;
mod escalation;
mod figures;
mod guard;
mod history;
mod kinds;
mod machine;
mod matrix;
mod setup;
mod snooze;
mod twice;
mod words;

use world::{
    discord::{Id, Message},
    script::Script,
    seed::{channel, user},
};

use crate::harness::{Bot, read};

/// [`world::seed::HARBOUR`] is live: #general, #gaming and #vent are watched, the team has three channels.
pub async fn live() -> Bot {
    let mut bot = Bot::alone().await;
    bot.world.settle_harbour().await.unwrap();
    bot.relay_follows().await;
    bot
}

/// From now on Ash-NLP finds this in a message that contains `words`.
pub fn finds(bot: &Bot, words: &str, severity: &str) {
    let script = Script { contains: Some(words.to_owned()), severity: Some(severity.to_owned()), ..Script::default() };
    bot.world.nlp.scripts.add(script);
}

/// The alerts in a channel, as the team reads them.
pub fn alerts(bot: &Bot, channel: Id) -> Vec<String> {
    bot.bot_messages(channel).iter().map(read).collect()
}

/// All alerts: monitor, crisis and critical.
pub fn all_alerts(bot: &Bot) -> Vec<Message> {
    [channel::CRT_MONITOR, channel::CRT_CRISIS, channel::CRT_CRITICAL]
        .into_iter()
        .flat_map(|channel| bot.bot_messages(channel))
        .collect()
}

/// How many rows a query finds.
pub async fn count(bot: &Bot, table: &'static str) -> usize {
    let rows: Vec<serde_json::Value> = bot.cx().supabase.select(table, "guild_id", &[]).await.unwrap();
    rows.len()
}

/// What is kept of a member's history in Redis, decrypted by the handler's own keys.
pub async fn kept(bot: &Bot, member: Id) -> i64 {
    let key = format!("crisis:history:{}:{member}", world::seed::HARBOUR);
    let replies = bot.cx().redis.pipeline(&[community_os::command!["ZCARD", key]]).await.unwrap();
    replies[0].int().unwrap()
}

#[tokio::test]
async fn somebody_who_writes_about_a_plan_is_seen_at_once() {
    let bot = live().await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    let alert = alerts(&bot, channel::CRT_CRITICAL).pop().unwrap();
    assert!(alert.contains("Critical alert"), "{alert}");
    assert_eq!(count(&bot, "crisis_alerts").await, 1);
    bot.assert_nothing_unexpected();
}
