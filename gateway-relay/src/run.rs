//! Starts the tasks of the relay, joins them, and stops them in the right order.

use std::{fmt, sync::Arc, time::Duration};

use relay_wire::Lane;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    config::Config,
    deliver,
    discord::{self, Failure},
    intake::Intake,
    orders,
    pace::Pace,
    retry::{backoff, jitter},
    shard::{self, Fatal},
    state::{State, lock, stopped},
    status,
    worker::Worker,
};

/// When stopping, the spool has this long to empty itself.
const DRAIN: Duration = Duration::from_secs(10);

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
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        relay = %config.relay_name,
        worker = %config.worker_url,
        public_key = %worker.public_key(),
        listen = %config.listen,
        "the relay starts; events wait in memory only, a crash loses what waits"
    );

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
    background.spawn(orders::tell_status(Arc::clone(&state), worker.clone(), stop.clone()));
    background.spawn(announce(Arc::clone(&state)));

    // Deliveries go on when the gateway has been left, so they have a stop of their own.
    let (stop_delivery, delivery_stops) = watch::channel(false);
    let mut deliveries = JoinSet::new();
    for lane in [Lane::Urgent, Lane::Bulk] {
        let habits = deliver::habits(lane, config.bulk_linger);
        deliveries.spawn(deliver::run(lane, habits, Arc::clone(&state), worker.clone(), delivery_stops.clone()));
    }

    let ended = gateway(&config, pace, &state, stop).await;
    tracing::info!("the gateway is left, what waits is delivered");
    let _ = stop_delivery.send(true);
    let drained = timeout(DRAIN, async { while deliveries.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        let spool = lock(&state.spool);
        let (urgent, bulk) = (spool.len(Lane::Urgent), spool.len(Lane::Bulk));
        tracing::error!(urgent, bulk, "not everything could be delivered in time; it is lost");
    }
    ended.map_err(Stopped::Gateway)
}

/// Logs `Bot ready` once events flow.
async fn announce(state: Arc<State>) {
    let (mut shard, mut rules) = (state.shard.subscribe(), state.rules.subscribe());
    while !status::is_ready(&state) {
        let changed = tokio::select! {
            changed = shard.changed() => changed,
            changed = rules.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
    tracing::info!("Bot ready");
}

async fn gateway(
    config: &Config,
    pace: Pace,
    state: &Arc<State>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Fatal> {
    let gateway_url = tokio::select! {
        url = gateway_url(config) => url?,
        () = stopped(&mut stop) => return Ok(()),
    };
    let setup = shard::Setup {
        shard: config.shard,
        shard_count: config.shard_count,
        token: config.bot_token.clone(),
        gateway_url,
        features: config.features,
        pace,
    };
    shard::run(setup, Arc::clone(state), Intake::new(Arc::clone(state)), stop).await
}

async fn gateway_url(config: &Config) -> Result<String, Fatal> {
    if let Some(url) = &config.discord_gateway_url {
        return Ok(url.clone());
    }
    for attempt in 1.. {
        match discord::gateway_url(config).await {
            Ok(url) => return Ok(url),
            // What the gateway itself would say to this token.
            Err(Failure::Unauthorized) => return Err(Fatal(4004)),
            Err(Failure::Other(reason)) => {
                tracing::warn!(%reason, attempt, "Discord did not say where its gateway is, it is asked again");
                sleep(jitter(backoff(attempt))).await;
            }
        }
    }
    Err(Fatal(0))
}
