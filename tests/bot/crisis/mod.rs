//! Crisis detection as conversations: one file for each part of it.

mod at_once;
mod breaks;
mod buttons;
mod chain;
mod consent;
mod detection;
mod direct;
mod doors;
mod duty;
mod escalation;
mod figures;
mod guard;
mod history;
mod kinds;
mod late;
mod listener;
mod machine;
mod matrix;
mod second_look;
mod sentinel;
mod setup;
mod snooze;
mod storm;
mod twice;
mod webhook;
mod words;

use world::{
    discord::{Id, Message},
    script::Script,
    seed::{channel, user},
};

use community_os::edge::Time;
use relay_wire::{Ack, Batch, Event, Lane, Outcome, VERSION, paths};

use crate::harness::{Bot, read, relay_signed};

/// [`world::seed::HARBOUR`] is live: #general, #gaming and #vent are watched, the team has three channels.
pub async fn live() -> Bot {
    let mut bot = Bot::alone().await;
    bot.world.settle_harbour().await.unwrap();
    bot.relay_follows().await;
    bot
}

/// [`live`], with some variables set otherwise.
pub async fn live_with(changes: &[(&str, &str)]) -> Bot {
    let mut bot = Bot::with_env(changes).await;
    bot.world.settle_harbour().await.unwrap();
    bot.relay_follows().await;
    bot
}

/// The relay delivers these urgent events of a message at another moment.
pub async fn deliver_at(bot: &Bot, events: Vec<(Lane, Event)>, attempt: u32, at: Time) -> Vec<Outcome> {
    let events = events.into_iter().filter(|(lane, _)| *lane == Lane::Urgent);
    let events = events.map(|(_, event)| Event { attempt, ..event }).collect();
    let batch = Batch { v: VERSION, relay: "test".into(), epoch: "e".into(), lane: Lane::Urgent, events };
    let body = serde_json::to_vec(&batch).unwrap();
    let response = bot.app.handle(relay_signed(http::Request::post(paths::EVENTS), body, at), at).await.response;
    let ack: Ack = serde_json::from_slice(response.body()).unwrap();
    ack.results.into_iter().map(|result| result.outcome).collect()
}

/// Deliveries of one message until the relay may forget it; how many it took.
pub async fn until_done(bot: &Bot, events: &[(Lane, Event)], first: u32) -> u32 {
    for attempt in first..200 {
        if deliver_at(bot, events.to_vec(), attempt, crate::harness::now())
            .await
            .iter()
            .all(|one| *one == Outcome::Done)
        {
            return attempt;
        }
    }
    panic!("it is never done");
}

/// Forgets that Ash-NLP failed just now, as half a minute does.
pub async fn rests_no_more(bot: &Bot) {
    bot.cx().redis.pipeline(&[community_os::command!["DEL", "crisis:nlp:rests"]]).await.unwrap();
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
        // What is said below an alert is text alone.
        .filter(|message| !message.embeds.is_empty())
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
