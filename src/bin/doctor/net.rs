//! Requests with a time limit, and how far the clock of each service is from this machine's.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use chrono::DateTime;
use from_json::Value;
use http::{HeaderMap, header};

use crate::report::Report;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Discord refuses others.
const USER_AGENT: &str = concat!("DiscordBot (https://github.com/community-os, ", env!("CARGO_PKG_VERSION"), ")");
/// A `Date` has whole seconds, and an answer takes its time.
const FINE_SECONDS: i64 = 5;
/// Signatures of relay and Discord are refused from here on.
const TOO_MUCH_SECONDS: i64 = 300;

pub struct Net {
    pub http: reqwest::Client,
    skews: RefCell<BTreeMap<&'static str, i64>>,
}

pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub took: Duration,
}

impl Said {
    pub fn json(&self) -> Value {
        from_json::parse(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Net {
    pub fn new() -> Self {
        let http =
            reqwest::Client::builder().user_agent(USER_AGENT).redirect(reqwest::redirect::Policy::none()).build();
        Self { http: http.unwrap_or_default(), skews: RefCell::default() }
    }

    /// The error is a phrase without address or key.
    pub async fn ask(&self, service: &'static str, request: reqwest::RequestBuilder) -> Result<Said, &'static str> {
        let began = Instant::now();
        let failed = |error: reqwest::Error| match () {
            () if error.is_timeout() => "no answer within 10 s",
            () if error.is_connect() => "no connection",
            () if error.is_builder() => "the address or key cannot be sent",
            () => "the connection broke",
        };
        let response = request.timeout(TIMEOUT).send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(failed)?.to_vec();
        let said = Said { status, headers, body, took: began.elapsed() };
        if let Ok(date) = DateTime::parse_from_rfc2822(said.header(header::DATE.as_str())) {
            self.skews.borrow_mut().insert(service, seconds() - date.timestamp());
        }
        Ok(said)
    }

    pub fn clocks(&self, report: &mut Report) {
        for (service, skew) in self.skews.borrow().iter() {
            let by = if *skew < 0 { "ahead of" } else { "behind" };
            let what = format!("{service} is {} s {by} this machine", skew.abs());
            if skew.abs() <= FINE_SECONDS {
                report.ok("clock", format!("{service} and this machine agree"));
            } else if skew.abs() < TOO_MUCH_SECONDS {
                report.warn("clock", what, "let this machine, and the relay's, set their clocks by NTP");
            } else {
                report.fail("clock", what, "signatures are refused from 5 minutes on: set the clock by NTP");
            }
        }
    }
}

/// Since 1970.
pub fn seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64
}
