//! The whole relay between the world's real websocket gateway and a Worker that checks signatures.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use gateway_relay::{
    pace::Pace,
    run::{self, Stopped},
    shard::Fatal,
    state::State,
};
use relay_wire::{EventBody, EventKind, GuildFilter, Lane, RelayConfig, ShardState, Snowflake};
use support::{FakeWorker, config_for};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use world::{
    defaults,
    discord::{Discord, Id, gateway::session::Order},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A Discord, a Worker, and the relay between them, in a hurry.
struct Stage {
    discord: Arc<Discord>,
    worker: Arc<FakeWorker>,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    relay: JoinHandle<Result<(), Stopped>>,
    place: Place,
    _dir: TempDir,
}

/// Where in the seeded guild the tests speak.
#[derive(Clone, Copy, Debug)]
struct Place {
    guild: Id,
    channel: Id,
    member: Id,
}

impl Stage {
    async fn set() -> Self {
        let stage = Self::unready(&[]).await;
        stage.until_ready().await;
        stage
    }

    async fn unready(more: &[(&str, &str)]) -> Self {
        let discord = Discord::alone().await.unwrap();
        Self::with(discord, more).await
    }

    async fn with(discord: Arc<Discord>, more: &[(&str, &str)]) -> Self {
        let worker = FakeWorker::start().await;
        let place = place(&discord);
        worker.set_config(RelayConfig {
            v: 1,
            filter_version: "f1".into(),
            command_prefix: "!".into(),
            guilds: vec![GuildFilter {
                guild_id: Snowflake(place.guild.0),
                monitored_channels: vec![Snowflake(place.channel.0)],
                opted_out: vec![],
                opted_in: None,
            }],
            own_channels: vec![],
            ..RelayConfig::default()
        });
        let (dir, stop) = (TempDir::new().unwrap(), watch::channel(false).0);
        let (gateway, api) = (discord.gateway_url(), discord.api_url());
        let mut variables = vec![
            ("DISCORD_BOT_TOKEN", defaults::BOT_TOKEN),
            ("DISCORD_GATEWAY_URL", gateway.as_str()),
            ("DISCORD_API_URL", api.as_str()),
            ("RELAY_FEATURES", "content,members,presence"),
        ];
        variables.extend_from_slice(more);
        let config = config_for(&worker, dir.path(), &variables);
        let pace = Pace::new(Duration::from_millis(20), Duration::from_millis(200), Duration::from_millis(30));
        let state = State::open(&config.spool).unwrap();
        let state = Arc::new(state);
        let relay = tokio::spawn(run::run(config, pace, state.clone(), stop.subscribe()));
        Self { discord, worker, state, stop, relay, place, _dir: dir }
    }

    async fn until_ready(&self) {
        self.until_shard("is ready", |shard| shard.state == ShardState::Ready).await;
    }

    async fn until_shard(&self, what: &str, is: impl Fn(&relay_wire::ShardStatus) -> bool) {
        let mut shards = self.state.shards.subscribe();
        let waited = timeout(PATIENCE, shards.wait_for(|shards| !shards.is_empty() && shards.iter().all(&is))).await;
        assert!(waited.is_ok(), "waited in vain until the shard {what}: {:?}", *self.state.shards.borrow());
    }

    fn says(&self, text: &str) {
        self.discord.send_message(self.place.channel, self.place.member, text, None).unwrap();
    }

    fn order_all(&self, order: impl Fn() -> Order) {
        self.discord.state().hub.order_all(order);
    }

    /// Texts that came urgently, in their order.
    async fn heard(&self, count: usize) -> Vec<String> {
        let texts = |worker: &FakeWorker| {
            let events = worker.events(Lane::Urgent).into_iter();
            let texts = events.filter_map(|event| match event.body {
                EventBody::MessageCreated { text, .. } => text,
                _ => None,
            });
            texts.collect::<Vec<_>>()
        };
        let worker = &self.worker;
        worker.until(&format!("{count} texts arrived"), |_| texts(worker).len() >= count).await;
        texts(worker)
    }

    async fn leave(self) -> Result<(), Stopped> {
        self.stop.send(true).unwrap();
        timeout(PATIENCE, self.relay).await.unwrap().unwrap()
    }
}

/// A member and a text channel of the first guild of the seed that has both.
fn place(discord: &Discord) -> Place {
    let state = discord.state();
    let guild = state.guilds.values().find(|guild| guild.has_bot).unwrap();
    let mut channels: Vec<_> = state
        .channels
        .values()
        .filter(|channel| channel.guild_id == Some(guild.id))
        .map(|channel| channel.id)
        .collect();
    channels.sort_by_key(|id| id.0);
    let mut members: Vec<_> = guild.members.keys().copied().filter(|id| !state.user(*id).bot).collect();
    members.sort_by_key(|id| id.0);
    let (guild_id, pairs) = (guild.id, channels.into_iter().flat_map(|c| members.iter().map(move |m| (c, *m))));
    let pairs: Vec<_> = pairs.collect();
    drop(state);
    let speaks =
        pairs.into_iter().find(|(channel, member)| discord.send_message(*channel, *member, "seed", None).is_ok());
    let (channel, member) = speaks.unwrap();
    Place { guild: guild_id, channel, member }
}

#[tokio::test]
async fn whoever_looks_right_after_the_start_is_told_that_every_shard_is_ready() {
    let stage = Stage::set().await;
    let is_ready = |body: &EventBody| matches!(body, EventBody::RelayStatus { shards, .. } if !shards.is_empty() && shards.iter().all(|shard| shard.state == ShardState::Ready));
    let told = async {
        while !stage.worker.posts().iter().flat_map(|post| &post.batch.events).any(|event| is_ready(&event.body)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(9), told).await.expect("it does not wait for the time of the next status");
    stage.leave().await.unwrap();
}

#[tokio::test]
async fn a_message_in_discord_arrives_signed_in_both_lanes() {
    let stage = Stage::set().await;
    stage.says("hello there");
    assert_eq!(stage.heard(1).await, ["hello there"]);
    let worker = &stage.worker;
    let is_bulk = |worker: &FakeWorker| {
        let bulk = worker.events(Lane::Bulk);
        bulk.iter().any(|event| matches!(&event.body, EventBody::MessageCreated { text: None, .. }))
    };
    worker.until("it came in bulk too", |_| is_bulk(worker)).await;
    assert!(worker.events(Lane::Bulk).iter().any(|event| event.body.kind() == EventKind::GuildAvailable));
    assert_eq!(worker.seen.borrow().unsigned, 0);
    stage.leave().await.unwrap();
}

#[tokio::test]
async fn after_a_lost_connection_it_resumes_and_nothing_is_missed() {
    let stage = Stage::set().await;
    for (round, order) in [(1_u64, Order::Close as fn(u16) -> Order), (2, |_| Order::Reconnect)] {
        stage.order_all(|| order(4000));
        stage.says(&format!("round {round}"));
        stage.until_shard("has resumed", |shard| shard.resumes == round).await;
        stage.heard(round as usize).await;
    }
    stage.order_all(|| Order::Invalid { resumable: true });
    stage.says("round 3");
    stage.until_shard("has resumed", |shard| shard.resumes == 3).await;
    assert_eq!(stage.heard(3).await, ["round 1", "round 2", "round 3"]);
    let stats = stage.discord.state().hub.stats();
    assert_eq!((stats.identifies, stats.resumes, stats.connects), (1, 3, 4));
    assert_eq!(stage.state.shards.borrow()[0].gaps, 0);
}

#[tokio::test]
async fn a_session_that_cannot_be_resumed_is_a_gap_and_said_so() {
    let stage = Stage::set().await;
    stage.order_all(|| Order::Invalid { resumable: false });
    stage.until_shard("began anew", |shard| shard.gaps == 1 && shard.state == ShardState::Ready).await;
    let worker = &stage.worker;
    let gap = |worker: &FakeWorker| {
        worker.events(Lane::Urgent).into_iter().find(|event| event.body.kind() == EventKind::RelayGap)
    };
    worker.until("the gap was told", |_| gap(worker).is_some()).await;
    let EventBody::RelayGap { from, to, .. } = gap(worker).unwrap().body else { panic!() };
    assert!(from <= to);
    stage.says("after it");
    assert_eq!(stage.heard(1).await, ["after it"]);
}

#[tokio::test]
async fn a_gateway_that_closes_before_hello_is_not_hammered() {
    let discord = Discord::alone().await.unwrap();
    discord.state().hub.close_before_hello = 5;
    let began = tokio::time::Instant::now();
    let stage = Stage::with(discord, &[]).await;
    stage.until_ready().await;
    assert_eq!(stage.discord.state().hub.stats().connects, 6, "five refused, one good");
    // 20 + 40 + 80 + 160 + 200 ms is the pace of this test; 1, 2, 4, 8, 16 s in earnest.
    assert!(began.elapsed() >= Duration::from_millis(450), "{:?}", began.elapsed());
    assert_eq!(stage.state.counters.connects.load(Relaxed), 6);
}

#[tokio::test]
async fn intents_that_the_portal_does_not_allow_leave_it_degraded_but_running() {
    let discord = Discord::alone().await.unwrap();
    discord.state().hub.refuse_privileged = true;
    let stage = Stage::with(discord, &[]).await;
    stage.until_ready().await;
    let degraded = stage.state.shards.borrow()[0].degraded.clone().unwrap();
    for switch in ["Message Content Intent", "Server Members Intent", "Presence Intent"] {
        assert!(degraded.contains(switch), "{degraded}");
    }
    assert_eq!(stage.discord.state().hub.stats().connects, 2);
    stage.says("!ping");
    let worker = &stage.worker;
    let scored = |worker: &FakeWorker| {
        worker.events(Lane::Bulk).iter().any(|event| event.body.kind() == EventKind::MessageCreated)
    };
    worker.until("scoring goes on", |_| scored(worker)).await;
}

#[tokio::test]
async fn a_wrong_token_ends_it_with_an_explanation() {
    let stage = Stage::unready(&[("DISCORD_BOT_TOKEN", "wrong")]).await;
    let ended = timeout(PATIENCE, stage.relay).await.unwrap().unwrap();
    let Err(Stopped::Gateway(Fatal(4004))) = ended else { panic!("{ended:?}") };
    assert!(ended.unwrap_err().to_string().contains("DISCORD_BOT_TOKEN"));
}

#[tokio::test]
async fn a_zombie_connection_is_left_and_resumed() {
    let discord = Discord::alone().await.unwrap();
    discord.state().hub.heartbeat_ms = 300;
    let stage = Stage::with(discord, &[]).await;
    stage.until_ready().await;
    stage.order_all(|| Order::Mute);
    stage.until_shard("has resumed", |shard| shard.resumes >= 1).await;
    stage.says("still here");
    assert_eq!(stage.heard(1).await, ["still here"]);
}

#[tokio::test]
async fn events_before_the_filter_is_known_wait_for_it() {
    let discord = Discord::alone().await.unwrap();
    let worker = FakeWorker::start().await;
    let dir = TempDir::new().unwrap();
    let state = Arc::new(State::open(&config_for(&worker, dir.path(), &[]).spool).unwrap());
    let place = place(&discord);
    let (mut intake, _) = gateway_relay::intake::Intake::new(state.clone(), 0, 1);
    let data = format!(
        r#"{{"id":"5","channel_id":"{}","guild_id":"{}","content":"early","author":{{"id":"9","username":"r"}}}}"#,
        place.channel.0, place.guild.0
    );
    let dispatch = gateway_relay::dispatch::Dispatch {
        shard: 0,
        shard_count: 1,
        session: "s",
        seq: 1,
        name: "MESSAGE_CREATE",
        data: &data,
        at: 0,
    };
    intake.take(&dispatch).unwrap();
    assert!(gateway_relay::state::lock(&state.spool).is_empty());
    let config = RelayConfig {
        guilds: vec![GuildFilter {
            guild_id: Snowflake(place.guild.0),
            monitored_channels: vec![Snowflake(place.channel.0)],
            opted_out: vec![],
            opted_in: None,
        }],
        ..RelayConfig::default()
    };
    state.rules.send_replace(Some(Arc::new(gateway_relay::rules::Rules::new(&config))));
    intake.rules_came().unwrap();
    let first = gateway_relay::state::lock(&state.spool).next(Lane::Urgent).unwrap();
    assert!(matches!(&first.event.body, EventBody::MessageCreated { text: Some(text), .. } if text == "early"));
    drop(worker);
}

#[tokio::test]
async fn it_stops_so_that_the_session_can_be_resumed_and_delivers_what_waits() {
    let stage = Stage::set().await;
    stage.says("last words");
    stage.heard(1).await;
    let discord = stage.discord.clone();
    let session = discord.state().hub.sessions.keys().next().cloned().unwrap();
    let state = stage.state.clone();
    stage.leave().await.unwrap();
    assert!(discord.state().hub.sessions.contains_key(&session), "the session still lives");
    assert!(gateway_relay::state::lock(&state.spool).is_empty());
    assert_eq!(state.shards.borrow()[0].state, ShardState::Stopped);
}
