//! What the tasks of the relay share: the spool, the rules, the Worker's orders, the counters.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use relay_wire::{Event, Lane, Orders, ShardState, ShardStatus};
use tokio::sync::{Notify, watch};

use crate::{
    retry::Circuit,
    rules::Rules,
    spool::{Pushed, Spool},
};

macro_rules! counters {
    ($($name:ident: $help:literal),* $(,)?) => {
        /// Counted since the start of the process.
        #[derive(Debug, Default)]
        pub struct Counters { $(#[doc = $help] pub $name: AtomicU64),* }

        impl Counters {
            /// Name, help and value of each.
            pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), $help, self.$name.load(Ordering::Relaxed))),*]
            }
        }
    };
}

counters! {
    received: "Gateway events received",
    unreadable: "Gateway events of a known name that could not be read",
    spooled: "Events put into the spool",
    repeated: "Events that the gateway sent again while they still waited",
    dropped: "Events dropped because a lane was full",
    posts: "POSTs of events to the Worker",
    failed_posts: "POSTs of events that failed as a whole",
    delivered: "Events the Worker answered done",
    retried: "Deliveries that had to be tried again",
    dead: "Events the Worker answered dead",
    ticks: "Ticks the Worker ran",
    connects: "Connections opened to the gateway",
    identifies: "New gateway sessions",
    resumes: "Gateway sessions resumed",
    gaps: "Gateway sessions that could not be resumed",
}

/// Upper bounds of the delivery time's histogram, in milliseconds.
pub const BUCKETS_MS: [u64; 10] = [1, 2, 5, 10, 25, 100, 250, 1000, 5000, 30000];

/// How long urgent events took from the gateway to the Worker's `done`.
#[derive(Debug, Default)]
pub struct Delivery {
    pub buckets: [AtomicU64; BUCKETS_MS.len()],
    pub count: AtomicU64,
    pub sum_ms: AtomicU64,
}

impl Delivery {
    fn took(&self, ms: u64) {
        for (bucket, bound) in self.buckets.iter().zip(BUCKETS_MS) {
            if ms <= bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// Shared by all tasks; locks are held for moments, never over an await.
#[derive(Debug)]
pub struct State {
    pub spool: Mutex<Spool>,
    pub wake_urgent: Notify,
    pub wake_bulk: Notify,
    pub circuit: Mutex<Circuit>,
    /// The last tick found no Worker.
    pub tick_failed: AtomicBool,
    /// None until the Worker was asked.
    pub rules: watch::Sender<Option<Arc<Rules>>>,
    pub orders: watch::Sender<Orders>,
    pub shard: watch::Sender<ShardStatus>,
    pub counters: Counters,
    pub delivery: Delivery,
}

impl State {
    pub fn new(shard: u32, shard_count: u32) -> Self {
        let status = ShardStatus {
            shard,
            shard_count,
            state: ShardState::Connecting,
            latency_ms: None,
            resumes: 0,
            gaps: 0,
            degraded: None,
        };
        Self {
            spool: Mutex::new(Spool::new(format!("{:016x}", rand::random::<u64>()))),
            wake_urgent: Notify::new(),
            wake_bulk: Notify::new(),
            circuit: Mutex::new(Circuit::default()),
            tick_failed: AtomicBool::new(false),
            rules: watch::channel(None).0,
            orders: watch::channel(Orders::default()).0,
            shard: watch::channel(status).0,
            counters: Counters::default(),
            delivery: Delivery::default(),
        }
    }

    /// Puts an event into the spool and wakes its lane.
    pub fn push(&self, lane: Lane, event: Event) {
        let kind = event.body.kind();
        let pushed = lock(&self.spool).push(lane, event, now_ms());
        match pushed {
            Pushed::Kept(_) => count(&self.counters.spooled),
            Pushed::Known => count(&self.counters.repeated),
            Pushed::Full => {
                count(&self.counters.dropped);
                if lane == Lane::Urgent {
                    tracing::error!(?kind, "the spool is full: an event with text was dropped");
                }
            }
        }
        self.wake(lane).notify_one();
    }

    pub fn wake(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Urgent => &self.wake_urgent,
            Lane::Bulk => &self.wake_bulk,
        }
    }

    /// Takes in what the Worker wants. A timer known before stays known: an isolate may not know of all.
    pub fn obey(&self, mut new: Orders) {
        let changed = self.orders.send_if_modified(|held| {
            new.wake_at = held.wake_at.into_iter().chain(new.wake_at).min();
            let changed = *held != new;
            *held = new;
            changed
        });
        if changed {
            self.wake_urgent.notify_one();
            self.wake_bulk.notify_one();
        }
    }

    /// `at`: when the event came, milliseconds since 1970.
    pub fn delivered(&self, lane: Lane, at: i64) {
        count(&self.counters.delivered);
        if lane == Lane::Urgent {
            self.delivery.took(u64::try_from(now_ms() - at).unwrap_or(0));
        }
    }
}

/// Returns when the relay shall stop.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A lock whose holder panicked is still good: nothing here is left half done.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
