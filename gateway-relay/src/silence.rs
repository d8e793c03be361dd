//! The dead-man's switch: when the Worker is out of reach for too long, the relay itself says that nobody reads along.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::{
    config::Config,
    discord::{self, Failure},
    retry::{backoff, jitter},
    state::{State, lock, now_ms},
    worker::Worker,
};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Where it is noted over restarts that people were told.
const NOTE: &str = "silence";

/// That the Worker is out of reach, and who knows; noted on the disk until it is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// Since when, milliseconds since 1970.
    since: i64,
    /// Was told, or clearly cannot be.
    channel: bool,
    push: bool,
}

/// Watches the Worker. Never returns.
pub async fn watch(config: Config, state: Arc<State>, worker: Worker) {
    if config.fallback_channel.is_none() && config.fallback_push.is_none() {
        tracing::warn!(
            "nobody will be told if the Worker goes out of reach: set FALLBACK_ALERT_CHANNEL_ID or FALLBACK_PUSH_URL"
        );
        return;
    }
    let noted = lock(&state.spool).noted(NOTE).and_then(|json| serde_json::from_slice(&json).ok());
    let mut told: Option<Told> = noted.flatten();
    loop {
        sleep(LOOK_EVERY).await;
        let silent = worker.silent_since();
        let silence = i64::try_from(config.silence.as_millis()).unwrap_or(i64::MAX);
        match (told, silent) {
            (None, Some(since)) if now_ms() - since >= silence => {
                let now = Told { since, channel: false, push: false };
                told = Some(tell_down(&config, &state, &worker, now).await);
            }
            // The last relay ended before everybody was told.
            (Some(half), Some(_)) if !(half.channel && half.push) => {
                told = Some(tell_down(&config, &state, &worker, half).await);
            }
            // Heard is more than not failing: after a restart nothing is known at first.
            (Some(Told { since, .. }), None) if worker.was_heard() => {
                let (text, nonce) = (back(since, now_ms()), format!("back-{since}"));
                tokio::join!(tell_channel(&config, &text, &nonce), push(&config, &text));
                told = None;
                note(&state, None);
            }
            _ => {}
        }
    }
}

/// Tells the channel and the push address, each until it is told or clearly cannot be, and notes who was: one that does
/// not answer must not make a relay that is restarted meanwhile tell the other one again. Ends early if the Worker is back.
async fn tell_down(config: &Config, state: &State, worker: &Worker, told: Told) -> Told {
    // The nonce is the same after a restart: Discord then takes the message once.
    note(state, Some(told));
    let (text, nonce) = (down(told.since), format!("down-{}", told.since));
    let now = Mutex::new(told);
    let done = |change: fn(&mut Told)| {
        let mut now = lock(&now);
        change(&mut now);
        note(state, Some(*now));
    };
    let channel = async {
        if !told.channel {
            tell_channel(config, &text, &nonce).await;
            done(|now| now.channel = true);
        }
    };
    let push = async {
        if !told.push {
            push(config, &text).await;
            done(|now| now.push = true);
        }
    };
    let heard = async {
        while worker.silent_since().is_some() || !worker.was_heard() {
            sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        _ = async { tokio::join!(channel, push) } => {}
        () = heard => {}
    }
    *lock(&now)
}

fn note(state: &State, told: Option<Told>) {
    lock(&state.spool).note(NOTE, serde_json::to_vec(&told).unwrap_or_default());
}

fn down(since: i64) -> String {
    format!(
        "⚠️ **Crisis detection is down since <t:{}:t>.** The bot cannot be reached, so nothing that is written right now is \
         looked at and no alerts come. Messages are kept and will be looked at when it is back. Until then, please keep an \
         eye on the channels yourselves, and tell whoever runs the bot.",
        since / 1000
    )
}

fn back(since: i64, now: i64) -> String {
    format!(
        "✅ **Crisis detection is back.** It was down from <t:{}:t> to <t:{}:t>. What was written meanwhile is being looked \
         at now; alerts about it may come late.",
        since / 1000,
        now / 1000
    )
}

/// Attempts at telling one of the two: about two minutes.
const ATTEMPTS: u32 = 8;

async fn tell_channel(config: &Config, text: &str, nonce: &str) {
    let Some(channel) = config.fallback_channel else { return };
    // At most 25 characters. Source: Discord's API reference, "Create Message".
    let nonce: String = nonce.chars().take(25).collect();
    for attempt in 1..=ATTEMPTS {
        match discord::say(config, channel, text, &nonce).await {
            Ok(()) => return,
            Err(Failure::Unauthorized) => {
                tracing::error!("the fallback channel cannot be told: Discord does not know the token");
                return;
            }
            Err(Failure::Other(reason)) => {
                tracing::error!(%reason, attempt, "the fallback channel could not be told; may the bot write there?");
            }
        }
        sleep(jitter(backoff(attempt + 1))).await;
    }
}

async fn push(config: &Config, text: &str) {
    let Some(url) = &config.fallback_push else { return };
    for attempt in 1..=ATTEMPTS {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        let answer = match client {
            Ok(client) => client.post(url).body(text.to_owned()).send().await,
            Err(error) => Err(error),
        };
        match answer.and_then(reqwest::Response::error_for_status) {
            Ok(_) => return,
            Err(error) => {
                tracing::error!(error = %error.without_url(), attempt, "the push address could not be told");
            }
        }
        sleep(jitter(backoff(attempt + 1))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_short_and_names_the_times() {
        assert!(down(1_700_000_000_123).contains("<t:1700000000:t>"));
        assert!(back(1_700_000_000_000, 1_700_000_600_000).contains("<t:1700000600:t>"));
        assert!(down(0).len() < 2_000);
    }
}
