//! Measures filter, spool and signed delivery on one core: `cargo bench --profile native -p gateway-relay`.
//!
//! The Worker is a stub on a thread of its own, which answers `done` to all. The gateway's websocket is not in it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench may")]

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, atomic::Ordering::Relaxed, mpsc},
    thread,
    time::{Duration, Instant},
};

use axum::{Json, Router, body::Bytes, routing::post, serve::ListenerExt};
use gateway_relay::{
    config::Config,
    deliver::{self, habits},
    dispatch::Dispatch,
    intake::Intake,
    rules::Rules,
    state::{State, lock},
    worker::Worker,
};
use relay_wire::{Ack, Batch, EventResult, GuildFilter, Lane, Orders, Outcome, Pause, RelayConfig, Snowflake, VERSION};
use serde::Deserialize;
use tokio::sync::watch;

const QUIET: u64 = 11;
const MONITORED: u64 = 10;

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// When a POST of the urgent lane came in.
type Arrivals = Arc<Mutex<Vec<Instant>>>;

fn stub_worker(arrivals: Arrivals) -> String {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
            let events = post(async move |body: Bytes| {
                let at = Instant::now();
                let batch: Batch<Id> = serde_json::from_slice(&body).unwrap();
                if batch.lane == Lane::Urgent {
                    arrivals.lock().unwrap().push(at);
                }
                let done = |event: Id| EventResult { id: event.id, outcome: Outcome::Done };
                let results = batch.events.into_iter().map(done).collect();
                Json(Ack { v: VERSION, results, orders: Orders::default() })
            });
            let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
            axum::serve(listener, Router::new().route("/relay/events", events)).await.unwrap();
        });
    });
    address.recv().unwrap()
}

struct Relay {
    state: Arc<State>,
    intake: Intake,
    seq: u64,
    _stop: watch::Sender<bool>,
}

impl Relay {
    fn start(url: &str, dir: &Path) -> Self {
        let lookup = |name: &str| match name {
            "DISCORD_BOT_TOKEN" => Some("t".to_owned()),
            "WORKER_URL" => Some(url.to_owned()),
            "RELAY_SIGNING_SEED" => Some("03".repeat(32)),
            "RELAY_SPOOL" => Some(dir.display().to_string()),
            _ => None,
        };
        let config = Config::load(lookup).unwrap();
        let worker = Worker::new(&config).unwrap();
        let (state, stop) = (Arc::new(State::open(&config.spool).unwrap()), watch::channel(false).0);
        let rules = RelayConfig {
            guilds: vec![GuildFilter {
                guild_id: Snowflake(1),
                monitored_channels: vec![Snowflake(MONITORED)],
                opted_out: (5_000_000..5_001_000).map(Snowflake).collect(),
                opted_in: None,
            }],
            ..RelayConfig::default()
        };
        state.rules.send_replace(Some(Arc::new(Rules::new(&rules))));
        for lane in [Lane::Urgent, Lane::Bulk] {
            let habits = habits(lane, Duration::from_millis(300));
            tokio::spawn(deliver::run(lane, habits, state.clone(), worker.clone(), stop.subscribe()));
        }
        Self { intake: Intake::new(state.clone(), 0, 1).0, state, seq: 0, _stop: stop }
    }

    /// A message as Discord sends it, about 900 bytes.
    fn message(&mut self, channel: u64) {
        self.seq += 1;
        let seq = self.seq;
        let author = 1_000_000_000_000_000_000 + seq % 10_000;
        let data = format!(
            r#"{{"type":0,"tts":false,"timestamp":"2026-11-21T10:20:30.123000+00:00","pinned":false,"nonce":"1234567890123456789","mentions":[],"mention_roles":[],"mention_everyone":false,"member":{{"roles":["1100000000000000101","1100000000000000102"],"premium_since":null,"pending":false,"nick":"Member {author}","mute":false,"joined_at":"2024-01-01T00:00:00.000000+00:00","flags":0,"deaf":false,"communication_disabled_until":null,"banner":null,"avatar":null}},"id":"{id}","flags":0,"embeds":[],"edited_timestamp":null,"content":"I planted the tomatoes today and it rained all afternoon, so we stayed in and talked.","components":[],"channel_type":0,"channel_id":"{channel}","author":{{"username":"member{author}","public_flags":0,"id":"{author}","global_name":"Member","discriminator":"0","avatar_decoration_data":null,"avatar":"0123456789abcdef0123456789abcdef"}},"attachments":[],"guild_id":"1"}}"#,
            id = 1_100_000_000_000_000_000 + seq
        );
        let dispatch =
            Dispatch { shard: 0, shard_count: 1, session: "bench", seq, name: "MESSAGE_CREATE", data: &data, at: 0 };
        self.intake.take(&dispatch).unwrap();
    }

    fn pause(&self, pause: Pause) {
        self.state.orders.send_modify(|orders| orders.pause = pause);
        [Lane::Urgent, Lane::Bulk].iter().for_each(|lane| self.state.wake(*lane).notify_one());
    }

    fn waiting(&self) -> usize {
        let spool = lock(&self.state.spool);
        spool.len(Lane::Urgent) + spool.len(Lane::Bulk)
    }

    /// Messages a second until the Worker has them all, and CPU microseconds of the relay's threads for each. `held`: the
    /// Worker takes nothing until all are on the disk, and they are read back from there.
    async fn flood(&mut self, name: &str, messages: u64, channel: u64, held: bool) {
        if held {
            self.pause(Pause::All);
        }
        let (began, cpu) = (Instant::now(), relay_cpu());
        for number in 0..messages {
            self.message(channel);
            // As many as fit into one read of a busy websocket.
            if number % 64 == 0 {
                tokio::task::yield_now().await;
            }
            while !held && self.waiting() > 50_000 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        let kept = lock(&self.state.spool).flushed();
        kept.await.unwrap();
        let spooled = began.elapsed();
        if held {
            self.pause(Pause::None);
        }
        while self.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let empty = lock(&self.state.spool).flushed();
        empty.await.unwrap();
        let wall = began.elapsed().as_secs_f64();
        let cpu = (relay_cpu() - cpu).as_secs_f64() * 1e6 / messages as f64;
        let (rate, to_disk) = (messages as f64 / wall, messages as f64 / spooled.as_secs_f64());
        let file_mb = lock(&self.state.spool).disk().file_bytes.load(Relaxed) as f64 / f64::from(1 << 20);
        println!(
            r#"{{"bench":"relay","what":"{name}","events_per_second":{rate:.0},"to_disk_per_second":{to_disk:.0},"cpu_us_per_event":{cpu:.1},"events_per_cpu_second":{:.0},"rss_mb":{:.1},"file_mb":{file_mb:.1}}}"#,
            1e6 / cpu,
            rss_mb()
        );
    }

    /// From the gateway's payload to its arrival at the Worker, when nothing else is going on.
    async fn idle(&mut self, arrivals: &Arrivals) {
        let mut took = Vec::new();
        for _ in 0..1_000 {
            arrivals.lock().unwrap().clear();
            let began = Instant::now();
            self.message(MONITORED);
            while lock(&self.state.spool).len(Lane::Urgent) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            took.push((arrivals.lock().unwrap()[0] - began).as_secs_f64() * 1e3);
        }
        took.sort_by(f64::total_cmp);
        println!(
            r#"{{"bench":"relay","what":"one urgent event when idle","p50_ms":{:.3},"p99_ms":{:.3},"rss_mb":{:.1}}}"#,
            took[took.len() / 2],
            took[took.len() * 99 / 100],
            rss_mb()
        );
    }
}

/// CPU of the relay's two threads: this one, and the one that writes the spool. The stub of the Worker is not in it.
fn relay_cpu() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten().map(|entry| entry.path());
    let spool = tasks.filter(|task| fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "spool"));
    let files = spool.map(|task| task.join("schedstat")).chain(["/proc/thread-self/schedstat".into()]);
    files.map(|file| cpu_of(&file)).sum()
}

fn cpu_of(schedstat: &Path) -> Duration {
    let stat = fs::read_to_string(schedstat).unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0))
}

/// Of this process: the stub of the Worker is in it.
fn rss_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` calls this too; it measures nothing then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let arrivals = Arrivals::default();
    let url = stub_worker(arrivals.clone());
    // Not in /tmp, which may be memory: the fsync is part of what is measured.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut relay = Relay::start(&url, dir.path());
    relay.idle(&arrivals).await;
    relay.flood("messages without text (bulk lane)", 300_000, QUIET, false).await;
    relay.flood("monitored messages (both lanes)", 50_000, MONITORED, false).await;
    relay.flood("100,000 without text, held back on the disk, then delivered", 100_000, QUIET, true).await;
}
