//! The edge: Cloudflare's events in, the app's answers out. No decisions are made here.
//!
//! `worker::` appears in this file alone, so that everything else runs natively in milliseconds.
#![deny(clippy::disallowed_methods)]

pub mod ai;
pub mod app;
pub mod batch;
pub mod beside;
pub mod care;
pub mod clients;
pub mod config;
pub mod context;
pub mod discord;
pub mod edge;
pub mod error;
pub mod features;
pub mod jobs;
pub mod jwt;
pub mod lang;
pub mod lease;
pub mod limits;
pub mod metrics;
pub mod orders;
pub mod person;
pub mod relay_filter;
pub mod reply;
pub mod retry;
pub mod routes;
pub mod seal;
pub mod settings;
pub mod sort;
pub mod subtle;

use std::{cell::OnceCell, rc::Rc};

use app::App;
use config::Config;
use edge::{Edge, Time};
use worker::{Context, Date, Delay, Env, Method, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

thread_local! {
    /// One app for each isolate: read-only copies and connections are worth keeping.
    static APP: OnceCell<Rc<App>> = const { OnceCell::new() };
}

const EDGE: Edge = Edge {
    now,
    sleep: |duration| Box::pin(Delay::from(duration)),
    log: |line| worker::console_log!("{line}"),
    es256: subtle::es256,
};

fn now() -> Time {
    Time::from_timestamp_millis(Date::now().as_millis() as i64).unwrap_or_default()
}

fn app(env: &Env) -> Rc<App> {
    APP.with(|app| {
        app.get_or_init(|| {
            Rc::new(App::new(Config::load(|name| env.var(name).ok().map(|value| value.to_string())), EDGE))
        })
        .clone()
    })
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
    // A body without a length could be any size, and reading it would take the isolate's memory.
    let length: Option<usize> = request.headers().get("content-length")?.and_then(|length| length.parse().ok());
    match length {
        None if request.method() == Method::Post => return Response::error("a body needs its length", 411),
        Some(length) if length > routes::MAX_BODY_BYTES => return Response::error("the body is too large", 413),
        _ => {}
    }
    let outcome = app(&env).handle(read(&mut request).await?, now()).await;
    for work in outcome.after {
        context.wait_until(work);
    }
    write(outcome.response)
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    // A failure is logged where it is handled; the next minute tries again.
    let _ = app(&env).scheduled(now()).await;
}

/// Only the headers that routes read: each one costs a call into JavaScript, and Discord sends a dozen.
async fn read(request: &mut Request) -> Result<http::Request<Vec<u8>>> {
    let path = request.path();
    let mut builder = http::Request::builder().method(request.method().as_ref()).uri(path.as_str());
    let headers = request.headers();
    for name in routes::headers_of(&path) {
        if let Some(value) = headers.get(name)? {
            builder = builder.header(*name, value);
        }
    }
    // No other method is answered from its body, so none is read.
    let body = if request.method() == Method::Post { request.bytes().await? } else { vec![] };
    builder.body(body).map_err(|error| worker::Error::RustError(error.to_string()))
}

fn write(response: http::Response<Vec<u8>>) -> Result<Response> {
    let (parts, body) = response.into_parts();
    let mut answer = Response::from_bytes(body)?.with_status(parts.status.as_u16());
    for (name, value) in &parts.headers {
        answer.headers_mut().set(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    Ok(answer)
}
