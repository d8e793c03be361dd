//! Which path leads where, and who may come in: everything is authenticated before it is parsed.

mod admin;
pub mod events;
mod health;
pub mod interactions;
mod metrics;
mod relay;
mod services;

use chrono::{Datelike, Timelike};
use from_json::json;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use relay_wire::paths;
use serde::Serialize;

use crate::{
    app::Outcome,
    context::Cx,
    discord::signature::{self, Forged},
    edge::Time,
    lang::month,
};

/// An interaction is a few kilobytes; Discord's largest modal stays far below.
const MAX_INTERACTION_BYTES: usize = 256 << 10;
/// 200 events without text, or 8 with 4,000 characters each, with room to spare.
const MAX_RELAY_BYTES: usize = 1 << 20;

/// Largest body that any route takes; the edge refuses more before reading it.
pub const MAX_BODY_BYTES: usize = MAX_RELAY_BYTES;

/// Follows a message from the relay's log into ours.
pub const TRACEPARENT: &str = relay_wire::headers::TRACEPARENT;
const DISCORD_TIMESTAMP: &str = "x-signature-timestamp";
const DISCORD_SIGNATURE: &str = "x-signature-ed25519";

/// The request headers that the route of `path` reads; the edge passes on no other.
pub fn headers_of(path: &str) -> &'static [&'static str] {
    match path {
        "/interactions" => &[DISCORD_TIMESTAMP, DISCORD_SIGNATURE, TRACEPARENT],
        "/metrics" => &["authorization"],
        paths::CONFIG => &[relay_wire::headers::TIMESTAMP, relay_wire::headers::SIGNATURE, "if-none-match"],
        paths::EVENTS | paths::TICK | paths::IDENTIFY | PROBE => {
            &[relay_wire::headers::TIMESTAMP, relay_wire::headers::SIGNATURE, TRACEPARENT]
        }
        path if path.starts_with(ADMIN) => &["authorization", admin::STEP_UP],
        _ => &[],
    }
}

/// Before the paths of the administrator's desk.
const ADMIN: &str = "/admin/";
/// The doctor's question is signed as the relay's are: nobody is signed in who could ask it.
const PROBE: &str = "/admin/probe";

pub async fn handle(cx: Cx, request: Request<Vec<u8>>) -> Outcome {
    let response = match (request.method(), request.uri().path()) {
        (&Method::POST, "/interactions") => return interactions(cx, request).await,
        (_, paths::EVENTS | paths::TICK | paths::CONFIG | paths::IDENTIFY | PROBE) => relay(cx, request).await,
        (_, path) if path.starts_with(ADMIN) => admin::handle(cx, request).await,
        (&Method::GET, "/health") => health::summary(&cx),
        (&Method::GET, "/health/ready") => health::ready(&cx).await,
        (&Method::GET, "/health/detailed") => health::detailed(&cx).await,
        (&Method::GET, "/metrics") => metrics::answer(&cx, request.headers()).await,
        (_, "/interactions" | "/health" | "/health/ready" | "/health/detailed" | "/metrics") => {
            problem(StatusCode::METHOD_NOT_ALLOWED, "another method is wanted here")
        }
        _ => problem(StatusCode::NOT_FOUND, "there is nothing here"),
    };
    Outcome { response, after: vec![] }
}

async fn interactions(cx: Cx, request: Request<Vec<u8>>) -> Outcome {
    if request.body().len() > MAX_INTERACTION_BYTES {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "an interaction has at most 256 KB");
    }
    let Some(key) = &cx.config.discord_public_key else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "DISCORD_PUBLIC_KEY is not configured");
    };
    let headers = [DISCORD_TIMESTAMP, DISCORD_SIGNATURE];
    match signed(&request, headers, key, &cx) {
        Ok(()) => interactions::answer(cx, request.body()).await,
        Err(forged) => refused(StatusCode::UNAUTHORIZED, said(&forged)),
    }
}

async fn relay(cx: Cx, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    if request.body().len() > MAX_RELAY_BYTES {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "a delivery has at most 1 MB");
    }
    let Some(key) = &cx.config.relay_public_key else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "RELAY_PUBLIC_KEY is not configured");
    };
    let headers = [relay_wire::headers::TIMESTAMP, relay_wire::headers::SIGNATURE];
    if let Err(forged) = signed(&request, headers, key, &cx) {
        let mut refusal = problem(StatusCode::UNAUTHORIZED, said(&forged));
        if let (Forged::Stale, Ok(date)) = (forged, http_date(cx.now).parse()) {
            // A relay whose clock is wrong corrects itself by it.
            refusal.headers_mut().insert(header::DATE, date);
        }
        return refusal;
    }
    match (request.method(), request.uri().path()) {
        (&Method::POST, paths::EVENTS) => events::take(cx, request.body()).await,
        (&Method::POST, paths::TICK) => relay::tick(cx, request.body()).await,
        (&Method::POST, paths::IDENTIFY) => relay::identify(cx, request.body()).await,
        (&Method::GET, paths::CONFIG) => relay::config(cx, request.headers()).await,
        (&Method::POST, PROBE) => services::probe(&cx).await,
        _ => problem(StatusCode::METHOD_NOT_ALLOWED, "another method is wanted here"),
    }
}

fn signed(
    request: &Request<Vec<u8>>,
    [timestamp, signature]: [&str; 2],
    key: &ed25519_dalek::VerifyingKey,
    cx: &Cx,
) -> Result<(), Forged> {
    let header = |name: &str| header_of(request.headers(), name);
    signature::verify(key, header(timestamp), header(signature), request.body(), cx.now)
}

/// A header that is there and text.
pub fn header_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// As RFC 9110 section 5.6.7 wants it in a `Date` header, e.g. `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(time: Time) -> String {
    let month = month(time.date_naive()).get(..3).unwrap_or_default();
    let [hour, minute, second] = [time.hour(), time.minute(), time.second()];
    format!("{}, {:02} {month} {} {hour:02}:{minute:02}:{second:02} GMT", time.weekday(), time.day(), time.year())
}

fn said(forged: &Forged) -> &'static str {
    match forged {
        Forged::MissingHeader => "the signature is missing",
        Forged::MalformedHeader => "the signature cannot be read",
        Forged::WrongSignature => "the signature is wrong",
        Forged::Stale => "the signature is more than five minutes from now; check the sender's clock",
    }
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response<Vec<u8>> {
    let mut response = Response::new(serde_json::to_vec(body).unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

fn problem(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    json_response(status, &json!({"error": text}))
}

fn refused(status: StatusCode, text: &str) -> Outcome {
    Outcome { response: problem(status, text), after: vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        assert_eq!(http_date("1994-11-06T08:49:37.5Z".parse().unwrap()), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
