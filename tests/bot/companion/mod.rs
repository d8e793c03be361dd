//! Talks with Ash as conversations: one file for each part of it.

mod after;
mod before;
mod breaks;
mod checkin;
mod direct;
mod ends;
mod hand_off;
mod machine;
mod notes;
mod places;
mod red_team;
mod referrals;
mod start;
mod turns;
mod words;

use std::time::Duration;

use chrono::TimeDelta;
use community_os::{app, context::After, edge::Time};
use relay_wire::{Ack, Batch, Lane, Outcome, Snowflake, VERSION, paths};
use serde_json::{Value, json};
use world::{
    discord::{Id, Message},
    face::Face,
    script::Script,
    seed::{HARBOUR, channel, user},
};

pub use super::crisis::{alerts, count, finds, live};
use crate::harness::{Bot, Seen, now, read, relay_signed};

/// From now on Claude says this to a message that contains `words`.
pub fn says(bot: &Bot, words: &str, text: &str) {
    let script = Script { contains: Some(words.to_owned()), text: Some(text.to_owned()), ..Script::default() };
    bot.world.claude.scripts.add(script);
}

/// What was sent to Claude, oldest first.
pub fn asked(bot: &Bot) -> Vec<Value> {
    bot.world.shared.recorded(Face::Claude).into_iter().map(|one| one.body).collect()
}

/// What the bot wrote in a channel, as one reads it; whatever Ash says is marked as an AI's.
pub fn read_all(bot: &Bot, channel: Id) -> Vec<String> {
    let by_ash = |message: &Message| message.embeds.iter().any(|embed| embed["author"]["name"] == "Ash (AI)");
    let name = |message: &Message| if by_ash(message) { "Ash (AI): " } else { "" };
    bot.bot_messages(channel).iter().map(|message| format!("{}{}", name(message), read(message))).collect()
}

/// The threads of Ash, oldest first.
pub fn threads(bot: &Bot) -> Vec<Id> {
    let threads = bot.world.discord.channels(HARBOUR).into_iter().filter(|one| one.kind == 12);
    threads.map(|one| one.id).collect()
}

/// Somebody presses the button with this label below a message.
pub async fn press(bot: &Bot, member: Id, message: &Message, label: &str) -> Seen {
    let buttons = message.components.iter().flat_map(|row| row["components"].as_array().unwrap());
    let button = buttons.into_iter().find(|one| one["label"] == label).unwrap_or_else(|| panic!("no button {label}"));
    let seen = bot.sees(member, message);
    bot.press(&seen, button["custom_id"].as_str().unwrap(), &[]).await
}

/// A talk that `member` asked for; its thread.
pub async fn talking(bot: &mut Bot, member: Id) -> Id {
    let seen = bot.command(member, channel::GENERAL, "ash talk", json!({})).await;
    bot.relay_follows().await;
    let text = seen.text();
    let id = text.split("<#").nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_else(|| panic!("{text}"));
    id.parse::<u64>().map(Id).unwrap()
}

/// Somebody of the team is in the thread, and writes.
pub async fn person_writes(bot: &Bot, thread: Id, text: &str) {
    let (thread_id, person) = (Snowflake(thread.0), Snowflake(user::RESPONDER.0));
    bot.cx().discord.add_to_thread(thread_id, person).await.unwrap();
    bot.says(user::RESPONDER, thread, text).await;
}

/// Somebody writes so long after now; what follows the relay's ack is left to `after`.
pub async fn writes_at(bot: &Bot, member: Id, channel: Id, text: &str, later: TimeDelta) -> (Vec<Outcome>, Vec<After>) {
    let at = now() + later;
    let message = bot.world.discord.send_message(channel, member, text, None).unwrap();
    let events = bot.events_of_message(&message).into_iter().filter(|(lane, _)| *lane == Lane::Urgent);
    deliver(bot, events.map(|(_, event)| event).collect(), at).await
}

/// The relay delivers urgent events at a moment.
pub async fn deliver(bot: &Bot, events: Vec<relay_wire::Event>, at: Time) -> (Vec<Outcome>, Vec<After>) {
    let batch = Batch { v: VERSION, relay: "test".into(), epoch: "e".into(), lane: Lane::Urgent, events };
    let body = serde_json::to_vec(&batch).unwrap();
    let outcome = bot.app.handle(relay_signed(http::Request::post(paths::EVENTS), body, at), at).await;
    let ack: Ack = serde_json::from_slice(outcome.response.body()).unwrap();
    (ack.results.into_iter().map(|result| result.outcome).collect(), outcome.after)
}

/// Somebody writes so long after now, and whatever follows is done.
pub async fn writes_later(bot: &Bot, member: Id, channel: Id, text: &str, minutes: i64) {
    let (outcomes, after) = writes_at(bot, member, channel, text, TimeDelta::minutes(minutes)).await;
    assert_eq!(outcomes, [Outcome::Done]);
    app::run(after).await;
}

/// Ticks at so many minutes from now.
pub async fn after_minutes(bot: &Bot, minutes: i64) {
    bot.ticks(now() + TimeDelta::minutes(minutes)).await;
}

/// The world's clock goes on: what is written then is younger.
pub fn world_waits(bot: &Bot, minutes: u64) {
    bot.world.shared.advance(Duration::from_secs(minutes * 60));
}
