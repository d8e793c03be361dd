//! What a handler is given: the services, the moment, the reader's language and the id that its log lines carry.

use std::{cell::RefCell, ops::Deref, rc::Rc};

use chrono::TimeDelta;
use from_json::{Map, Value, json};
use futures_util::future::LocalBoxFuture;
use relay_wire::Orders;

use crate::{
    clients::{redis::Redis, supabase::Supabase},
    config::Config,
    discord::rest::Rest,
    edge::{Edge, Time},
    error::{Error, Result},
    lang::Lang,
    limits::Used,
    metrics::{BUGS, FAILURES, Metric, Tally},
    relay_filter::Filter,
    settings::SettingsCache,
};

/// Work as a value: the edge hands it to the runtime, tests run it in line.
pub type After = LocalBoxFuture<'static, ()>;

/// A read-only copy of something, kept in the isolate's memory for a few seconds.
pub struct Recent<T>(RefCell<Option<(Time, T)>>);

impl<T: Clone> Recent<T> {
    /// The copy, if it is younger than `max_age`.
    pub fn get(&self, now: Time, max_age: TimeDelta) -> Option<T> {
        let held = self.0.borrow();
        held.as_ref().filter(|(read_at, _)| (now - *read_at).abs() < max_age).map(|(_, copy)| copy.clone())
    }

    /// The copy whatever its age: better than nothing while the source is down.
    pub fn last(&self) -> Option<T> {
        self.0.borrow().as_ref().map(|(_, copy)| copy.clone())
    }

    pub fn keep(&self, now: Time, copy: T) -> T {
        self.0.replace(Some((now, copy.clone())));
        copy
    }

    /// Makes the next [`Recent::get`] find nothing; [`Recent::last`] still does.
    pub fn expire(&self) {
        if let Some((read_at, _)) = self.0.borrow_mut().as_mut() {
            *read_at = Time::UNIX_EPOCH;
        }
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

/// Everything that lives as long as the isolate.
pub struct Services {
    pub config: Config,
    pub edge: Edge,
    /// For services without a client of their own.
    pub http: reqwest::Client,
    pub supabase: Supabase,
    pub redis: Redis,
    pub discord: Rest,
    pub settings: SettingsCache,
    /// What is counted until a pipeline takes it to Upstash.
    pub tally: Rc<Tally>,
    /// What the relay is told with every answer.
    pub orders: Recent<Orders>,
    /// Which text may leave the relay.
    pub filter: Recent<Rc<Filter>>,
    /// When that could not be asked.
    pub filter_failed: Recent<()>,
    /// Who used something too often.
    pub used: Used,
    /// The keys that Supabase Auth publishes.
    pub auth_keys: Recent<Value>,
    /// The last look at the services, as `/health/detailed` shows it.
    pub health: Recent<Value>,
}

impl Services {
    pub fn new(config: Config, edge: Edge) -> Self {
        let http = reqwest::Client::new();
        let tally = Rc::<Tally>::default();
        Self {
            supabase: Supabase::new(http.clone(), config.supabase.clone()),
            redis: Redis::new(http.clone(), config.upstash.clone(), edge, tally.clone()),
            discord: Rest::new(http.clone(), config.discord_api_url.clone(), config.bot_token.clone(), edge),
            settings: SettingsCache::default(),
            tally,
            orders: Recent::default(),
            filter: Recent::default(),
            filter_failed: Recent::default(),
            used: Used::default(),
            auth_keys: Recent::default(),
            health: Recent::default(),
            http,
            config,
            edge,
        }
    }
}

/// What came along with a request; each is empty if it did not.
#[derive(Default)]
pub struct Origin {
    /// The name of the relay that delivered what is handled, and the epoch of its spool.
    pub relay: String,
    pub epoch: String,
    /// The W3C `traceparent`.
    pub trace: String,
}

/// The context of one request, cheap to clone. The services are reached through it: `cx.supabase`.
#[derive(Clone)]
pub struct Cx {
    services: Rc<Services>,
    pub now: Time,
    pub lang: Lang,
    /// The interaction's, event's or job's id; users quote it, logs carry it.
    pub request_id: Rc<str>,
    /// Where the request came from.
    pub origin: Rc<Origin>,
    /// What follows the answer to this request.
    after: Rc<RefCell<Vec<After>>>,
}

impl Deref for Cx {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl Cx {
    pub fn new(services: Rc<Services>, now: Time, request_id: impl Into<Rc<str>>) -> Self {
        Self {
            services,
            now,
            lang: Lang::default(),
            request_id: request_id.into(),
            origin: Rc::default(),
            after: Rc::default(),
        }
    }

    /// Goes on after the request was answered. It may be lost with the isolate: what must happen is owed as a job as well.
    pub fn after(&self, work: impl Future<Output = ()> + 'static) {
        self.after.borrow_mut().push(Box::pin(work));
    }

    /// What follows the answer so far.
    pub fn take_after(&self) -> Vec<After> {
        self.after.take()
    }

    pub fn with_lang(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    pub fn with_request_id(&self, request_id: impl Into<Rc<str>>) -> Self {
        Self { request_id: request_id.into(), ..self.clone() }
    }

    /// For what a relay delivered.
    pub fn from_relay(&self, relay: &str, epoch: &str) -> Self {
        let origin = Origin { relay: relay.to_owned(), epoch: epoch.to_owned(), trace: self.origin.trace.clone() };
        Self { origin: Rc::new(origin), ..self.with_request_id(format!("relay-{relay}")) }
    }

    /// The next look at anything asks its store again.
    pub fn forget_copies(&self) {
        self.settings.forget();
        self.orders.expire();
        self.filter.expire();
        self.auth_keys.expire();
        self.health.expire();
    }

    /// Of a trace that began elsewhere; what is no `traceparent` is none. Source: W3C Trace Context, section 3.2.
    pub fn traced(self, traceparent: Option<&str>) -> Self {
        match traceparent.filter(|text| trace_id(text).is_some()) {
            Some(text) => Self { origin: Rc::new(Origin { trace: text.to_owned(), ..Origin::default() }), ..self },
            None => self,
        }
    }

    /// Counts one; `labels` in the order in which the metric names them.
    pub fn count(&self, metric: &'static Metric, labels: &[&str]) {
        self.tally.add(metric, labels, 1, (self.edge.now)());
    }

    /// Counts how long something took.
    pub fn observe(&self, metric: &'static Metric, labels: &[&str], ms: i64) {
        self.tally.observe(metric, labels, ms, (self.edge.now)());
    }

    /// Writes one JSON line. `fields` is an object of ids, counts and durations, never of text that a member wrote.
    pub fn log(&self, level: &str, event: &str, fields: Value) {
        let mut line = Map::new();
        line.insert("level".into(), json!(level));
        line.insert("event".into(), json!(event));
        line.insert("at".into(), json!(self.now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)));
        line.insert("request_id".into(), json!(&*self.request_id));
        if let Some(trace_id) = trace_id(&self.origin.trace) {
            line.insert("trace_id".into(), json!(trace_id));
        }
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        (self.edge.log)(&Value::Object(line).to_string());
    }

    /// Logs a failure where it is handled. What a user did wrong is not a failure of ours.
    pub fn log_failure(&self, feature: &str, error: &Error) {
        let (level, event) = match error {
            Error::User(_) => return,
            Error::Service(error) => {
                self.count(&FAILURES, &[error.service.name(), error.kind.name()]);
                ("warn", "service_failed")
            }
            Error::Bug(_) => {
                self.count(&BUGS, &[]);
                ("error", "bug")
            }
        };
        self.log(level, event, json!({"feature": feature, "error": error.to_string()}));
    }

    /// Milliseconds since this request began.
    pub fn elapsed_ms(&self) -> i64 {
        ((self.edge.now)() - self.now).num_milliseconds().max(0)
    }
}

/// The trace's id, 32 hex digits, out of `00-<trace-id>-<parent-id>-<flags>`.
fn trace_id(traceparent: &str) -> Option<&str> {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = traceparent.split('-');
    let [version, trace, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let is_one = [(version, 2), (trace, 32), (parent, 16), (flags, 2)]
        .iter()
        .all(|(part, length)| part.len() == *length && is_hex(part));
    // Zeros alone mean that there is none; version ff is forbidden.
    (is_one && parts.next().is_none() && version != "ff" && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

/// A result that was already logged: for callers who only need to know whether it worked.
pub fn logged<T>(cx: &Cx, feature: &str, result: Result<T>) -> Option<T> {
    result.inspect_err(|error| cx.log_failure(feature, error)).ok()
}
