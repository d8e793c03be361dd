//! Fetches the filter when the Worker has a new one, posts a tick when a timer is due, and tells how the relay is.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use relay_wire::{Event, EventBody, Lane, MAX_BULK_EVENTS, Pause, RelayConfig, ShardState, ShardStatus};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    intake,
    line::Sent,
    retry::{backoff, jitter},
    rules::Rules,
    spool::{Lost, Spooled},
    state::{State, count, lock, now_ms},
    worker::{Trace, Worker},
};

/// Without a timer a tick goes out this often, so that a timer nobody told of is at most that late.
const FALLBACK_TICK: Duration = Duration::from_secs(60);
/// While something is paused, ticks are the way to hear of the end of it.
const PAUSED_TICK: Duration = Duration::from_secs(10);
/// A timer that stays due must not become a loop without pause.
const BETWEEN_TICKS: Duration = Duration::from_millis(250);
const STATUS_EVERY: Duration = Duration::from_secs(10);
const FILTER_EVERY: Duration = Duration::from_secs(300);
const TEND_EVERY: Duration = Duration::from_secs(1);
const AGE_EVERY: Duration = Duration::from_secs(3600);

/// Keeps the rules at the version that the Worker names. Never returns.
pub async fn follow_filter(state: Arc<State>, worker: Worker) {
    let mut orders = state.orders.subscribe();
    let mut attempt = 0;
    loop {
        let known = state.rules.borrow().as_ref().map(|rules| rules.version().to_owned());
        let answered = worker.config(known.as_deref().unwrap_or_default()).await;
        if let Ok(Some(config)) = &answered {
            tracing::info!(filter_version = %config.filter_version, "the filter was had");
            take_filter(&state, config);
        }
        state.filter_asked.send_replace(true);
        match answered {
            Ok(_) => attempt = 0,
            Err(failure) => {
                attempt += 1;
                tracing::warn!(%failure, attempt, "the filter could not be had, it is asked for again");
                sleep(jitter(backoff(attempt))).await;
                continue;
            }
        }
        let held = state.rules.borrow().as_ref().map(|rules| rules.version().to_owned());
        let differs = |wanted: &str| !wanted.is_empty() && Some(wanted) != held.as_deref();
        if differs(&orders.borrow_and_update().filter_version) {
            // Another isolate of the Worker still has the old one for a moment.
            sleep(Duration::from_secs(1)).await;
            continue;
        }
        // Asked for now and then without being told: whoever forgot to tell does little harm.
        let told = orders.wait_for(|orders| differs(&orders.filter_version));
        if let Ok(Err(_)) = timeout(FILTER_EVERY, told).await {
            return;
        }
    }
}

fn take_filter(state: &State, config: &RelayConfig) {
    state.rules.send_replace(Some(Arc::new(Rules::new(config))));
    let (erased, revived) = {
        let mut spool = lock(&state.spool);
        let done = (spool.erase(&config.erase), spool.revive(&config.replay));
        // Last: a filter that is on the disk is not fetched again, so what it orders must be there before.
        spool.keep_filter(config);
        done
    };
    state.counters.erased.fetch_add(erased as u64, Ordering::Relaxed);
    state.counters.revived.fetch_add(revived as u64, Ordering::Relaxed);
    if erased + revived > 0 {
        tracing::info!(erased, revived, "done by order of the Worker");
        state.wake_urgent.notify_one();
        state.wake_bulk.notify_one();
    }
}

/// Drops from the spool what has been dead for too long, and tells of a file that was lost while it was in use. Never
/// returns.
pub async fn tend(state: Arc<State>) {
    let mut next_age = Instant::now();
    loop {
        if Instant::now() >= next_age {
            lock(&state.spool).age_dead(now_ms());
            next_age = Instant::now() + AGE_EVERY;
        }
        let lost = lock(&state.spool).take_lost();
        for shard in state.shards.borrow().iter().filter(|_| lost.is_some()) {
            let from = lost.as_ref().map_or(0, Lost::since);
            let told =
                intake::tell_gap(&state, (shard.shard, shard.shard_count), &format!("lost{from}"), from, "spool_lost");
            if told.is_err() {
                tracing::error!(from, "there is no room to tell that the spool was lost");
            }
        }
        sleep(TEND_EVERY).await;
    }
}

/// Posts a tick when `wake_at` comes and at least each minute. Never returns.
pub async fn tick(state: Arc<State>, worker: Worker) {
    let mut orders = state.orders.subscribe();
    let mut last = Instant::now();
    let mut attempt = 0;
    // The first tick brings the first orders.
    let mut due = last;
    loop {
        tokio::select! {
            () = sleep_until(due) => {
                last = Instant::now();
                state.orders.send_if_modified(|orders| {
                    orders.wake_at = None;
                    false
                });
                let answered = worker.tick().await;
                state.tick_failed.store(answered.is_err(), Ordering::Relaxed);
                match answered {
                    Ok(answer) => {
                        attempt = 0;
                        count(&state.counters.ticks);
                        state.obey(answer.orders);
                    }
                    Err(failure) => {
                        attempt += 1;
                        tracing::warn!(%failure, attempt, "the tick failed");
                    }
                }
            }
            changed = orders.changed() => if changed.is_err() { return },
        }
        let wanted = orders.borrow_and_update().clone();
        let fallback = if wanted.pause == Pause::None { FALLBACK_TICK } else { PAUSED_TICK };
        let timer = wanted.wake_at.map(|at| Instant::now() + until(at));
        due = if attempt > 0 {
            last + jitter(backoff(attempt))
        } else {
            timer.map_or(last + fallback, |timer| timer.clamp(last + BETWEEN_TICKS, last + fallback))
        };
    }
}

/// Time until `at`, milliseconds since 1970; zero if it has passed.
fn until(at: i64) -> Duration {
    Duration::from_millis(u64::try_from(at - now_ms()).unwrap_or(0))
}

/// Tells the Worker every 10 s how the relay is: in company of bulk events if there are any, else (and while they are
/// held back) in a POST of its own. The first time as soon as every shard is ready: whoever has just started it looks
/// whether it is there. Never returns.
pub async fn tell_status(state: Arc<State>, worker: Worker, relay_name: String, stop: watch::Receiver<bool>) {
    let started = now_ms();
    let mut shards = state.shards.subscribe();
    let all_ready =
        |shards: &Vec<ShardStatus>| !shards.is_empty() && shards.iter().all(|shard| shard.state == ShardState::Ready);
    _ = timeout(STATUS_EVERY, shards.wait_for(all_ready)).await;
    for number in 0_u64.. {
        if number > 0 {
            sleep(STATUS_EVERY).await;
        }
        // A Worker that is down learns nothing from it, and one status says no more than the next.
        if *stop.borrow() || lock(&state.circuit).is_open() {
            continue;
        }
        let paused = state.orders.borrow().pause != Pause::None;
        let (epoch, alone) = {
            let spool = lock(&state.spool);
            // Behind a backlog it would come too late to say how the relay is, and to keep its shards.
            (spool.epoch().to_owned(), paused || !(1..=MAX_BULK_EVENTS).contains(&spool.len(Lane::Bulk)))
        };
        let id = format!("relay:{epoch}:{started:x}:status{number}:bulk");
        let mut event = Event { id, order: 0, attempt: 1, body: status(&state, &relay_name) };
        if !alone {
            state.push(Lane::Bulk, event);
            continue;
        }
        event.order = lock(&state.spool).number();
        let sent = Sent { order: event.order, attempt: 1, spooled: Arc::new(Spooled { event, at: now_ms() }) };
        match worker.deliver(Lane::Bulk, &epoch, &[sent], &Trace::begin()).await {
            Ok(ack) => state.obey(ack.orders),
            Err(failure) => tracing::debug!(%failure, "the status did not arrive"),
        }
    }
}

/// How the relay of this name is, as an event.
pub fn status(state: &State, relay: &str) -> EventBody {
    let at = now_ms();
    let spool = lock(&state.spool);
    let spooled = spool.len(Lane::Urgent) + spool.len(Lane::Bulk);
    let oldest_ms = spool.oldest_at().map_or(0, |oldest| at - oldest);
    EventBody::RelayStatus {
        at,
        version: env!("CARGO_PKG_VERSION").into(),
        relay: relay.to_owned(),
        epoch: spool.epoch().to_owned(),
        dead: spool.disk().dead.load(Ordering::Relaxed),
        thinned: state.counters.thinned.load(Ordering::Relaxed),
        filter_version: state.rules.borrow().as_ref().map(|rules| rules.version().to_owned()).unwrap_or_default(),
        spooled: spooled as u64,
        oldest_ms: u64::try_from(oldest_ms).unwrap_or(0),
        shards: state.shards.borrow().clone(),
    }
}
