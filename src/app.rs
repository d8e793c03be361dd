//! The whole Worker without its runtime: a request in, a response and the work that follows it out.

use std::rc::Rc;

use from_json::json;
use futures_util::future::LocalBoxFuture;
use http::{Request, Response};

use crate::{
    config::Config,
    context::{Cx, Services},
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

/// Work as a value: the edge hands it to the runtime, tests run it in line.
pub type After = LocalBoxFuture<'static, ()>;

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
        routes::handle(self.context(now, "request"), request).await
    }

    /// The cron trigger of every minute: what is owed is done even without a relay.
    pub async fn scheduled(&self, now: Time) -> Result<u32> {
        let cx = self.context(now, "scheduled");
        let result = async {
            jobs::owe_recurring(&cx, &features::jobs()).await?;
            jobs::tick(&cx, &features::jobs()).await
        };
        result.await.inspect_err(|error| cx.log_failure("scheduled", error))
    }

    /// For tests and tools: a context as a handler gets it.
    pub fn context(&self, now: Time, request_id: &str) -> Cx {
        Cx::new(self.services.clone(), now, request_id)
    }
}

/// Runs what follows a response, one after the other.
pub async fn run(after: Vec<After>) {
    for work in after {
        work.await;
    }
}
