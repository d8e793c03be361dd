//! One lane of the spool as memory sees it: which events are here, which only on the disk, which were handed out. Pure.

use std::{
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use super::{Spooled, store::Extent};

/// Events that were not handed out and are kept in memory; newer ones are read back from the disk when their turn comes.
const IN_MEMORY: usize = 4_096;
/// Events read from the disk at once.
const PAGE: usize = 256;

/// Orders that are only on the disk, all of them between the two; some in between may be in memory or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OnDisk {
    from: u64,
    to: u64,
    /// When the first of them came (ms since 1970), as far as known.
    since: Option<i64>,
}

#[derive(Debug, Default)]
pub struct LaneQueue {
    /// Not handed out yet.
    waiting: BTreeMap<u64, Arc<Spooled>>,
    on_disk: Option<OnDisk>,
    /// How many are only on the disk.
    on_disk_count: usize,
    /// Handed out and not settled.
    handed: BTreeMap<u64, Arc<Spooled>>,
    /// Were handed out, and shall not be sent any more.
    withdrawn: Vec<u64>,
    /// Dead ones that wait again, with their old orders.
    revived: Vec<Arc<Spooled>>,
}

/// A page of the disk: orders, and events unless they are to be passed over.
pub type Page = Vec<(u64, Option<Spooled>)>;

impl LaneQueue {
    /// What the disk held at the start.
    pub fn new(extent: Extent) -> Self {
        let on_disk = extent.orders.map(|(from, to)| OnDisk { from, to, since: extent.oldest_at });
        Self { on_disk, on_disk_count: usize::try_from(extent.events).unwrap_or(usize::MAX), ..Self::default() }
    }

    /// Its order must be higher than any before. Orders up to `written` are on the disk.
    pub fn push(&mut self, spooled: Arc<Spooled>, written: u64) {
        self.waiting.insert(spooled.event.order, spooled);
        if self.waiting.len() > IN_MEMORY {
            self.leave_to_disk(written);
        }
    }

    /// Lets go of the newest events that are on the disk, as far as there are too many.
    fn leave_to_disk(&mut self, written: u64) {
        let Some(bound) = self.waiting.keys().nth(IN_MEMORY / 2).copied() else { return };
        if bound > written {
            return;
        }
        let mut tail = self.waiting.split_off(&bound);
        let mut unwritten = tail.split_off(&(written + 1));
        if let (Some((from, first)), Some((to, _))) = (tail.first_key_value(), tail.last_key_value()) {
            let known = self.on_disk;
            self.on_disk = Some(OnDisk {
                from: known.map_or(*from, |known| known.from.min(*from)),
                to: known.map_or(*to, |known| known.to.max(*to)),
                since: known.map_or(Some(first.at), |known| known.since),
            });
            self.on_disk_count += tail.len();
        }
        self.waiting.append(&mut unwritten);
    }

    /// Events that are in memory because the disk has not taken them yet.
    pub fn unwritten(&self, written: u64) -> usize {
        self.waiting.range(written + 1..).count()
    }

    /// The next event. `page(from, to, limit)` reads the disk; None while it cannot.
    pub fn next(&mut self, page: impl Fn(u64, u64, usize) -> Option<Page>) -> Option<Arc<Spooled>> {
        if let Some(spooled) = self.revived.pop() {
            return Some(self.hand_out(spooled));
        }
        while let Some(OnDisk { from, to, .. }) = self.on_disk
            && self.waiting.first_key_value().is_none_or(|(first, _)| *first >= from)
        {
            // What is in memory behind the disk's events must not be read a second time.
            let events = page(from, to, PAGE)?;
            let last = events.last().map(|(order, _)| *order);
            let whole = events.len() < PAGE;
            for (order, spooled) in events {
                if self.handed.contains_key(&order) {
                    continue;
                }
                let btree_map::Entry::Vacant(slot) = self.waiting.entry(order) else { continue };
                self.on_disk_count = self.on_disk_count.saturating_sub(1);
                if let Some(spooled) = spooled {
                    slot.insert(Arc::new(spooled));
                }
            }
            self.on_disk = match last {
                Some(last) if !whole && last < to => Some(OnDisk { from: last + 1, to, since: None }),
                _ => None,
            };
            if self.on_disk.is_none() {
                // Were some lost with a broken file, the count must not go on for ever.
                self.on_disk_count = 0;
            }
        }
        let (_, next) = self.waiting.pop_first()?;
        Some(self.hand_out(next))
    }

    fn hand_out(&mut self, spooled: Arc<Spooled>) -> Arc<Spooled> {
        self.handed.insert(spooled.event.order, spooled.clone());
        spooled
    }

    /// It was handed out and is over. False if nobody knows it.
    pub fn settle(&mut self, order: u64) -> bool {
        self.handed.remove(&order).is_some()
    }

    /// Forgets the events in memory for which `is` holds, handed out or not; their orders. The disk is not asked.
    pub fn withdraw(&mut self, is: impl Fn(&Spooled) -> bool) -> Vec<u64> {
        let mut gone: Vec<u64> =
            self.waiting.extract_if(.., |_, spooled| is(spooled)).map(|(order, _)| order).collect();
        let handed: Vec<u64> = self.handed.extract_if(.., |_, spooled| is(spooled)).map(|(order, _)| order).collect();
        gone.extend(self.revived.extract_if(.., |spooled| is(spooled)).map(|spooled| spooled.event.order));
        gone.extend(&handed);
        self.withdrawn.extend(handed);
        gone
    }

    pub fn take_withdrawn(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.withdrawn)
    }

    /// A dead event waits again under its old order. False if it waits already.
    pub fn revive(&mut self, order: u64, spooled: Arc<Spooled>) -> bool {
        let known = self.handed.contains_key(&order) || self.waiting.contains_key(&order);
        let known = known || self.revived.iter().any(|other| other.event.order == order);
        if !known {
            self.revived.push(spooled);
        }
        !known
    }

    #[cfg(test)]
    pub fn in_memory(&self) -> usize {
        self.waiting.len()
    }

    pub fn len(&self) -> usize {
        self.waiting.len() + self.on_disk_count + self.handed.len() + self.revived.len()
    }

    pub fn oldest_at(&self) -> Option<i64> {
        let first = |events: &BTreeMap<u64, Arc<Spooled>>| events.first_key_value().map(|(_, spooled)| spooled.at);
        let on_disk = self.on_disk.and_then(|on_disk| on_disk.since);
        first(&self.handed).into_iter().chain(first(&self.waiting)).chain(on_disk).min()
    }
}
