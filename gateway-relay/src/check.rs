//! `--check`: is the configuration right, and do the Worker and Discord answer?

use crate::{
    config::Config,
    discord::{self, Failure},
    spool::{self, OpenError},
    worker::Worker,
};

/// What was tried, in a line; true if it is well.
pub type Finding = (bool, String);

/// Asks the Worker for its filter and Discord for its gateway, and opens the spool.
pub async fn check(config: &Config) -> Vec<Finding> {
    let worker = match Worker::new(config) {
        Ok(worker) => worker,
        Err(error) => return vec![(false, format!("no HTTP client could be made: {error}"))],
    };
    let (filter, gateway) = tokio::join!(worker.config(""), discord::gateway(config));
    let of_worker = match filter {
        Ok(Some(filter)) => {
            let (guilds, url) = (filter.guilds.len(), &config.worker_url);
            (true, format!("the Worker at {url} knows this relay; filter {}, {guilds} guilds", filter.filter_version))
        }
        Ok(None) => (false, format!("the Worker at {} answered 304 to a first question", config.worker_url)),
        Err(failure) => {
            (false, format!("{}: {failure}; this relay's public key is {}", config.worker_url, worker.public_key()))
        }
    };
    let of_discord = match gateway {
        Ok(gateway) => (
            true,
            format!(
                "Discord knows the token; its gateway is {}; it recommends {} shards; {} gateway starts are left today",
                gateway.url, gateway.shards, gateway.starts_left
            ),
        ),
        Err(Failure::Unauthorized) => (false, "Discord does not know the token: set DISCORD_BOT_TOKEN anew".into()),
        Err(Failure::Other(reason)) => (false, format!("{} was not reached: {reason}", config.discord_api_url)),
    };
    let dir = config.spool.dir.display();
    let of_spool = match spool::probe(&config.spool.dir) {
        Ok(()) => (true, format!("the spool in {dir} can be written")),
        Err(OpenError::InUse(_)) => (true, format!("the spool in {dir} is in use: a relay is running")),
        Err(error) => (false, error.to_string()),
    };
    vec![of_worker, of_discord, of_spool]
}
