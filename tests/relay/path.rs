//! From a message in Discord to a member's score, through drops of the gateway and an outage of the database.

use std::{sync::Arc, time::Duration};

use gateway_relay::{config::Config, pace::Pace, run, state::State};
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::watch, task::LocalSet, time::timeout};
use world::{
    discord::{Id, gateway::session::Order},
    face::{Face, Fault},
    seed::channel,
    world::World,
};

use crate::{
    harness::{Bot, read},
    served,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A bot whose events come through the relay; the same app answers commands in process.
struct Stage {
    bot: Bot,
    stop: watch::Sender<bool>,
    relay: tokio::task::JoinHandle<Result<(), run::Stopped>>,
    state: Arc<State>,
    _dir: TempDir,
}

impl Stage {
    async fn set() -> Self {
        // A Redis of its own: two relays of one bot would be refused the same shard.
        let (bot, dir) = (Bot::alone().await, TempDir::new().unwrap());
        let worker = served::serve(app_of(&bot.world)).await;
        let mut env = bot.world.env();
        env.extend([
            ("WORKER_URL".to_owned(), worker),
            ("RELAY_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("BULK_LINGER_SECONDS".to_owned(), "0.05".to_owned()),
            ("RELAY_SPOOL".to_owned(), dir.path().display().to_string()),
        ]);
        let config = Config::load(|name| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()));
        let pace = Pace::new(Duration::from_millis(20), Duration::from_millis(200), Duration::from_millis(30));
        let (stop, config) = (watch::Sender::new(false), config.unwrap());
        let state = Arc::new(State::open(&config.spool).unwrap().0);
        let relay = tokio::spawn(run::run(config, pace, state.clone(), None, stop.subscribe()));
        let stage = Self { bot, stop, relay, state, _dir: dir };
        stage.until_ready().await;
        stage
    }

    async fn until_ready(&self) {
        let mut shards = self.state.shards.subscribe();
        let ready = shards.wait_for(|shards| shards.iter().any(|shard| shard.state == relay_wire::ShardState::Ready));
        timeout(PATIENCE, ready).await.expect("the relay gets ready").unwrap();
    }

    /// Asks `/score` until it says this.
    async fn until_score(&self, member: Id, expected: &str) {
        let mut said = String::new();
        let asked = timeout(PATIENCE, async {
            while said != expected {
                tokio::time::sleep(Duration::from_millis(20)).await;
                said = self.bot.command(member, channel::GENERAL, "score", json!({})).await.text();
            }
        });
        if asked.await.is_err() {
            panic!("expected {expected:?}, it stays {said:?}");
        }
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        timeout(PATIENCE, self.relay).await.expect("the relay ends").unwrap().unwrap();
        self.bot.assert_nothing_unexpected();
    }
}

fn app_of(world: &World) -> community_os::app::App {
    let env = world.env();
    let config = community_os::config::Config::load(|name| {
        env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    });
    community_os::app::App::new(config, crate::harness::EDGE)
}

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
