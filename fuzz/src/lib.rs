//! What several targets need: the Worker's app alone, without any server, and what it logged.

use std::{cell::RefCell, future::Future};

use community_os::{
    app::App,
    config::Config,
    context::Cx,
    edge::{Edge, Time},
};
use tokio::runtime::{Builder, Runtime};

/// Nobody listens there: a call fails at once.
pub const NOWHERE: &str = "http://127.0.0.1:1";
/// In the seeds it stands where Discord sends the token that opens the reply. It must never be shown or logged.
pub const REPLY_TOKEN: &str = "aW50ZXJhY3Rpb246sentinel";

const EDGE: Edge = Edge {
    now,
    sleep: |_| Box::pin(std::future::ready(())),
    log: |line| LOG.with_borrow_mut(|log| log.push(line.to_owned())),
    es256: |_| Box::pin(std::future::ready(false)),
};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
    static WORKER: Worker = Worker::new(&[("DISCORD_API_URL", NOWHERE)]);
}

/// Always the same moment, so that the same input does the same.
pub fn now() -> Time {
    Time::from_timestamp(1_790_000_000, 0).unwrap()
}

/// The Worker with these variables, no others, and no server that answers.
pub struct Worker {
    app: App,
    runtime: Runtime,
}

impl Worker {
    pub fn new(variables: &[(&str, &str)]) -> Self {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { app: App::new(Config::load(value), EDGE), runtime }
    }

    /// Runs `work` with the context that a request gets.
    pub fn run<T, F: Future<Output = T>>(&self, work: impl FnOnce(Cx) -> F) -> T {
        self.runtime.block_on(work(self.app.context(now(), "fuzz")))
    }
}

/// [`Worker::run`] of one that has no stores.
pub fn with_cx<T, F: Future<Output = T>>(work: impl FnOnce(Cx) -> F) -> T {
    WORKER.with(|worker| worker.run(work))
}

/// What was logged since the last question, one JSON line each.
pub fn take_log() -> Vec<String> {
    LOG.take()
}
