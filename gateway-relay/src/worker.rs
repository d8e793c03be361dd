//! Signed requests to the Worker, and what its answers mean.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::DateTime;
use ed25519_dalek::{Signer, SigningKey};
use relay_wire::{
    Ack, Batch, EventBody, Identified, Identify, Lane, Leave, RelayConfig, Tick, TickAnswer, VERSION, headers, paths,
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};

use crate::{config::Config, line::Sent, state::now_ms};

/// Jobs run while the Worker's `wait_until` allows.
const TICK_TIMEOUT: Duration = Duration::from_secs(40);
const CONFIG_TIMEOUT: Duration = Duration::from_secs(10);
/// The Worker takes signatures that are five minutes off; a clock that is less wrong than this is left alone.
const SMALL_SKEW_SECONDS: i64 = 30;
const AFTER_CLOCK: Duration = Duration::from_millis(100);
/// A `Retry-After` is honoured up to here.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The Worker as the relay sees it.
#[derive(Clone, Debug)]
pub struct Worker {
    http: Client,
    url: String,
    key: SigningKey,
    relay: String,
    answer_within: Duration,
    reach: Arc<Reach>,
}

/// What the last answers tell about the way to the Worker.
#[derive(Debug, Default)]
struct Reach {
    /// Since when every request has failed, milliseconds since 1970; 0 while they succeed.
    silent_since: AtomicI64,
    /// The same of urgent events alone: whoever takes everything but them sees no crisis.
    urgent_since: AtomicI64,
    heard: AtomicBool,
    /// What this machine's clock must be corrected by, in seconds.
    clock_off: AtomicI64,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not reached, or no answer in time.
    Unreachable(String),
    /// It says: later. With its `Retry-After`.
    Busy { status: u16, retry_after: Option<Duration> },
    /// A bug or an outage behind it (5xx), or an answer that is none.
    Broken { reason: String, retry_after: Option<Duration> },
    /// It refuses (other 4xx); trying again soon cannot help.
    Refused { status: u16 },
}

impl Failure {
    /// What the Worker asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } | Self::Broken { retry_after, .. } => *retry_after,
            Self::Unreachable(_) | Self::Refused { .. } => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "the Worker was not reached: {reason}"),
            Self::Busy { status, .. } => write!(f, "the Worker is busy ({status})"),
            Self::Broken { reason, .. } => write!(f, "the Worker failed: {reason}"),
            Self::Refused { status: 401 } => f.write_str(
                "the Worker does not accept this relay's signature (401): compare its public key with \
                 RELAY_SIGNING_SEED, and the clocks",
            ),
            Self::Refused { status: 404 } => {
                f.write_str("nothing answers there (404): check WORKER_URL, it is the Worker's address without a path")
            }
            Self::Refused { status } => write!(f, "the Worker refuses ({status})"),
        }
    }
}

/// Names one delivery in the relay's log and in the Worker's. Source: W3C Trace Context, section 3.2.
#[derive(Clone, Debug)]
pub struct Trace(String);

impl Trace {
    pub fn begin() -> Self {
        Self(format!("00-{:032x}-{:016x}-01", rand::random::<u128>().max(1), rand::random::<u64>().max(1)))
    }

    /// 32 hex digits: the `trace_id` of log lines.
    pub fn id(&self) -> &str {
        self.0.get(3..35).unwrap_or_default()
    }
}

/// An event as it is written: the spool's own copy, with the attempt of this POST.
#[derive(Serialize)]
struct Outgoing<'a> {
    id: &'a str,
    order: u64,
    attempt: u32,
    body: &'a EventBody,
}

impl Worker {
    /// # Errors
    /// If the system's certificates cannot be loaded.
    pub fn new(config: &Config) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .user_agent(concat!("gateway-relay/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .tcp_keepalive(Duration::from_secs(30))
            .pool_idle_timeout(Duration::from_secs(90))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            url: config.worker_url.clone(),
            key: SigningKey::from_bytes(&config.seed()),
            relay: config.relay_name.clone(),
            answer_within: config.answer_within,
            reach: Arc::default(),
        })
    }

    /// Since when every request has failed, or every urgent one, milliseconds since 1970; None if the last one succeeded.
    pub fn silent_since(&self) -> Option<i64> {
        let both = [self.reach.silent_since.load(Relaxed), self.reach.urgent_since.load(Relaxed)];
        both.into_iter().filter(|since| *since != 0).min()
    }

    /// Whether it ever answered since the start.
    pub fn was_heard(&self) -> bool {
        self.reach.heard.load(Relaxed)
    }

    /// The key that the Worker must be given, 64 hex digits.
    pub fn public_key(&self) -> String {
        hex::encode(self.key.verifying_key().as_bytes())
    }

    /// Delivers a batch.
    pub async fn deliver(&self, lane: Lane, epoch: &str, events: &[Sent], trace: &Trace) -> Result<Ack, Failure> {
        let events = events.iter().map(|sent| Outgoing {
            id: &sent.spooled.event.id,
            order: sent.order,
            attempt: sent.attempt,
            body: &sent.spooled.event.body,
        });
        let batch =
            Batch { v: VERSION, relay: self.relay.clone(), epoch: epoch.to_owned(), lane, events: events.collect() };
        let body = serde_json::to_vec(&batch).map_err(|_| broken("the batch cannot be written"))?;
        let request = self.signed(Method::POST, paths::EVENTS, body).header(headers::TRACEPARENT, &trace.0);
        let answer = self.answer(request.timeout(self.answer_within).send().await).await;
        match &answer {
            Ok(_) if lane == Lane::Urgent => self.reach.urgent_since.store(0, Relaxed),
            Err(Failure::Unreachable(_) | Failure::Broken { .. }) if lane == Lane::Urgent => {
                let _ = self.reach.urgent_since.compare_exchange(0, now_ms(), Relaxed, Relaxed);
            }
            _ => {}
        }
        answer
    }

    /// Asks for leave to begin a gateway session.
    pub async fn identify(
        &self,
        epoch: &str,
        shard: u32,
        shard_count: u32,
        max_concurrency: u32,
    ) -> Result<Leave, Failure> {
        let (relay, epoch) = (self.relay.clone(), epoch.to_owned());
        let question = Identify { v: VERSION, relay, epoch, shard, shard_count, max_concurrency };
        let body = serde_json::to_vec(&question).map_err(|_| broken("the question cannot be written"))?;
        let request = self.signed(Method::POST, paths::IDENTIFY, body);
        let answer: Identified = self.answer(request.timeout(CONFIG_TIMEOUT).send().await).await?;
        Ok(answer.leave)
    }

    /// Asks for due jobs to be run.
    pub async fn tick(&self) -> Result<TickAnswer, Failure> {
        let tick = Tick { v: VERSION, relay: self.relay.clone() };
        let body = serde_json::to_vec(&tick).map_err(|_| broken("the tick cannot be written"))?;
        let request = self.signed(Method::POST, paths::TICK, body);
        self.answer(request.timeout(TICK_TIMEOUT).send().await).await
    }

    /// The filter; None if it still has the version `known` (empty: none is known).
    pub async fn config(&self, known: &str) -> Result<Option<RelayConfig>, Failure> {
        let mut request = self.signed(Method::GET, paths::CONFIG, Vec::new()).timeout(CONFIG_TIMEOUT);
        if !known.is_empty() {
            request = request.header(http::header::IF_NONE_MATCH, format!("\"{known}\""));
        }
        let response = request.send().await;
        if response.as_ref().is_ok_and(|response| response.status() == StatusCode::NOT_MODIFIED) {
            self.heard(true);
            return Ok(None);
        }
        self.answer(response).await.map(Some)
    }

    async fn answer<T: DeserializeOwned>(&self, response: reqwest::Result<Response>) -> Result<T, Failure> {
        if let Ok(response) = &response
            && response.status() == StatusCode::UNAUTHORIZED
            && self.correct_clock(response)
        {
            // Signed with the right time it will do.
            return Err(Failure::Busy { status: 401, retry_after: Some(AFTER_CLOCK) });
        }
        let answer = answer(response).await;
        self.heard(answer.is_ok());
        answer
    }

    fn heard(&self, heard: bool) {
        if heard {
            self.reach.silent_since.store(0, Relaxed);
            self.reach.heard.store(true, Relaxed);
        } else {
            // Only the first failure in a row sets the time.
            let _ = self.reach.silent_since.compare_exchange(0, now_ms(), Relaxed, Relaxed);
        }
    }

    /// A clock that is wrong by minutes must not end the deliveries: the Worker's own time is taken for the signatures.
    /// True if that changes something.
    fn correct_clock(&self, response: &Response) -> bool {
        let date = response.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
        let Some(theirs) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else { return false };
        let off = theirs.timestamp() - now_ms() / 1000;
        let off = if off.abs() < SMALL_SKEW_SECONDS { 0 } else { off };
        let before = self.reach.clock_off.swap(off, Relaxed);
        if off != 0 {
            tracing::error!(
                seconds = off,
                "this machine's clock is wrong: set it (NTP). Until then the Worker's time is used to sign"
            );
        }
        // A second more or less is the way of the answer, not another clock.
        (before - off).abs() > 1
    }

    /// Signed anew for each attempt: the Worker refuses old timestamps.
    fn signed(&self, method: Method, path: &str, body: Vec<u8>) -> RequestBuilder {
        let seconds = now_ms() / 1000 + self.reach.clock_off.load(Relaxed);
        let timestamp = seconds.to_string();
        let signature = self.key.sign(&[timestamp.as_bytes(), &body].concat());
        let request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .header(headers::TIMESTAMP, timestamp)
            .header(headers::SIGNATURE, hex::encode(signature.to_bytes()));
        if body.is_empty() {
            return request;
        }
        request.header(http::header::CONTENT_TYPE, "application/json").body(body)
    }
}

fn broken(reason: impl Into<String>) -> Failure {
    Failure::Broken { reason: reason.into(), retry_after: None }
}

async fn answer<T: DeserializeOwned>(response: reqwest::Result<Response>) -> Result<T, Failure> {
    let response = response.map_err(|error| Failure::Unreachable(why(&error)))?;
    let status = response.status();
    let retry_after = retry_after(&response);
    let body = response.bytes().await.map_err(|error| Failure::Unreachable(why(&error)))?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| broken("its answer cannot be read"));
    }
    Err(match status.as_u16() {
        status @ (408 | 409 | 425 | 429 | 503) => Failure::Busy { status, retry_after },
        // Its body is not kept: a parser's words may quote the text of a member.
        status @ 400..500 => Failure::Refused { status },
        status => Failure::Broken { reason: format!("status {status}"), retry_after },
    })
}

/// `Retry-After` in seconds, as Discord, Cloudflare and our Worker write it.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(http::header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: f64 = text.trim().parse().ok()?;
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    Some(wait.min(LONGEST_RETRY_AFTER))
}

/// The innermost cause, where the reason is ("connection refused"), without the address.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
