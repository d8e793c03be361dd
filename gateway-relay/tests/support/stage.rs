//! A Discord, a Worker, and a relay between them that is started, stopped, killed and started again.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use gateway_relay::{
    config::Config,
    pace::Pace,
    run::{self, Stopped},
    spool::OpenError,
    state::State,
};
use relay_wire::{Event, EventBody, EventKind, GuildFilter, Lane, RelayConfig, ShardState, ShardStatus, Snowflake};
use tempfile::TempDir;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};
use world::{
    defaults,
    discord::{Discord, Id, gateway::session::Order},
    seed::{FRESH_START, HARBOUR, channel, user},
};

use super::{FakeWorker, config_for};

/// Only what fails waits so long; a machine that is busy with other things must not look like a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `is` holds.
pub async fn until(what: &str, is: impl Fn() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !is() {
            sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain until {what}");
}

/// A pace for tests: like the real one, only fifty times as fast.
pub fn hurry() -> Pace {
    let ms = Duration::from_millis;
    Pace::new(ms(20), ms(200), ms(30)).asking_again_after(ms(60))
}

/// Everything, with the relay started or not.
pub struct Stage {
    pub discord: Arc<Discord>,
    pub worker: Arc<FakeWorker>,
    pub dir: TempDir,
    /// What the next start gets.
    pub config: Config,
    pub pace: Pace,
    running: Option<Running>,
}

struct Running {
    state: Arc<State>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), Stopped>>,
}

/// The filter of the tests: general and vent of Harbour, general of Fresh Start.
pub fn filter(version: &str) -> RelayConfig {
    let guild = |guild: Id, channels: &[Id]| GuildFilter {
        guild_id: Snowflake(guild.0),
        monitored_channels: channels.iter().map(|channel| Snowflake(channel.0)).collect(),
        opted_out: vec![],
        opted_in: None,
    };
    RelayConfig {
        v: 1,
        filter_version: version.into(),
        command_prefix: "!".into(),
        guilds: vec![guild(HARBOUR, &[channel::GENERAL, channel::VENT]), guild(FRESH_START, &[channel::FRESH_GENERAL])],
        ..RelayConfig::default()
    }
}

impl Stage {
    /// Nothing runs yet but Discord and the Worker.
    pub async fn set() -> Self {
        Self::with(&[]).await
    }

    /// With more variables of the relay.
    pub async fn with(more: &[(&str, &str)]) -> Self {
        let (discord, worker) = (Discord::alone().await.unwrap(), FakeWorker::start().await);
        worker.set_config(filter("f1"));
        let dir = TempDir::new().unwrap();
        let (gateway, api) = (discord.gateway_url(), discord.api_url());
        let mut variables = vec![
            ("DISCORD_BOT_TOKEN", defaults::BOT_TOKEN),
            ("DISCORD_GATEWAY_URL", gateway.as_str()),
            ("DISCORD_API_URL", api.as_str()),
        ];
        variables.extend_from_slice(more);
        let config = config_for(&worker, dir.path(), &variables);
        Self { discord, worker, dir, config, pace: hurry(), running: None }
    }

    /// With the relay on, and ready.
    pub async fn ready() -> Self {
        let mut stage = Self::set().await;
        stage.start().await;
        stage.until_ready().await;
        stage
    }

    /// From now on the relay reaches the Worker, and what it asks for, through this.
    pub async fn proxy_to_worker(&mut self) -> super::proxy::Proxy {
        let proxy = super::proxy::Proxy::to_url(&self.worker.url).await;
        self.config.worker_url = format!("http://{}", proxy.addr);
        proxy
    }

    /// From now on the relay reaches the gateway through this, to resume, too.
    pub async fn proxy_to_gateway(&mut self) -> super::proxy::Proxy {
        let proxy = super::proxy::Proxy::to_url(&self.discord.gateway_url()).await;
        let url = gateway_at(proxy.addr);
        self.discord.state().hub.resume_url = Some(url.clone());
        self.config.discord_gateway_url = Some(url);
        proxy
    }

    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        // The last one may be about to let go of the file.
        let opened = timeout(PATIENCE, async {
            loop {
                match State::open(&self.config.spool) {
                    Err(OpenError::InUse(_)) => sleep(Duration::from_millis(5)).await,
                    opened => return opened.unwrap(),
                }
            }
        });
        let state = opened.await.expect("the last relay lets go of the spool");
        let (state, stop) = (Arc::new(state), watch::channel(false).0);
        let task = tokio::spawn(run::run(self.config.clone(), self.pace, state.clone(), stop.subscribe()));
        self.running = Some(Running { state, stop, task });
    }

    /// Ends the relay as SIGTERM does.
    pub async fn stop(&mut self) -> Result<(), Stopped> {
        let running = self.running.take().unwrap();
        running.stop.send(true).unwrap();
        drop(running.state);
        timeout(PATIENCE, running.task).await.unwrap().unwrap()
    }

    /// Drops all that the relay does, wherever it is; only its disk gets what was on the way there.
    pub async fn abort(&mut self) {
        let running = self.running.take().unwrap();
        running.task.abort();
        let _ = running.task.await;
    }

    /// Waits for the relay to end by itself.
    pub async fn ended(&mut self) -> Result<(), Stopped> {
        let running = self.running.take().unwrap();
        timeout(PATIENCE, running.task).await.expect("it ends by itself").unwrap()
    }

    pub async fn restart(&mut self) {
        self.stop().await.unwrap();
        self.start().await;
        self.until_ready().await;
    }

    pub fn state(&self) -> &Arc<State> {
        &self.running.as_ref().expect("the relay runs").state
    }

    pub fn health(&self) -> serde_json::Value {
        gateway_relay::status::report(self.state())
    }

    pub fn counted(&self, name: &str) -> u64 {
        self.state().counters.all().into_iter().find(|(known, ..)| *known == name).unwrap().2
    }

    pub async fn until_ready(&self) {
        self.until_shards("are ready", |shard| shard.state == ShardState::Ready).await;
    }

    pub async fn until_shards(&self, what: &str, is: impl Fn(&ShardStatus) -> bool) {
        let mut shards = self.state().shards.subscribe();
        let waiting = shards.wait_for(|shards| !shards.is_empty() && shards.iter().all(&is));
        let waited = timeout(PATIENCE, waiting).await.is_ok();
        assert!(waited, "waited in vain until the shards {what}: {:?}", *self.state().shards.borrow());
    }

    /// Until nothing waits in the spool.
    pub async fn until_empty(&self) {
        until("nothing waits", || gateway_relay::state::lock(&self.state().spool).is_empty()).await;
    }

    /// The member of the seed writes into general.
    pub fn says(&self, text: &str) -> Id {
        self.says_in(channel::GENERAL, text)
    }

    pub fn says_in(&self, channel: Id, text: &str) -> Id {
        self.discord.send_message(channel, user::MEMBER, text, None).unwrap().id
    }

    pub fn order_all(&self, order: impl Fn() -> Order) {
        self.discord.state().hub.order_all(order);
    }

    pub fn stats(&self) -> world::discord::gateway::session::Stats {
        self.discord.state().hub.stats()
    }

    /// Waits until each of these texts has come, and nothing else: urgently, each under one id only.
    pub async fn hears<T: AsRef<str>>(&self, texts: &[T]) {
        let wanted: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let worker = &self.worker;
        let all = || {
            let heard = worker.texts();
            wanted.iter().all(|text| heard.iter().any(|(other, _)| other == text))
        };
        until(&format!("all of {} texts came", wanted.len()), all).await;
        let heard = worker.texts();
        for (text, event) in &heard {
            assert!(wanted.contains(&text.as_str()), "nobody said {text}");
            assert!(heard.iter().all(|(other, twin)| other != text || twin.id == event.id), "{text} has two ids");
        }
    }

    pub fn gaps(&self) -> Vec<Event> {
        self.worker.of_kind(EventKind::RelayGap)
    }
}

pub fn gateway_at(addr: SocketAddr) -> String {
    format!("ws://{addr}/gateway")
}

impl FakeWorker {
    /// Every text that came urgently, repeated deliveries too, with its event.
    pub fn texts(&self) -> Vec<(String, Event)> {
        let events = self.events(Lane::Urgent).into_iter();
        let texts = events.filter_map(|event| match &event.body {
            EventBody::MessageCreated { text: Some(text), .. } => Some((text.clone(), event)),
            _ => None,
        });
        texts.collect()
    }

    /// Each order number, within one spool, belongs to one event.
    pub fn has_unique_orders(&self) {
        let mut owners: HashMap<(String, u64), String> = HashMap::new();
        for post in self.posts() {
            for event in post.batch.events {
                let order = (post.batch.epoch.clone(), event.order);
                let owner = owners.entry(order.clone()).or_insert_with(|| event.id.clone());
                assert_eq!(*owner, event.id, "{order:?} was given twice");
            }
        }
    }

    /// The first delivery of each event of this kind, in both lanes.
    pub fn of_kind(&self, kind: EventKind) -> Vec<Event> {
        let mut found: Vec<Event> = Vec::new();
        for event in [Lane::Urgent, Lane::Bulk].into_iter().flat_map(|lane| self.events(lane)) {
            if event.body.kind() == kind && !found.iter().any(|known| known.id == event.id) {
                found.push(event);
            }
        }
        found
    }
}
