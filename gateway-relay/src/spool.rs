//! Where events wait until the Worker has them: on the disk, in order, acknowledged one by one.
//!
//! The newest events are in memory, too, so that nothing has to be read back as long as the Worker answers; a thread
//! writes them in groups (`writer.rs`). What is delivered before its group is written never touches the disk: until then
//! the gateway's checkpoint, which is part of the same group, has not moved past it.

mod commit;
mod group;
mod keys;
mod lane;
mod notes;
mod orders;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod thin;
mod writer;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::Ordering::Relaxed,
        mpsc::{Sender, channel},
    },
    thread::{self, JoinHandle},
};

use relay_wire::{Erasure, Event, Lane, RelayConfig};
use tokio::sync::oneshot;

use self::{
    group::{Group, Write},
    lane::LaneQueue,
    store::{Known, Store},
    writer::{Shelf, read},
};
pub use self::{
    keys::{Keys, derived},
    record::Checkpoint,
    store::{Lost, OpenError},
    writer::Disk,
};

/// Events of a lane that wait in memory while the disk does not take them: some 10 MB.
const UNWRITTEN_BOUND: usize = 20_000;
/// Where it is noted since when a spool that broke may have lost events, until a shard begins with it.
const LOST_SINCE: &str = "lost_since";
/// Order numbers are taken from the disk's counter in portions, so that none is given twice, whatever was not written.
const PORTION: u64 = 1_000_000;

/// A delivery may have been under way when the process ended: the Worker has to look before it acts.
const ATTEMPT_AFTER_RESTART: u32 = 2;

/// An event as the spool keeps it.
#[derive(Debug)]
pub struct Spooled {
    pub event: Event,
    /// When it came, milliseconds since 1970.
    pub at: i64,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// With its order number.
    Kept(u64),
    /// Without text, and there is no room for it.
    Thinned,
    /// With text, and there is no room for it: read no more of the gateway until there is, it will tell it again.
    Full,
}

/// Where the spool is and what it may take.
#[derive(Clone, Debug)]
pub struct Place {
    pub dir: PathBuf,
    pub keys: Keys,
    pub max_bytes: u64,
}

/// Both lanes, with one numbering.
pub struct Spool {
    epoch: String,
    /// Lower orders are of an earlier run of the relay.
    first_order: u64,
    next_order: u64,
    reserved: u64,
    urgent: LaneQueue,
    bulk: LaneQueue,
    max_bytes: u64,
    keys: Keys,
    /// What must not be held; repeated with each filter.
    erasures: Vec<Erasure>,
    /// Requests for dead events that were carried out.
    replayed: HashSet<i64>,
    /// What the file knew when it was opened, for when it cannot be read.
    at_open: Known,
    shelf: Shelf,
    disk: Arc<Disk>,
    writes: Option<Sender<Write>>,
    writer: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spool({}, {} urgent, {} bulk)", self.epoch, self.urgent.len(), self.bulk.len())
    }
}

impl Spool {
    /// Opens the spool; what waits in it waits on. `recovered` is called when the disk can be used again.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open(place: &Place, recovered: impl Fn() + Send + 'static) -> Result<(Self, Option<Lost>), OpenError> {
        let (store, lost) = Store::open(&place.dir)?;
        let unreadable =
            |error: redb::Error| OpenError::Io(place.dir.clone(), std::io::Error::other(error.to_string()));
        let epoch = store.meta("epoch").map_err(unreadable)?.and_then(|bytes| String::from_utf8(bytes).ok());
        let epoch = epoch.unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()));
        let counter = store.meta("next_order").map_err(unreadable)?;
        let next_order = counter.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()).map_or(1, u64::from_le_bytes);
        let (urgent, bulk) = (store.extent(Lane::Urgent), store.extent(Lane::Bulk));
        let (urgent, bulk) = (urgent.map_err(unreadable)?, bulk.map_err(unreadable)?);

        let disk = Arc::new(Disk { epoch: epoch.clone(), ..Disk::default() });
        disk.live_bytes.store(urgent.bytes + bulk.bytes, Relaxed);
        disk.file_bytes.store(store.file_bytes(), Relaxed);
        disk.dead.store(store.dead_count().map_err(unreadable)?, Relaxed);
        disk.written.store(next_order.saturating_sub(1), Relaxed);
        // An event may be delivered before it is written. Its number must be taken on the disk by then: a relay that was
        // killed in between would give it to another event.
        let reserved = next_order + PORTION;
        let mut group = Group::after(next_order.saturating_sub(1));
        group.take(Write::Meta("epoch", epoch.clone().into_bytes()));
        group.take(Write::Meta("next_order", reserved.to_le_bytes().to_vec()));
        if let Some(lost) = &lost {
            // Until a shard has told it as a gap.
            group.take(Write::Meta(LOST_SINCE, lost.since().to_le_bytes().to_vec()));
        }
        let taken = store.commit(&group, &place.keys);
        let store = match &taken {
            Ok(_) => {
                group.written();
                store
            }
            Err(error) => {
                tracing::error!(%error, "the spool cannot be written yet; the relay runs on what it can read there");
                // After its first failure the library reads no more, either.
                drop(store);
                Store::open(&place.dir)?.0
            }
        };
        let at_open = store.known().map_err(unreadable)?;
        let filter = at_open.meta.get("filter").and_then(|json| serde_json::from_slice::<RelayConfig>(json).ok());
        let replayed = at_open.meta.get("replayed").and_then(|json| serde_json::from_slice(json).ok());
        let shelf: Shelf = Arc::new(RwLock::new(Some(store)));
        let (writes, to_write) = channel();
        let writer = {
            let (dir, shelf, keys, disk) = (place.dir.clone(), shelf.clone(), place.keys.clone(), disk.clone());
            let run = move || writer::run(group, &to_write, &dir, &shelf, &keys, &disk, recovered);
            let spawned = thread::Builder::new().name("spool".to_owned()).spawn(run);
            spawned.map_err(|error| OpenError::Io(place.dir.clone(), error))?
        };
        let spool = Self {
            epoch,
            first_order: next_order,
            next_order,
            reserved,
            urgent: LaneQueue::new(urgent),
            bulk: LaneQueue::new(bulk),
            max_bytes: place.max_bytes,
            keys: place.keys.clone(),
            // Carried out before the filter was kept.
            erasures: filter.map(|filter| filter.erase).unwrap_or_default(),
            replayed: replayed.unwrap_or_default(),
            at_open,
            shelf,
            disk,
            writes: Some(writes),
            writer: Some(writer),
        };
        if taken.is_err() {
            // The writer tries again what it was given.
            drop(spool.flushed());
        }
        Ok((spool, lost))
    }

    /// Differs from that of every other spool: `order` only compares within one.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// Gives the event its order number and keeps it. `at`: milliseconds since 1970.
    pub fn push(&mut self, lane: Lane, mut event: Event, at: i64) -> Pushed {
        let written = self.disk.written.load(Relaxed);
        let ahead = self.next_order.saturating_sub(written) > UNWRITTEN_BOUND as u64;
        if ahead && self.lane(lane).unwritten(written) >= UNWRITTEN_BOUND {
            return if lane == Lane::Urgent { Pushed::Full } else { Pushed::Thinned };
        }
        if lane == Lane::Bulk && !thin::has_room(event.body.kind(), self.disk.live_bytes.load(Relaxed), self.max_bytes)
        {
            return Pushed::Thinned;
        }
        let order = self.number();
        event.order = order;
        let spooled = Arc::new(Spooled { event, at });
        self.write(Write::Put(lane, spooled.clone()));
        self.lane_mut(lane).push(spooled, written);
        Pushed::Kept(order)
    }

    /// The next order number, for an event that is not kept.
    pub fn number(&mut self) -> u64 {
        let order = self.next_order;
        self.next_order += 1;
        // Early, so that they are on the disk when the first of them is given.
        if self.next_order + PORTION / 2 >= self.reserved {
            self.reserve();
        }
        order
    }

    fn reserve(&mut self) {
        self.reserved = self.next_order + PORTION;
        self.write(Write::Meta("next_order", self.reserved.to_le_bytes().to_vec()));
    }

    /// The next event of the lane that was not handed out yet.
    pub fn next(&mut self, lane: Lane) -> Option<Arc<Spooled>> {
        let (shelf, keys, first_order, erasures) = (&self.shelf, &self.keys, self.first_order, &self.erasures);
        let queue = match lane {
            Lane::Urgent => &mut self.urgent,
            Lane::Bulk => &mut self.bulk,
        };
        queue.next(|from, to, limit| {
            let page = read(shelf, |store| store.page(lane, from, to, limit))?;
            let decode = |order: u64, record: &[u8]| {
                let Ok(mut spooled) = record::decode(record, keys) else {
                    // Of a newer relay perhaps, which comes back.
                    tracing::error!(order, "an event in the spool cannot be read and is passed over");
                    return None;
                };
                if order < first_order {
                    spooled.event.attempt = spooled.event.attempt.max(ATTEMPT_AFTER_RESTART);
                }
                // The writer may not have come to it yet.
                let erased = erasures.iter().any(|erasure| record::concerns(erasure, &spooled.event, spooled.at));
                (!erased).then_some(spooled)
            };
            Some(page.into_iter().map(|(order, record)| (order, decode(order, &record))).collect())
        })
    }

    /// The Worker has it: it need not be kept.
    pub fn done(&mut self, lane: Lane, order: u64) {
        if self.lane_mut(lane).settle(order) {
            self.write(Write::Done(lane, order));
        }
    }

    /// The Worker gave it up: it is kept for a while among the dead. `at`: now, milliseconds since 1970.
    pub fn dead(&mut self, lane: Lane, spooled: Arc<Spooled>, at: i64) {
        if self.lane_mut(lane).settle(spooled.event.order) {
            self.write(Write::Dead(lane, spooled, at));
        }
    }

    /// Drops what has been dead for too long. `now`: milliseconds since 1970.
    pub fn age_dead(&self, now: i64) {
        self.write(Write::AgeDead(now));
    }

    /// Events that were handed out and must not be sent any more.
    pub fn take_withdrawn(&mut self, lane: Lane) -> Vec<u64> {
        self.lane_mut(lane).take_withdrawn()
    }

    /// A file that was lost while it was in use, told once.
    pub fn take_lost(&self) -> Option<Lost> {
        self.disk.lost.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Events in the lane, handed out or not.
    pub fn len(&self, lane: Lane) -> usize {
        self.lane(lane).len()
    }

    pub fn is_empty(&self) -> bool {
        self.urgent.len() == 0 && self.bulk.len() == 0
    }

    /// When the oldest event came, milliseconds since 1970.
    pub fn oldest_at(&self) -> Option<i64> {
        self.urgent.oldest_at().into_iter().chain(self.bulk.oldest_at()).min()
    }

    /// Whether an urgent event finds room.
    pub fn has_room(&self) -> bool {
        self.urgent.unwritten(self.disk.written.load(Relaxed)) < UNWRITTEN_BOUND / 2
    }

    /// Comes when everything up to now is on the disk.
    pub fn flushed(&self) -> oneshot::Receiver<()> {
        let (told, flushed) = oneshot::channel();
        self.write(Write::Flush(told));
        flushed
    }

    /// Writes what is left and lets go of the file.
    pub fn close(&mut self) {
        self.writes = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the spool's writer failed");
        }
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn write(&self, write: Write) {
        if let Some(writes) = &self.writes {
            // It only ends when the spool is closed.
            let _ = writes.send(write);
        }
    }

    fn lane(&self, lane: Lane) -> &LaneQueue {
        match lane {
            Lane::Urgent => &self.urgent,
            Lane::Bulk => &self.bulk,
        }
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneQueue {
        match lane {
            Lane::Urgent => &mut self.urgent,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.close();
    }
}

/// Whether `dir` can hold a spool, for `--check`: makes it, opens it, lets go of it.
///
/// # Errors
/// As [`Spool::open`].
pub fn probe(dir: &Path) -> Result<(), OpenError> {
    Store::open(dir).map(drop)
}
