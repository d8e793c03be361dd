//! What a handler is given: the services, the moment, the reader's language and the id that its log lines carry.

use std::{cell::RefCell, ops::Deref, rc::Rc};

use chrono::TimeDelta;
use from_json::{Map, Value, json};
use relay_wire::{Orders, RelayConfig};

use crate::{
    clients::{redis::Redis, supabase::Supabase},
    config::Config,
    discord::rest::Rest,
    edge::{Edge, Time},
    error::{Error, Result},
    lang::Lang,
    settings::SettingsCache,
};

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
    /// What the relay is told with every answer.
    pub orders: Recent<Orders>,
    /// Which text may leave the relay.
    pub filter: Recent<Rc<RelayConfig>>,
    /// When that could not be asked.
    pub filter_failed: Recent<()>,
    /// The last look at the services, as `/health/detailed` shows it.
    pub health: Recent<Value>,
}

impl Services {
    pub fn new(config: Config, edge: Edge) -> Self {
        let http = reqwest::Client::new();
        Self {
            supabase: Supabase::new(http.clone(), config.supabase.clone()),
            redis: Redis::new(http.clone(), config.upstash.clone()),
            discord: Rest::new(http.clone(), config.discord_api_url.clone(), config.bot_token.clone(), edge),
            settings: SettingsCache::default(),
            orders: Recent::default(),
            filter: Recent::default(),
            filter_failed: Recent::default(),
            health: Recent::default(),
            http,
            config,
            edge,
        }
    }
}

/// The context of one request, cheap to clone. The services are reached through it: `cx.supabase`.
#[derive(Clone)]
pub struct Cx {
    services: Rc<Services>,
    pub now: Time,
    pub lang: Lang,
    /// The interaction's, event's or job's id; users quote it, logs carry it.
    pub request_id: Rc<str>,
    /// The name of the relay that delivered what is handled, and the epoch of its spool; empty if none did.
    pub relay: Rc<str>,
    pub epoch: Rc<str>,
}

impl Deref for Cx {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl Cx {
    pub fn new(services: Rc<Services>, now: Time, request_id: impl Into<Rc<str>>) -> Self {
        Self { services, now, lang: Lang::default(), request_id: request_id.into(), relay: "".into(), epoch: "".into() }
    }

    pub fn with_lang(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    pub fn with_request_id(&self, request_id: impl Into<Rc<str>>) -> Self {
        Self { request_id: request_id.into(), ..self.clone() }
    }

    /// For what a relay delivered.
    pub fn from_relay(&self, relay: &str, epoch: &str) -> Self {
        Self { relay: relay.into(), epoch: epoch.into(), ..self.with_request_id(format!("relay-{relay}")) }
    }

    /// Writes one JSON line. `fields` is an object of ids, counts and durations, never of text that a member wrote.
    pub fn log(&self, level: &str, event: &str, fields: Value) {
        let mut line = Map::new();
        line.insert("level".into(), json!(level));
        line.insert("event".into(), json!(event));
        line.insert("at".into(), json!(self.now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)));
        line.insert("request_id".into(), json!(&*self.request_id));
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        (self.edge.log)(&Value::Object(line).to_string());
    }

    /// Logs a failure where it is handled. What a user did wrong is not a failure of ours.
    pub fn log_failure(&self, feature: &str, error: &Error) {
        let (level, event) = match error {
            Error::User(_) => return,
            Error::Service(_) => ("warn", "service_failed"),
            Error::Bug(_) => ("error", "bug"),
        };
        self.log(level, event, json!({"feature": feature, "error": error.to_string()}));
    }

    /// Milliseconds since this request began.
    pub fn elapsed_ms(&self) -> i64 {
        ((self.edge.now)() - self.now).num_milliseconds().max(0)
    }
}

/// A result that was already logged: for callers who only need to know whether it worked.
pub fn logged<T>(cx: &Cx, feature: &str, result: Result<T>) -> Option<T> {
    result.inspect_err(|error| cx.log_failure(feature, error)).ok()
}
