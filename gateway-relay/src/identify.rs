//! Leave to begin a new gateway session: Discord allows 1,000 a day over all relays of a bot, and few at the same time.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use relay_wire::Leave;
use tokio::time::{Instant, sleep};

use crate::{
    config::Config,
    discord::{self, Failure, Gateway},
    retry::jitter,
    shard::Fatal,
    state::State,
    worker::Worker,
};

/// Starts that are left for the operator: when Discord counts to 1,000, it resets the bot's token.
const RESERVE: u32 = 50;
/// While the Worker cannot be asked, this relay begins at most one session in that time.
const UNASKED: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(600);
const GATEWAY_AGE: Duration = Duration::from_secs(10);

/// Asks Discord how many starts are left, and the Worker whose turn it is; shared by the shards of a relay.
#[derive(Debug)]
pub struct Identifier {
    config: Config,
    worker: Worker,
    ask_again: Duration,
    unasked: Mutex<Option<Instant>>,
    gateway: tokio::sync::Mutex<Option<(Instant, Gateway)>>,
}

impl Identifier {
    /// `ask_again`: the time between two questions while another relay holds the shard.
    pub fn new(config: Config, worker: Worker, ask_again: Duration) -> Self {
        Self { config, worker, ask_again, unasked: Mutex::new(None), gateway: tokio::sync::Mutex::new(None) }
    }

    /// Returns when the shard may identify.
    ///
    /// # Errors
    /// If Discord does not know the token.
    pub async fn leave(&self, state: &State, shard: u32, shard_count: u32) -> Result<(), Fatal> {
        loop {
            let max_concurrency = match self.gateway().await {
                Ok(gateway) if gateway.starts_left <= RESERVE => {
                    let wait = gateway.starts_again_in.min(LONGEST_WAIT);
                    let reason = format!(
                        "only {} of today's gateway starts are left; this shard waits until Discord gives new ones, because \
                         it resets the bot's token at zero. Find out what starts it so often",
                        gateway.starts_left
                    );
                    tracing::error!(shard, wait_s = wait.as_secs(), "{reason}");
                    state.shard(shard, |status| status.degraded = Some(reason));
                    sleep(wait.max(Duration::from_secs(1))).await;
                    continue;
                }
                Ok(gateway) => gateway.max_concurrency,
                Err(Failure::Unauthorized) => return Err(Fatal(4004)),
                Err(Failure::Other(reason)) => {
                    tracing::warn!(%reason, shard, "Discord did not say how many gateway starts are left");
                    1
                }
            };
            let epoch = crate::state::lock(&state.spool).epoch().to_owned();
            match self.worker.identify(&epoch, shard, shard_count, max_concurrency).await {
                Ok(Leave::Granted) => return Ok(()),
                Ok(Leave::Wait { delay_ms }) => sleep(Duration::from_millis(delay_ms).min(LONGEST_WAIT)).await,
                Ok(Leave::Refused { reason }) => {
                    tracing::error!(shard, %reason, "this shard may not begin a session: give each relay its own SHARDS");
                    let degraded = format!("it may not begin a session: {reason}");
                    state.shard(shard, |status| status.degraded = Some(degraded));
                    sleep(jitter(self.ask_again)).await;
                }
                Err(failure) => {
                    let Some(wait) = self.unasked_in() else {
                        tracing::warn!(%failure, shard, "the Worker cannot be asked for leave; the shard begins without");
                        return Ok(());
                    };
                    tracing::warn!(%failure, shard, wait_s = wait.as_secs(), "the Worker cannot be asked for leave");
                    // It may be back sooner.
                    sleep(wait.min(Duration::from_secs(2))).await;
                }
            }
        }
    }

    /// What Discord says, at most ten seconds old: many shards begin at once.
    async fn gateway(&self) -> Result<Gateway, Failure> {
        let mut known = self.gateway.lock().await;
        if let Some((asked, gateway)) = &*known
            && asked.elapsed() < GATEWAY_AGE
        {
            return Ok(gateway.clone());
        }
        let gateway = discord::gateway(&self.config).await?;
        *known = Some((Instant::now(), gateway.clone()));
        Ok(gateway)
    }

    /// None: now, and it counts.
    fn unasked_in(&self) -> Option<Duration> {
        let now = Instant::now();
        let mut unasked = self.unasked.lock().unwrap_or_else(PoisonError::into_inner);
        match *unasked {
            Some(last) if now < last + UNASKED => Some(last + UNASKED - now),
            _ => {
                *unasked = Some(now);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn without_the_worker_one_session_a_minute_may_begin() {
        let config = Config::load(|name| match name {
            "DISCORD_BOT_TOKEN" => Some("t".into()),
            "WORKER_URL" => Some("http://127.0.0.1:1".into()),
            "RELAY_SIGNING_SEED" => Some("01".repeat(32)),
            _ => None,
        })
        .unwrap();
        let worker = Worker::new(&config).unwrap();
        let identifier = Identifier::new(config, worker, Duration::ZERO);
        assert_eq!(identifier.unasked_in(), None);
        assert_eq!(identifier.unasked_in(), Some(UNASKED));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(identifier.unasked_in(), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(identifier.unasked_in(), None);
    }
}
