//! The services the Worker talks to: concrete structs over reqwest, each with a base URL, each call with a timeout.

pub mod redis;
pub mod supabase;

use std::time::Duration;

use from_json::{FromJson, Unfit, Value};
use http::{HeaderMap, StatusCode};

use crate::error::{Failure, Service, ServiceError};

/// An answer read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Sends one request and reads the whole answer within `timeout`. Any status is an answer; only silence is an error.
pub async fn send(
    request: reqwest::RequestBuilder,
    timeout: Duration,
    service: Service,
    operation: &str,
) -> Result<Answer, ServiceError> {
    let failed = |error: reqwest::Error| {
        // On wasm `is_timeout` is false for a timeout; its text is the only sign. The URL is not repeated: it may hold keys.
        let error = error.without_url();
        let timed_out = error.is_timeout() || format!("{error:?}").contains("TimedOut");
        let kind = if timed_out { Failure::Timeout } else { Failure::Unreachable(error.to_string()) };
        ServiceError::new(service, operation, kind)
    };
    let response = request.timeout(timeout).send().await.map_err(failed)?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(failed)?.to_vec();
    Ok(Answer { status, headers, body })
}

/// Reads an answer's JSON.
pub fn parse(body: &[u8], service: Service, operation: &str) -> Result<Value, ServiceError> {
    from_json::parse(body).map_err(|error| {
        // serde's message names a place and a type, never the content.
        let kind = Failure::Malformed(format!("{} at column {}", category(&error), error.column()));
        ServiceError::new(service, operation, kind)
    })
}

/// Reads a type from an answer's JSON.
pub fn read<T: FromJson>(json: &Value, service: Service, operation: &str) -> Result<T, ServiceError> {
    T::from_json(json).map_err(|unfit| misfit(unfit, service, operation))
}

fn misfit(unfit: Unfit, service: Service, operation: &str) -> ServiceError {
    let kind = Failure::Malformed(format!("JSON of another shape: {unfit}"));
    ServiceError::new(service, operation, kind)
}

fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "JSON of another shape",
        serde_json::error::Category::Eof => "JSON cut off",
    }
}
