//! From the spool to the Worker over real HTTP: signed, in order, again when it fails, never lost.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use gateway_relay::{
    deliver::{self, habits},
    orders,
    state::{State, lock},
    worker::Worker,
};
use relay_wire::{Event, EventBody, Lane, Outcome, Pause, RelayConfig, Snowflake};
use support::{Answer, FakeWorker, config_for};
use tempfile::TempDir;
use tokio::{sync::watch, time::Instant};

/// A relay without a gateway: events are put into its spool by hand.
struct Relay {
    state: Arc<State>,
    worker: Arc<FakeWorker>,
    client: Worker,
    stop: watch::Sender<bool>,
    _dir: TempDir,
}

impl Relay {
    async fn start() -> Self {
        let worker = FakeWorker::start().await;
        let relay = Self::idle(worker);
        relay.deliver();
        relay
    }

    fn idle(worker: Arc<FakeWorker>) -> Self {
        let dir = TempDir::new().unwrap();
        let config = config_for(&worker, dir.path(), &[]);
        let client = Worker::new(&config).unwrap();
        let (state, stop) = (Arc::new(State::open(&config.spool).unwrap()), watch::channel(false).0);
        Self { state, worker, client, stop, _dir: dir }
    }

    fn deliver(&self) {
        for lane in [Lane::Urgent, Lane::Bulk] {
            let habits = habits(lane, Duration::from_millis(50));
            tokio::spawn(deliver::run(lane, habits, self.state.clone(), self.client.clone(), self.stop.subscribe()));
        }
    }

    fn says(&self, author: u64, id: &str) {
        self.state.push(Lane::Urgent, message(author, id, Some("words")));
    }

    async fn until_empty(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !lock(&self.state.spool).is_empty() {
            assert!(Instant::now() < deadline, "the spool does not get empty");
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Until the relay has understood that the Worker cannot be had.
    async fn until_left_alone(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !lock(&self.state.circuit).is_open() {
            assert!(Instant::now() < deadline, "the relay goes on asking");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn counted(&self, name: &str) -> u64 {
        self.state.counters.all().into_iter().find(|(known, ..)| *known == name).unwrap().2
    }
}

fn message(author: u64, id: &str, text: Option<&str>) -> Event {
    let body = EventBody::MessageCreated {
        guild_id: Some(Snowflake(1)),
        channel_id: Snowflake(2),
        parent_id: None,
        message_id: Snowflake(3),
        author_id: Snowflake(author),
        author_name: "Robin".into(),
        text: text.map(ToOwned::to_owned),
        text_sent: false,
        attachments: vec![],
    };
    Event { id: id.into(), order: 0, attempt: 1, body }
}

#[tokio::test]
async fn an_event_arrives_signed_numbered_and_leaves_the_spool() {
    let relay = Relay::start().await;
    relay.says(7, "a");
    relay.until_empty().await;
    let posts = relay.worker.posts();
    let batch = &posts[0].batch;
    assert_eq!((batch.v, batch.relay.as_str(), batch.lane), (1, "relay", Lane::Urgent));
    assert_eq!(batch.epoch, lock(&relay.state.spool).epoch());
    assert_eq!((batch.events[0].order, batch.events[0].attempt), (1, 1));
    assert_eq!(relay.worker.seen.borrow().unsigned, 0);
    assert_eq!(relay.counted("delivered"), 1);
}

#[tokio::test]
async fn a_worker_that_fails_gets_the_event_again_with_the_next_attempt() {
    for answer in [Answer::Status(500, None), Answer::Garbage, Answer::LeavesOut, Answer::Status(409, None)] {
        let relay = Relay::start().await;
        relay.worker.answers([answer.clone()]);
        relay.says(7, "a");
        relay.until_empty().await;
        let attempts: Vec<_> = relay.worker.posts().iter().map(|post| post.batch.events[0].attempt).collect();
        assert_eq!(attempts, [1, 2], "after {answer:?}");
    }
}

#[tokio::test]
async fn a_busy_worker_is_left_alone_as_long_as_it_says() {
    let relay = Relay::start().await;
    relay.worker.answers([Answer::Status(429, Some("0.4"))]);
    relay.says(7, "a");
    relay.until_left_alone().await;
    relay.says(8, "b");
    relay.until_empty().await;
    let posts = relay.worker.posts();
    assert!(posts[1].at - posts[0].at >= Duration::from_millis(390), "{:?}", posts[1].at - posts[0].at);
}

#[tokio::test]
async fn each_event_of_a_batch_has_its_own_fate() {
    let relay = Relay::start().await;
    let later = Outcome::Retry { reason: "supabase".into(), delay_ms: 100 };
    relay.worker.answers([Answer::All(later)]);
    relay.says(7, "a");
    relay.until_empty().await;
    let posts = relay.worker.posts();
    assert!(posts[1].at - posts[0].at >= Duration::from_millis(95));

    relay.worker.answers([Answer::All(Outcome::Dead { reason: "malformed".into() })]);
    relay.says(7, "b");
    relay.until_empty().await;
    assert_eq!((relay.counted("dead"), relay.counted("delivered"), relay.counted("retried")), (1, 1, 1));
    assert_eq!(relay.worker.posts().len(), 3, "what is dead is not sent again");
}

#[tokio::test]
async fn a_message_waits_for_the_same_members_earlier_one_and_nobody_else_does() {
    let relay = Relay::start().await;
    relay.worker.answers([Answer::Hangs(Duration::from_millis(300))]);
    relay.says(7, "first");
    relay.worker.until("the first is under way", |seen| seen.posts == 1).await;
    relay.says(7, "second");
    relay.says(8, "other");
    relay.until_empty().await;
    let posts = relay.worker.posts();
    let order: Vec<_> = posts.iter().flat_map(support::Post::ids).collect();
    assert_eq!(order, ["first", "other", "second"]);
    assert!(posts[2].at - posts[0].at >= Duration::from_millis(290));
}

#[tokio::test]
async fn under_backlog_up_to_eight_go_together_and_urgent_ones_do_not_wait_for_bulk() {
    let relay = Relay::idle(FakeWorker::start().await);
    for number in 0..2_000 {
        relay.state.push(Lane::Bulk, message(number, &format!("bulk{number}"), None));
    }
    for number in 0..100 {
        relay.says(number, &format!("urgent{number}"));
    }
    relay.deliver();
    relay.until_empty().await;
    let posts = relay.worker.posts();
    let sizes = |lane| {
        posts.iter().filter(|post| post.batch.lane == lane).map(|post| post.batch.events.len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(Lane::Bulk), [200; 10]);
    assert!(sizes(Lane::Urgent).iter().all(|size| (2..=8).contains(size)), "{:?}", sizes(Lane::Urgent));
    assert_eq!(relay.worker.events(Lane::Urgent).len(), 100);
}

#[tokio::test]
async fn one_event_that_spoils_its_batch_does_not_hold_up_the_others() {
    let relay = Relay::idle(FakeWorker::start().await);
    relay.worker.always(|batch| batch.events.iter().any(|event| event.id == "poison"), Answer::Status(400, None));
    for number in 0..30 {
        let id = if number == 3 { "poison".to_owned() } else { format!("good{number}") };
        relay.says(number, &id);
    }
    relay.deliver();
    let deadline = Instant::now() + Duration::from_secs(20);
    while lock(&relay.state.spool).len(Lane::Urgent) > 1 {
        assert!(Instant::now() < deadline, "the good ones do not arrive");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(lock(&relay.state.spool).len(Lane::Urgent), 1, "it is kept, and offered again seldom");
}

#[tokio::test]
async fn a_worker_that_is_down_is_probed_and_then_gets_everything() {
    let relay = Relay::start().await;
    relay.worker.always(|_| true, Answer::Status(500, None));
    for number in 0..200 {
        relay.says(number, &format!("m{number}"));
    }
    relay.worker.until("it was tried", |seen| seen.posts >= 3).await;
    relay.until_left_alone().await;
    let tried = relay.worker.posts().len();
    assert!(tried < 40, "{tried} POSTs to a Worker that is down");
    relay.worker.content();
    relay.until_empty().await;
    assert_eq!(relay.counted("delivered"), 200);
}

#[tokio::test]
async fn a_pause_of_bulk_leaves_the_urgent_lane_alone_and_a_pause_of_all_does_not() {
    let relay = Relay::start().await;
    let pause = |pause| {
        relay.worker.set_orders(|orders| orders.pause = pause);
        relay.state.obey(relay_wire::Orders { pause, ..Default::default() });
    };
    pause(Pause::Bulk);
    relay.state.push(Lane::Bulk, message(7, "bulk", None));
    relay.says(7, "urgent");
    relay.worker.until("the urgent one came", |seen| seen.events == 1).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(relay.worker.events(Lane::Bulk), []);

    pause(Pause::All);
    relay.says(7, "later");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(relay.worker.events(Lane::Urgent).len(), 1);

    pause(Pause::None);
    relay.until_empty().await;
    assert_eq!(relay.worker.seen.borrow().events, 3);
}

#[tokio::test]
async fn the_filter_is_fetched_at_the_start_and_when_its_version_changes() {
    let relay = Relay::start().await;
    relay.worker.set_config(RelayConfig { filter_version: "f1".into(), ..RelayConfig::default() });
    tokio::spawn(orders::follow_filter(relay.state.clone(), relay.client.clone()));
    relay.worker.until("the filter was fetched", |seen| seen.configs == 1).await;
    relay.says(7, "a");
    relay.until_empty().await;
    relay.worker.set_config(RelayConfig { filter_version: "f2".into(), ..RelayConfig::default() });
    relay.says(7, "b");
    relay.worker.until("it was fetched again", |seen| seen.configs == 2).await;
    let mut rules = relay.state.rules.subscribe();
    rules.wait_for(|rules| rules.as_ref().is_some_and(|rules| rules.version() == "f2")).await.unwrap();
    assert_eq!(relay.worker.seen.borrow().not_modified, 0);
}

#[tokio::test]
async fn a_timer_of_the_worker_brings_a_tick_in_time() {
    let relay = Relay::start().await;
    tokio::spawn(orders::tick(relay.state.clone(), relay.client.clone()));
    relay.worker.until("the first tick asks for orders", |seen| seen.ticks == 1).await;
    let asked = Instant::now();
    let wake_at = gateway_relay::state::now_ms() + 600;
    relay.worker.set_orders(|orders| orders.wake_at = Some(wake_at));
    relay.says(7, "a");
    relay.worker.until("the timer's tick came", |seen| seen.ticks == 2).await;
    let after = asked.elapsed();
    assert!(after >= Duration::from_millis(580) && after < Duration::from_millis(1_500), "{after:?}");
}

#[tokio::test]
async fn when_it_stops_nothing_lingers() {
    let worker = FakeWorker::start().await;
    let relay = Relay::idle(worker);
    let long = habits(Lane::Bulk, Duration::from_secs(60));
    let lane =
        tokio::spawn(deliver::run(Lane::Bulk, long, relay.state.clone(), relay.client.clone(), relay.stop.subscribe()));
    relay.state.push(Lane::Bulk, message(7, "last", None));
    relay.stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), lane).await.unwrap().unwrap();
    assert_eq!(relay.worker.events(Lane::Bulk).len(), 1);
    assert_eq!(relay.state.counters.delivered.load(Relaxed), 1);
}
