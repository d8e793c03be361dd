//! Sends a lane's events to the Worker until each is done or dead.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use relay_wire::{Ack, EventKind, Lane, MAX_BULK_EVENTS, MAX_URGENT_EVENTS, Outcome, Pause};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    line::{Habits, Line, Sent},
    retry::{Gate, SLOW, backoff, jitter},
    rules::Rules,
    state::{State, count, lock, now_ms},
    worker::{Failure, Trace, Worker},
};

/// POSTs of one lane under way at the same time.
const URGENT_POSTS: usize = 16;
const BULK_POSTS: usize = 4;
/// Events of one lane taken from the spool ahead of their delivery.
const WINDOW: usize = 4_000;
/// After a restart, texts wait that long for the filter of now.
const FILTER_WITHIN: Duration = Duration::from_secs(3);
/// Refusals that mean the relay or the way to the Worker, and none of the events.
const RELAY_REFUSED: [u16; 4] = [401, 403, 404, 405];

/// How a lane sends when nothing is said otherwise.
pub fn habits(lane: Lane, bulk_linger: Duration) -> Habits {
    match lane {
        Lane::Urgent => Habits { batch: MAX_URGENT_EVENTS, linger: Duration::ZERO, in_order: true },
        // The Worker sorts out the order of reactions by `order`, and everything else by its time.
        Lane::Bulk => Habits { batch: MAX_BULK_EVENTS, linger: bulk_linger, in_order: false },
    }
}

type Result = std::result::Result<Ack, Failure>;

/// Delivers one lane. Returns when `stop` is true and the lane is empty.
pub async fn run(lane: Lane, habits: Habits, state: Arc<State>, worker: Worker, mut stop: watch::Receiver<bool>) {
    let mut line = Line::new(habits);
    let epoch = lock(&state.spool).epoch().to_owned();
    let mut posts = FuturesUnordered::new();
    let max_posts = match lane {
        Lane::Urgent => URGENT_POSTS,
        Lane::Bulk => BULK_POSTS,
    };
    let mut recoveries = 0;
    let mut rules = None;
    let mut rules_change = state.rules.subscribe();
    if lane == Lane::Urgent && state.had_texts {
        // What waited through a restart may have been forbidden meanwhile.
        let mut asked = state.filter_asked.subscribe();
        let _ = timeout(FILTER_WITHIN, asked.wait_for(|asked| *asked)).await;
    }
    loop {
        let now = Instant::now();
        let recovered = lock(&state.circuit).recoveries();
        if recovered != recoveries {
            recoveries = recovered;
            line.hurry(usize::MAX);
        }
        withdraw(&mut line, lane, &state);
        withhold(&mut line, lane, &state, &mut rules);
        fill(&mut line, lane, &state, now);
        line.wake(now);
        let mut next = line.next_timed();
        while posts.len() < max_posts && may_send(lane, state.orders.borrow().pause) {
            let gate = lock(&state.circuit).gate(now);
            let limit = match gate {
                Gate::Open => line.backlog().div_ceil(max_posts - posts.len()),
                Gate::Probe => {
                    if line.ready() == 0 {
                        line.hurry(1);
                    }
                    1
                }
                Gate::Wait(until) => {
                    next = next.into_iter().chain(until).min();
                    break;
                }
            };
            // Bulk events go together whenever they go; urgent ones only when there are more than ways to go.
            let limit = if lane == Lane::Bulk { habits.batch } else { limit };
            let batch = line.take(limit, now);
            if batch.is_empty() {
                next = next.into_iter().chain(line.next_batch(now)).min();
                break;
            }
            if gate == Gate::Probe {
                lock(&state.circuit).probe();
            }
            count(&state.counters.posts);
            posts.push(post(&worker, lane, &epoch, batch));
        }
        if *stop.borrow() {
            line.set_linger(Duration::ZERO);
            line.flush();
            if line.is_empty() && posts.is_empty() && lock(&state.spool).len(lane) == 0 {
                return;
            }
        }
        tokio::select! {
            Some((batch, trace, result)) = posts.next() => settle(&mut line, lane, &state, batch, &trace, result),
            () = state.wake(lane).notified() => {}
            () = at(next) => {}
            // A dropped sender counts as an order to stop, and must not spin.
            Ok(()) = stop.changed() => {}
            Ok(()) = rules_change.changed() => {}
        }
    }
}

async fn post(worker: &Worker, lane: Lane, epoch: &str, batch: Vec<Sent>) -> (Vec<Sent>, Trace, Result) {
    let trace = Trace::begin();
    let result = worker.deliver(lane, epoch, &batch, &trace).await;
    (batch, trace, result)
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn may_send(lane: Lane, pause: Pause) -> bool {
    match pause {
        Pause::None => true,
        Pause::Bulk => lane == Lane::Urgent,
        Pause::All => false,
    }
}

/// `now` is the one that [`Line::take`] gets: an event must not seem to come after it, and wait for the next timer.
fn fill(line: &mut Line, lane: Lane, state: &State, now: Instant) {
    if line.len() >= WINDOW {
        return;
    }
    let rules = state.rules.borrow().clone();
    let mut spool = lock(&state.spool);
    while line.len() < WINDOW {
        let Some(spooled) = spool.next(lane) else { return };
        if rules.as_ref().is_some_and(|rules| rules.withholds(&spooled.event.body)) {
            count(&state.counters.withheld);
            spool.done(lane, spooled.event.order);
            continue;
        }
        line.add(spooled, now);
    }
}

/// What was erased is not sent again. A POST that is under way cannot be called back.
fn withdraw(line: &mut Line, lane: Lane, state: &State) {
    for order in lock(&state.spool).take_withdrawn(lane) {
        line.settle(order);
    }
}

/// What waits in memory is looked at again when the rules have changed.
fn withhold(line: &mut Line, lane: Lane, state: &State, last: &mut Option<Arc<Rules>>) {
    let rules = state.rules.borrow().clone();
    if rules.as_ref().map(Arc::as_ptr) == last.as_ref().map(Arc::as_ptr) {
        return;
    }
    if let Some(rules) = &rules {
        for order in line.find(|spooled| rules.withholds(&spooled.event.body)) {
            count(&state.counters.withheld);
            lock(&state.spool).done(lane, order);
            line.settle(order);
        }
    }
    *last = rules;
}

fn settle(line: &mut Line, lane: Lane, state: &State, batch: Vec<Sent>, trace: &Trace, result: Result) {
    let now = Instant::now();
    match result {
        Ok(ack) => {
            if lock(&state.circuit).succeeded() {
                tracing::info!("the Worker is back");
            }
            settle_each(line, lane, state, batch, trace, &ack, now);
            state.obey(ack.orders);
        }
        Err(failure) => {
            count(&state.counters.failed_posts);
            failed(line, lane, state, batch, trace, &failure, now);
        }
    }
    // The circuit is shared: the other lane may go or wait now.
    let other = if lane == Lane::Urgent { Lane::Bulk } else { Lane::Urgent };
    if lock(&state.spool).len(other) > 0 {
        state.wake(other).notify_one();
    }
}

fn settle_each(line: &mut Line, lane: Lane, state: &State, batch: Vec<Sent>, trace: &Trace, ack: &Ack, now: Instant) {
    let trace_id = trace.id();
    // In the order of the batch, as a rule; then each is found at once.
    let mut results = ack.results.iter().peekable();
    for sent in batch {
        let id = &sent.spooled.event.id;
        let outcome = results
            .next_if(|result| result.id == *id)
            .or_else(|| ack.results.iter().find(|result| result.id == *id))
            .map(|result| &result.outcome);
        match outcome {
            Some(Outcome::Done) => {
                tracing::debug!(event_id = %id, trace_id, attempt = sent.attempt, "delivered");
                state.delivered(lane, sent.spooled.at);
                forget(line, lane, state, &sent);
            }
            Some(Outcome::Dead { reason }) => {
                count(&state.counters.dead);
                let kind = sent.spooled.event.body.kind();
                tracing::error!(event_id = %id, trace_id, ?kind, %reason, attempt = sent.attempt, "the Worker gave an event up");
                lock(&state.spool).dead(lane, Arc::clone(&sent.spooled), now_ms());
                line.settle(sent.order);
            }
            Some(Outcome::Retry { reason, delay_ms }) => {
                tracing::debug!(event_id = %id, trace_id, %reason, delay_ms, attempt = sent.attempt, "to be sent again");
                again(line, lane, state, &sent, now + Duration::from_millis(*delay_ms), false, false);
            }
            None => {
                tracing::warn!(event_id = %id, trace_id, attempt = sent.attempt, "the Worker's answer leaves this event out");
                again(line, lane, state, &sent, now + jitter(backoff(sent.attempt)), false, false);
            }
        }
    }
}

/// The POST failed as a whole: nothing is known of its events.
fn failed(
    line: &mut Line,
    lane: Lane,
    state: &State,
    batch: Vec<Sent>,
    trace: &Trace,
    failure: &Failure,
    now: Instant,
) {
    let trace_id = trace.id();
    let attempt = batch.first().map_or(1, |sent| sent.attempt);
    if lock(&state.circuit).failed(now, failure.retry_after()) {
        tracing::error!(%failure, trace_id, attempt, "the Worker is left alone for a while, events wait");
    } else {
        tracing::warn!(%failure, trace_id, attempt, events = batch.len(), "events will be sent again");
    }
    // One event may spoil a batch: each is tried alone before all are judged.
    let in_company = batch.len() > 1;
    let of_events = matches!(failure, Failure::Refused { status } if !RELAY_REFUSED.contains(status));
    for sent in batch {
        let wait = match failure {
            _ if of_events && !in_company => {
                tracing::error!(%failure, event_id = %sent.spooled.event.id, trace_id, "refused; it is kept and offered again seldom");
                jitter(SLOW)
            }
            _ if of_events => jitter(backoff(1)),
            _ => failure.retry_after().unwrap_or_else(|| jitter(backoff(sent.attempt))),
        };
        let alone = of_events || matches!(failure, Failure::Broken { .. });
        again(line, lane, state, &sent, now + wait, alone, !of_events);
    }
}

fn forget(line: &mut Line, lane: Lane, state: &State, sent: &Sent) {
    lock(&state.spool).done(lane, sent.order);
    line.settle(sent.order);
}

fn again(line: &mut Line, lane: Lane, state: &State, sent: &Sent, due: Instant, alone: bool, outage: bool) {
    if sent.spooled.event.body.kind() == EventKind::RelayStatus {
        // The next one says more than this one tried again.
        forget(line, lane, state, sent);
        return;
    }
    count(&state.counters.retried);
    line.retry(sent.order, due, alone, outage);
}
