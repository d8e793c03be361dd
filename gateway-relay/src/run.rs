//! Starts the tasks of the relay, joins them, and stops them in the right order.

use std::{fmt, sync::Arc, time::Duration};

use relay_wire::{Lane, ShardState, ShardStatus};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    config::{Config, Shards},
    deliver,
    discord::{self, Failure},
    identify::Identifier,
    orders,
    pace::Pace,
    retry::{backoff, jitter},
    shard::{self, FAILED, Fatal},
    silence,
    state::{State, lock, stopped},
    status,
    worker::Worker,
};

/// When stopping, the spool has this long to empty itself; what is left is delivered after the next start.
const DRAIN: Duration = Duration::from_secs(10);
/// And this long to be written.
const FLUSH: Duration = Duration::from_secs(5);

/// Why the relay cannot go on.
#[derive(Debug)]
pub enum Stopped {
    Listen(std::io::Error),
    Http(reqwest::Error),
    Gateway(Fatal),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(error) => {
                write!(f, "RELAY_LISTEN cannot be opened ({error}): is another relay running there?")
            }
            Self::Http(error) => write!(f, "no HTTP client could be made: {error}"),
            Self::Gateway(fatal) => fatal.fmt(f),
        }
    }
}

impl std::error::Error for Stopped {}

/// Runs the relay until `stop` is true, then drains the spool.
///
/// # Errors
/// [`Stopped`] when it cannot start, or Discord refuses it for good (the spool is drained then too).
pub async fn run(config: Config, pace: Pace, state: Arc<State>, stop: watch::Receiver<bool>) -> Result<(), Stopped> {
    // reqwest and the gateway client may have been built with different providers; without a choice rustls panics.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let worker = Worker::new(&config).map_err(Stopped::Http)?;
    let listener = TcpListener::bind(config.listen).await.map_err(Stopped::Listen)?;
    {
        let spool = lock(&state.spool);
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            relay = %config.relay_name,
            worker = %config.worker_url,
            public_key = %worker.public_key(),
            listen = %config.listen,
            spool = %config.spool.dir.display(),
            epoch = spool.epoch(),
            urgent = spool.len(Lane::Urgent),
            bulk = spool.len(Lane::Bulk),
            "the relay starts"
        );
    }

    let mut background = JoinSet::new();
    background.spawn({
        let state = Arc::clone(&state);
        async move {
            if let Err(error) = status::serve(listener, state).await {
                tracing::error!(%error, "the status page ended");
            }
        }
    });
    background.spawn(orders::follow_filter(Arc::clone(&state), worker.clone()));
    background.spawn(orders::tick(Arc::clone(&state), worker.clone()));
    let name = config.relay_name.clone();
    background.spawn(orders::tell_status(Arc::clone(&state), worker.clone(), name, stop.clone()));
    background.spawn(orders::tend(Arc::clone(&state)));
    background.spawn(silence::watch(config.clone(), Arc::clone(&state), worker.clone()));
    background.spawn(announce(Arc::clone(&state)));

    // Deliveries go on when the gateway has been left, so they have a stop of their own.
    let (stop_delivery, delivery_stops) = watch::channel(false);
    let mut deliveries = JoinSet::new();
    for lane in [Lane::Urgent, Lane::Bulk] {
        let habits = deliver::habits(lane, config.bulk_linger);
        deliveries.spawn(deliver::run(lane, habits, Arc::clone(&state), worker.clone(), delivery_stops.clone()));
    }

    let ended = tokio::select! {
        ended = gateway(&config, pace, &state, &worker, stop) => ended,
        () = failure(&mut background) => Err(Fatal(FAILED)),
    };
    tracing::info!("the gateway is left, what waits is delivered");
    let _ = stop_delivery.send(true);
    let drained = timeout(DRAIN, async { while deliveries.join_next().await.is_some() {} }).await;
    deliveries.shutdown().await;
    let flushed = {
        let spool = lock(&state.spool);
        if drained.is_err() {
            let (urgent, bulk) = (spool.len(Lane::Urgent), spool.len(Lane::Bulk));
            tracing::warn!(urgent, bulk, "not everything could be delivered; the rest waits in the spool");
        }
        spool.flushed()
    };
    if timeout(FLUSH, flushed).await.is_err() {
        tracing::error!("the spool could not be written; what is missing there, the gateway tells again");
    }
    ended.map_err(Stopped::Gateway)
}

/// Returns when one of the tasks has panicked: without it the relay would look well and not be.
async fn failure(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a task failed; please report it");
            return;
        }
    }
    std::future::pending().await
}

/// Logs `Bot ready` once events flow.
async fn announce(state: Arc<State>) {
    let (mut shards, mut rules) = (state.shards.subscribe(), state.rules.subscribe());
    while !status::is_ready(&state) {
        let changed = tokio::select! {
            changed = shards.changed() => changed,
            changed = rules.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
    tracing::info!("Bot ready");
}

/// Holds all shards of this relay until it stops or one of them is refused for good.
async fn gateway(
    config: &Config,
    pace: Pace,
    state: &Arc<State>,
    worker: &Worker,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Fatal> {
    let (url, shards) = tokio::select! {
        found = find_gateway(config) => found?,
        () = stopped(&mut stop) => return Ok(()),
    };
    let (first, last, total) = shards;
    let statuses = (first..=last).map(|shard| ShardStatus {
        shard,
        shard_count: total,
        state: ShardState::Connecting,
        latency_ms: None,
        resumes: 0,
        gaps: 0,
        degraded: None,
    });
    state.shards.send_replace(statuses.collect());
    let names: Vec<String> = (first..=last).map(|shard| format!("{shard}/{total}")).collect();
    let unseen = lock(&state.spool).keep_checkpoints(&names);
    let identifier = Arc::new(Identifier::new(config.clone(), worker.clone(), pace.ask_again));
    // A shard that is refused for good takes the others along: none of them would fare better.
    let (stop_shards, shards_stop) = watch::channel(false);
    let mut running = JoinSet::new();
    for shard in first..=last {
        let setup = shard::Setup {
            shard,
            shard_count: total,
            token: config.bot_token.clone(),
            gateway_url: url.clone(),
            features: config.features,
            pace,
            unseen: unseen.clone(),
            degraded: None,
            identifier: Arc::clone(&identifier),
        };
        running.spawn(shard::run(setup, Arc::clone(state), shards_stop.clone()));
    }
    let mut outcome = Ok(());
    loop {
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = stopped(&mut stop), if !*stop_shards.borrow() => {
                let _ = stop_shards.send(true);
                continue;
            }
        };
        match ended {
            None => return outcome,
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(fatal))) => {
                outcome = Err(fatal);
                let _ = stop_shards.send(true);
            }
            Some(Err(error)) => {
                tracing::error!(%error, "a shard failed; please report it");
                outcome = Err(Fatal(FAILED));
                let _ = stop_shards.send(true);
            }
        }
    }
}

/// Where the gateway is; first, last and number of the shards to hold.
async fn find_gateway(config: &Config) -> Result<(String, (u32, u32, u32)), Fatal> {
    if let (Some(url), Shards::Some { first, last, total }) = (&config.discord_gateway_url, config.shards) {
        return Ok((url.clone(), (first, last, total)));
    }
    for attempt in 1.. {
        match discord::gateway(config).await {
            Ok(gateway) => {
                let shards = match config.shards {
                    Shards::Auto => (0, gateway.shards - 1, gateway.shards),
                    Shards::Some { first, last, total } => (first, last, total),
                };
                return Ok((config.discord_gateway_url.clone().unwrap_or(gateway.url), shards));
            }
            // What the gateway itself would say to this token.
            Err(Failure::Unauthorized) => return Err(Fatal(4004)),
            Err(Failure::Other(reason)) => {
                tracing::warn!(%reason, attempt, "Discord did not say where its gateway is, it is asked again");
                sleep(jitter(backoff(attempt))).await;
            }
        }
    }
    Err(Fatal(FAILED))
}
