//! The whole Worker without its runtime: a request in, a response and the work that follows it out.

use std::rc::Rc;

use from_json::json;
use futures_util::future::join_all;
use http::{Request, Response};

use crate::{
    config::Config,
    context::{After, Cx, Services},
    edge::{Edge, Time},
    error::Result,
    features, jobs, routes,
};

/// One for each isolate.
pub struct App {
    services: Rc<Services>,
}

/// What a request leads to.
pub struct Outcome {
    pub response: Response<Vec<u8>>,
    /// Goes on after the response was sent; about 30 s on Cloudflare, so every call inside has a timeout.
    pub after: Vec<After>,
}

impl App {
    pub fn new(config: Config, edge: Edge) -> Self {
        for problem in &config.problems {
            (edge.log)(
                &json!({"level": "warn", "event": "config_problem", "problem": problem.to_string()}).to_string(),
            );
        }
        Self { services: Rc::new(Services::new(config, edge)) }
    }

    pub async fn handle(&self, request: Request<Vec<u8>>, now: Time) -> Outcome {
        let traceparent = routes::header_of(request.headers(), routes::TRACEPARENT);
        let cx = self.context(now, "request").traced(traceparent);
        let mut outcome = routes::handle(cx.clone(), request).await;
        outcome.after.extend(cx.take_after());
        if !outcome.after.is_empty() {
            let after = std::mem::take(&mut outcome.after);
            outcome.after.push(Box::pin(follow(cx, after)));
        }
        outcome
    }

    /// The cron trigger of every minute: what is owed is done even without a relay.
    pub async fn scheduled(&self, now: Time) -> Result<u32> {
        let cx = self.context(now, "scheduled");
        let result = async {
            jobs::owe_recurring(&cx, &features::jobs()).await?;
            jobs::tick(&cx, &features::jobs()).await
        };
        let ran = result.await.inspect_err(|error| cx.log_failure("scheduled", error));
        follow(cx.clone(), cx.take_after()).await;
        ran
    }

    /// For tests and tools: a context as a handler gets it.
    pub fn context(&self, now: Time, request_id: &str) -> Cx {
        Cx::new(self.services.clone(), now, request_id)
    }
}

/// What follows, and what that leaves to follow in turn.
async fn follow(cx: Cx, mut after: Vec<After>) {
    while !after.is_empty() {
        join_all(after).await;
        after = cx.take_after();
    }
}

/// Runs what follows a response, one after the other.
pub async fn run(after: Vec<After>) {
    for work in after {
        work.await;
    }
}
