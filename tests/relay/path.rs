//! From a message in Discord to a member's score, through drops of the gateway and an outage of the database.

use std::time::Duration;

use serde_json::json;
use tokio::{task::LocalSet, time::timeout};
use world::{
    discord::gateway::session::Order,
    face::{Face, Fault},
    seed::{self, channel},
};

use crate::{harness::read, stage::Stage};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_message_and_a_reaction_become_a_score() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let discord = &stage.bot.world.discord;
            let (robin, kim) = (stage.bot.new_member("Robin"), stage.bot.new_member("Kim"));
            let message = discord.send_message(channel::GENERAL, robin, "hello", None).unwrap();
            discord.react(channel::GENERAL, message.id, kim, "👍").unwrap();
            stage.until_score(robin, "You have **1 point** from 1 message and 0 reactions.").await;
            stage.until_score(kim, "You have **0.5 points** from 0 messages and 1 reaction.").await;

            // What other bots post brings nothing; the reaction after it says when it has arrived.
            let news = discord.add_bot("News");
            discord.join(seed::HARBOUR, news, "News").unwrap();
            let post = discord.send_message(channel::GENERAL, news, "today", None).unwrap();
            discord.react(channel::GENERAL, post.id, kim, "👍").unwrap();
            discord.react(channel::GENERAL, message.id, kim, "❤️").unwrap();
            stage.until_score(kim, "You have **1 point** from 0 messages and 2 reactions.").await;
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn ping_is_answered_in_the_channel() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let robin = stage.bot.new_member("Robin");
            stage.bot.world.discord.send_message(channel::GENERAL, robin, "!ping", None).unwrap();
            let answered = timeout(PATIENCE, async {
                while stage.bot.bot_messages(channel::GENERAL).is_empty() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            });
            answered.await.expect("an answer");
            assert!(read(&stage.bot.bot_messages(channel::GENERAL)[0]).starts_with("Pong! "));
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn what_is_written_while_the_gateway_is_gone_is_scored_once() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let discord = &stage.bot.world.discord;
            stage.bot.chooses("engagement.cap_per_minute", json!(0)).await;
            let robin = stage.bot.new_member("Robin");
            for round in 0..5 {
                discord.state().hub.order_all(|| Order::Close(4000));
                for _ in 0..4 {
                    discord.send_message(channel::GENERAL, robin, &format!("round {round}"), None).unwrap();
                }
            }
            stage.until_score(robin, "You have **20 points** from 20 messages and 0 reactions.").await;
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn an_outage_of_the_database_delays_the_score_and_loses_nothing() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let robin = stage.bot.new_member("Robin");
            stage.bot.world.shared.break_with(Fault {
                // It happened, but nobody was told: the same rows come again.
                after: true,
                times: Some(2),
                ..Fault::status(Face::Supabase, "POST /rest/v1/rpc/ingest_activity", 503)
            });
            for _ in 0..3 {
                stage.bot.world.discord.send_message(channel::GENERAL, robin, "patience", None).unwrap();
            }
            stage.until_score(robin, "You have **3 points** from 3 messages and 0 reactions.").await;
            stage.end().await;
        })
        .await;
}
