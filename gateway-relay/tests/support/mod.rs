//! A Worker that checks every signature, remembers what it was told, and answers as the test wants.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

pub mod program;
pub mod proxy;
pub mod stage;

use std::{
    collections::VecDeque,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State as Held},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use gateway_relay::config::Config;
use relay_wire::{
    Ack, Batch, Event, EventResult, Identified, Identify, Lane, Leave, MAX_SKEW_SECONDS, Orders, Outcome, RelayConfig,
    TickAnswer, VERSION, headers,
};
use tokio::{net::TcpListener, sync::watch, time::Instant};

pub const SEED: &str = "0202020202020202020202020202020202020202020202020202020202020202";

/// What the Worker answers to one POST of events.
#[derive(Clone, Debug)]
pub enum Answer {
    Done,
    /// This outcome for every event.
    All(Outcome),
    Status(u16, Option<&'static str>),
    Garbage,
    /// 200, but not a word about the events, and one about a stranger.
    LeavesOut,
    Hangs(Duration),
}

/// What happens to every request, whatever it asks.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    Status(u16),
    /// It is taken, and never answered.
    Hangs,
}

/// Which POSTs are meant.
pub type When = fn(&Batch) -> bool;

#[derive(Clone, Debug)]
pub struct Post {
    pub at: Instant,
    pub batch: Batch,
}

impl Post {
    pub fn ids(&self) -> Vec<&str> {
        self.batch.events.iter().map(|event| event.id.as_str()).collect()
    }
}

pub struct FakeWorker {
    pub url: String,
    key: VerifyingKey,
    posts: Mutex<Vec<Post>>,
    answers: Mutex<VecDeque<Answer>>,
    /// Used when `answers` is empty.
    always: Mutex<Option<(When, Answer)>>,
    config: Mutex<RelayConfig>,
    orders: Mutex<Orders>,
    /// Who asked for leave to identify, and what the next ones are answered.
    pub questions: Mutex<Vec<Identify>>,
    leaves: Mutex<VecDeque<Leave>>,
    trouble: watch::Sender<Option<Trouble>>,
    /// Seconds by which its clock differs from this machine's.
    clock_off: AtomicI64,
    /// Posts, ticks and questions for the filter so far, unsigned ones not counted.
    pub seen: watch::Sender<Seen>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub posts: usize,
    pub events: usize,
    pub ticks: usize,
    pub configs: usize,
    pub not_modified: usize,
    pub unsigned: usize,
    pub identifies: usize,
    pub troubled: usize,
}

impl FakeWorker {
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let seed = <[u8; 32]>::try_from(hex::decode(SEED).unwrap()).unwrap();
        let worker = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            key: SigningKey::from_bytes(&seed).verifying_key(),
            posts: Mutex::default(),
            answers: Mutex::default(),
            always: Mutex::default(),
            config: Mutex::default(),
            orders: Mutex::default(),
            questions: Mutex::default(),
            leaves: Mutex::default(),
            trouble: watch::channel(None).0,
            clock_off: AtomicI64::new(0),
            seen: watch::channel(Seen::default()).0,
        });
        let routes = Router::new()
            .route("/relay/events", post(events))
            .route("/relay/tick", post(tick))
            .route("/relay/config", get(config))
            .route("/relay/identify", post(identify))
            .layer(middleware::from_fn_with_state(Arc::clone(&worker), troubled))
            .with_state(Arc::clone(&worker));
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        worker
    }

    /// What it answers to the next POSTs, one each; then it is content again.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What it answers to every POST for which `when` holds.
    pub fn always(&self, when: When, answer: Answer) {
        *self.always.lock().unwrap() = Some((when, answer));
    }

    /// What it answers to the next questions for leave; then it grants all.
    pub fn leaves(&self, leaves: impl IntoIterator<Item = Leave>) {
        self.leaves.lock().unwrap().extend(leaves);
    }

    /// From now on it grants leave to everybody.
    pub fn forget_leaves(&self) {
        self.leaves.lock().unwrap().clear();
    }

    /// From now on nothing works; None: all is well again.
    pub fn trouble(&self, trouble: Option<Trouble>) {
        self.trouble.send_replace(trouble);
    }

    pub fn set_clock_off(&self, seconds: i64) {
        self.clock_off.store(seconds, Relaxed);
    }

    fn now_seconds(&self) -> i64 {
        gateway_relay::state::now_ms() / 1000 + self.clock_off.load(Relaxed)
    }

    pub fn content(&self) {
        *self.always.lock().unwrap() = None;
    }

    pub fn set_config(&self, config: RelayConfig) {
        self.orders.lock().unwrap().filter_version.clone_from(&config.filter_version);
        *self.config.lock().unwrap() = config;
    }

    pub fn set_orders(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.orders.lock().unwrap());
    }

    pub fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    /// Every event received, repeated deliveries too, but no status.
    pub fn events(&self, lane: Lane) -> Vec<Event> {
        let posts = self.posts().into_iter().filter(|post| post.batch.lane == lane);
        let events = posts.flat_map(|post| post.batch.events);
        events.filter(|event| event.body.kind() != relay_wire::EventKind::RelayStatus).collect()
    }

    /// Waits until `enough` holds.
    pub async fn until(&self, what: &str, enough: impl Fn(&Seen) -> bool) -> Seen {
        let mut seen = self.seen.subscribe();
        let waiting = seen.wait_for(|seen| enough(seen));
        match tokio::time::timeout(stage::PATIENCE, waiting).await {
            Ok(seen) => *seen.unwrap(),
            Err(_) => panic!("waited in vain until {what}: {:?}", *self.seen.borrow()),
        }
    }

    /// The refusal, if the request is not signed by the relay.
    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Option<Response> {
        let verified = || {
            let timestamp = headers.get(headers::TIMESTAMP)?.to_str().ok()?;
            let signature = hex::decode(headers.get(headers::SIGNATURE)?).ok()?;
            let signature = Signature::from_slice(&signature).ok()?;
            let age = self.now_seconds() - timestamp.parse::<i64>().ok()?;
            let message = [timestamp.as_bytes(), body].concat();
            (age.abs() <= MAX_SKEW_SECONDS && self.key.verify_strict(&message, &signature).is_ok()).then_some(())
        };
        if verified().is_some() {
            return None;
        }
        self.seen.send_modify(|seen| seen.unsigned += 1);
        let now = chrono::DateTime::from_timestamp(self.now_seconds(), 0).unwrap();
        let date = now.to_rfc2822().replace("+0000", "GMT");
        Some((StatusCode::UNAUTHORIZED, [(header::DATE, date)]).into_response())
    }

    fn orders(&self) -> Orders {
        self.orders.lock().unwrap().clone()
    }
}

async fn troubled(Held(worker): Held<Arc<FakeWorker>>, request: Request, next: Next) -> Response {
    let trouble = *worker.trouble.borrow();
    match trouble {
        None => next.run(request).await,
        Some(trouble) => {
            worker.seen.send_modify(|seen| seen.troubled += 1);
            match trouble {
                Trouble::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
                Trouble::Hangs => {
                    // What hangs is never answered, also when the trouble is over.
                    std::future::pending().await
                }
            }
        }
    }
}

async fn events(Held(worker): Held<Arc<FakeWorker>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = worker.check(&headers, &body) {
        return refused;
    }
    let batch: Batch = serde_json::from_slice(&body).unwrap();
    let answer = worker.answers.lock().unwrap().pop_front();
    let always = worker.always.lock().unwrap().clone();
    let always = always.filter(|(when, _)| when(&batch)).map(|(_, answer)| answer);
    let answer = answer.or(always).unwrap_or(Answer::Done);
    let ids: Vec<String> = batch.events.iter().map(|event| event.id.clone()).collect();
    worker.posts.lock().unwrap().push(Post { at: Instant::now(), batch });
    worker.seen.send_modify(|seen| {
        seen.posts += 1;
        seen.events += ids.len();
    });
    let ack = |ids: Vec<String>, outcome: Outcome| {
        let results = ids.into_iter().map(|id| EventResult { id, outcome: outcome.clone() }).collect();
        axum::Json(Ack { v: VERSION, results, orders: worker.orders() }).into_response()
    };
    match answer {
        Answer::Done => ack(ids, Outcome::Done),
        Answer::All(outcome) => ack(ids, outcome),
        Answer::Status(status, retry_after) => {
            let mut response = StatusCode::from_u16(status).unwrap().into_response();
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.parse().unwrap());
            }
            response
        }
        Answer::Garbage => "<html>nobody home</html>".into_response(),
        Answer::LeavesOut => ack(vec!["a stranger".into()], Outcome::Done),
        Answer::Hangs(time) => {
            tokio::time::sleep(time).await;
            ack(ids, Outcome::Done)
        }
    }
}

async fn tick(Held(worker): Held<Arc<FakeWorker>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = worker.check(&headers, &body) {
        return refused;
    }
    worker.seen.send_modify(|seen| seen.ticks += 1);
    axum::Json(TickAnswer { v: VERSION, ran: 0, orders: worker.orders() }).into_response()
}

async fn identify(Held(worker): Held<Arc<FakeWorker>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = worker.check(&headers, &body) {
        return refused;
    }
    let question: Identify = serde_json::from_slice(&body).unwrap();
    worker.questions.lock().unwrap().push(question);
    worker.seen.send_modify(|seen| seen.identifies += 1);
    let leave = worker.leaves.lock().unwrap().pop_front().unwrap_or(Leave::Granted);
    axum::Json(Identified { v: VERSION, leave }).into_response()
}

async fn config(Held(worker): Held<Arc<FakeWorker>>, headers: HeaderMap) -> Response {
    if let Some(refused) = worker.check(&headers, b"") {
        return refused;
    }
    let config = worker.config.lock().unwrap().clone();
    let tag = format!("\"{}\"", config.filter_version);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        worker.seen.send_modify(|seen| seen.not_modified += 1);
        return StatusCode::NOT_MODIFIED.into_response();
    }
    worker.seen.send_modify(|seen| seen.configs += 1);
    ([(header::ETAG, tag)], axum::Json(config)).into_response()
}

/// A configuration of the relay that talks to `worker` and spools to `spool`, with more variables.
pub fn config_for(worker: &FakeWorker, spool: &Path, more: &[(&str, &str)]) -> Config {
    let mut pairs = vec![
        ("RELAY_SPOOL".to_owned(), spool.display().to_string()),
        // Nobody listens there: what a test does not give must not be looked for in the world outside.
        ("DISCORD_API_URL".to_owned(), "http://127.0.0.1:1".to_owned()),
        ("DISCORD_BOT_TOKEN".to_owned(), "token".to_owned()),
        ("WORKER_URL".into(), worker.url.clone()),
        ("RELAY_SIGNING_SEED".into(), SEED.into()),
        ("RELAY_LISTEN".into(), "127.0.0.1:0".into()),
        ("BULK_LINGER_SECONDS".into(), "0.05".into()),
    ];
    pairs.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let lookup = |name: &str| pairs.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    Config::load(lookup).unwrap()
}
