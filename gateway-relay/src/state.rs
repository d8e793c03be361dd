//! What the tasks of the relay share: the spool, the rules, the Worker's orders, the counters.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use relay_wire::{Event, Lane, Orders, ShardStatus};
use tokio::sync::{Notify, watch};

use crate::{
    retry::Circuit,
    rules::Rules,
    spool::{OpenError, Place, Pushed, Spool},
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
    repeated: "Gateway events that came a second time",
    thinned: "Events without text that were dropped for want of room",
    parked: "Times the gateway was left because an event with text found no room",
    withheld: "Texts that were not sent because their author opted out meanwhile",
    erased: "Events erased by order of the Worker",
    revived: "Dead events that were sent again by order of the Worker",
    posts: "POSTs of events to the Worker",
    failed_posts: "POSTs of events that failed as a whole",
    delivered: "Events the Worker answered done",
    retried: "Deliveries that had to be tried again",
    dead: "Events the Worker answered dead",
    ticks: "Ticks the Worker ran",
    connects: "Connections opened to the gateway",
    identifies: "New gateway sessions",
    resumes: "Gateway sessions resumed",
    gaps: "Spans in which events may have been lost",
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

/// Where the Worker's last pause is noted over restarts.
const PAUSE: &str = "pause";

/// Shared by all tasks; locks are held for moments, never over an await.
#[derive(Debug)]
pub struct State {
    pub spool: Mutex<Spool>,
    pub wake_urgent: Arc<Notify>,
    pub wake_bulk: Arc<Notify>,
    pub circuit: Mutex<Circuit>,
    /// The last tick found no Worker.
    pub tick_failed: AtomicBool,
    /// Texts of an earlier run waited when this one began.
    pub had_texts: bool,
    /// Whether the Worker was asked since the start, with whatever success.
    pub filter_asked: watch::Sender<bool>,
    /// None until the Worker has told it once.
    pub rules: watch::Sender<Option<Arc<Rules>>>,
    pub orders: watch::Sender<Orders>,
    /// Of the shards that run here; empty until they are known.
    pub shards: watch::Sender<Vec<ShardStatus>>,
    pub counters: Counters,
    pub delivery: Delivery,
}

impl State {
    /// Opens the spool and begins with what it holds.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open(place: &Place) -> Result<Self, OpenError> {
        let (wake_urgent, wake_bulk) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let woken = (wake_urgent.clone(), wake_bulk.clone());
        let (spool, _) = Spool::open(place, move || {
            woken.0.notify_one();
            woken.1.notify_one();
        })?;
        let pause = spool.noted(PAUSE).and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let rules = spool.filter().map(|filter| Arc::new(Rules::new(&filter)));
        let state = Self {
            had_texts: spool.len(Lane::Urgent) > 0,
            spool: Mutex::new(spool),
            wake_urgent,
            wake_bulk,
            circuit: Mutex::new(Circuit::default()),
            tick_failed: AtomicBool::new(false),
            filter_asked: watch::channel(false).0,
            rules: watch::channel(rules).0,
            // Until the first tick is answered.
            orders: watch::channel(Orders { pause, ..Orders::default() }).0,
            shards: watch::channel(Vec::new()).0,
            counters: Counters::default(),
            delivery: Delivery::default(),
        };
        Ok(state)
    }

    /// Changes what is known of a shard.
    pub fn shard(&self, shard: u32, change: impl FnOnce(&mut ShardStatus)) {
        self.shards.send_modify(|shards| {
            if let Some(status) = shards.iter_mut().find(|status| status.shard == shard) {
                change(status);
            }
        });
    }

    /// Puts an event into the spool and wakes its lane. False if there is no room for its text.
    pub fn push(&self, lane: Lane, event: Event) -> bool {
        let pushed = lock(&self.spool).push(lane, event, now_ms());
        match pushed {
            Pushed::Kept(_) => count(&self.counters.spooled),
            Pushed::Thinned => count(&self.counters.thinned),
            Pushed::Full => return false,
        }
        self.wake(lane).notify_one();
        true
    }

    pub fn wake(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Urgent => &self.wake_urgent,
            Lane::Bulk => &self.wake_bulk,
        }
    }

    /// Takes in what the Worker wants. A timer known before stays known: an isolate may not know of all.
    pub fn obey(&self, mut new: Orders) {
        let mut pause = None;
        let changed = self.orders.send_if_modified(|held| {
            pause = Some(new.pause).filter(|pause| *pause != held.pause);
            new.wake_at = held.wake_at.into_iter().chain(new.wake_at).min();
            let changed = *held != new;
            *held = new;
            changed
        });
        if let Some(pause) = pause {
            lock(&self.spool).note(PAUSE, serde_json::to_vec(&pause).unwrap_or_default());
        }
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
