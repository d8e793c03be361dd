//! A bot whose events come through the relay; the same app answers commands in process.

use std::{fmt::Debug, sync::Arc, time::Duration};

use gateway_relay::{config::Config, pace::Pace, run, state::State};
use relay_wire::ShardState;
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use world::{discord::Id, seed::channel, world::World};

use crate::{harness::Bot, served};

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Stage {
    pub bot: Bot,
    pub relay: Relay,
    worker: String,
}

/// One relay process, as a task.
pub struct Relay {
    pub state: Arc<State>,
    stop: watch::Sender<bool>,
    run: JoinHandle<Result<(), run::Stopped>>,
    _dir: TempDir,
}

impl Stage {
    pub async fn set() -> Self {
        Self::with(&[]).await
    }

    /// The relay is told these variables as well.
    pub async fn with(more: &[(&str, &str)]) -> Self {
        // A Redis of its own: two relays of one bot would be refused the same shard.
        Self::over(Bot::alone().await, more).await
    }

    /// Detection is live, and the relay has known so from its start.
    pub async fn live() -> Self {
        let bot = Bot::alone().await;
        bot.world.settle_harbour().await.unwrap();
        Self::over(bot, &[]).await
    }

    async fn over(bot: Bot, more: &[(&str, &str)]) -> Self {
        let worker = served::serve(app_of(&bot.world)).await;
        let relay = Relay::start(&bot.world, &worker, more);
        relay.until_ready().await;
        Self { bot, relay, worker }
    }

    /// Another relay of the same bot.
    pub fn another(&self, more: &[(&str, &str)]) -> Relay {
        Relay::start(&self.bot.world, &self.worker, more)
    }

    /// Asks `/score` until it says this.
    pub async fn until_score(&self, member: Id, expected: &str) {
        until(expected, async || self.bot.command(member, channel::GENERAL, "score", json!({})).await.text()).await;
    }

    pub async fn end(self) {
        self.relay.end().await;
        self.bot.assert_nothing_unexpected();
    }
}

impl Relay {
    fn start(world: &World, worker: &str, more: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        let mut env = world.env();
        let own = [
            ("WORKER_URL", worker),
            ("RELAY_LISTEN", "127.0.0.1:0"),
            ("BULK_LINGER_SECONDS", "0.05"),
            ("RELAY_SPOOL", dir.path().to_str().unwrap()),
        ];
        env.extend(own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let lookup = |name: &str| env.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let config = Config::load(lookup).unwrap();
        let pace = Pace::new(Duration::from_millis(20), Duration::from_millis(200), Duration::from_millis(30));
        let (stop, state) = (watch::Sender::new(false), Arc::new(State::open(&config.spool).unwrap()));
        let run = tokio::spawn(run::run(config, pace, state.clone(), stop.subscribe()));
        Self { state, stop, run, _dir: dir }
    }

    pub async fn until_ready(&self) {
        let mut shards = self.state.shards.subscribe();
        let on = |shards: &Vec<relay_wire::ShardStatus>| {
            !shards.is_empty() && shards.iter().all(|shard| shard.state == ShardState::Ready)
        };
        timeout(PATIENCE, shards.wait_for(on)).await.expect("the relay gets ready").unwrap();
    }

    pub async fn end(self) {
        self.stop.send(true).unwrap();
        timeout(PATIENCE, self.run).await.expect("the relay ends").unwrap().unwrap();
    }
}

/// Asks until the answer is this one.
pub async fn until<T: PartialEq<E> + Debug, E: Debug>(expected: E, mut ask: impl AsyncFnMut() -> T) {
    let mut said = None;
    let asked = timeout(PATIENCE, async {
        loop {
            let answer = ask().await;
            if answer == expected {
                return;
            }
            said = Some(answer);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    if asked.await.is_err() {
        panic!("expected {expected:?}, it stays {said:?}");
    }
}

fn app_of(world: &World) -> community_os::app::App {
    let env = world.env();
    let config = community_os::config::Config::load(|name| {
        env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    });
    community_os::app::App::new(config, crate::harness::EDGE)
}
