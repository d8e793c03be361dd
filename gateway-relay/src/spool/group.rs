//! What is written to the spool's file together: one commit, one fsync.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use relay_wire::{Erasure, Lane};
use tokio::sync::oneshot;

use super::{Spooled, record::Checkpoint};
use crate::threads::Thread;

/// One thing to be written. They are taken in the order in which they were sent.
#[derive(Debug)]
pub enum Write {
    Put(Lane, Arc<Spooled>),
    /// The Worker has it.
    Done(Lane, u64),
    /// The Worker gave it up, at this time (ms since 1970).
    Dead(Lane, Arc<Spooled>, i64),
    /// A dead event waits again.
    Revive(Lane, Arc<Spooled>),
    /// None: forget it.
    Checkpoint(String, Option<Checkpoint>),
    Thread(u64, Option<Thread>),
    Meta(&'static str, Vec<u8>),
    /// On the disk, dead or waiting.
    Erase(Vec<Erasure>),
    /// Drop what has been dead for too long, at this time (ms since 1970).
    AgeDead(i64),
    /// Answer when everything before it is on the disk.
    Flush(oneshot::Sender<()>),
}

/// Writes that wait for their commit.
#[derive(Debug, Default)]
pub struct Group {
    puts: BTreeMap<u64, (Lane, Arc<Spooled>)>,
    done: Vec<(Lane, u64)>,
    pub dead: BTreeMap<u64, (Lane, i64, Arc<Spooled>)>,
    pub revived: Vec<u64>,
    pub erased: Vec<Erasure>,
    pub age_dead_at: Option<i64>,
    pub checkpoints: HashMap<String, Option<Checkpoint>>,
    pub threads: HashMap<u64, Option<Thread>>,
    pub meta: HashMap<&'static str, Vec<u8>>,
    /// The last of each, also by earlier groups.
    told: HashMap<&'static str, Vec<u8>>,
    /// To be told when it is on the disk.
    pub waiting: Vec<oneshot::Sender<()>>,
    /// Highest order that was put so far, also by earlier groups.
    pub highest: u64,
}

impl Group {
    /// `highest`: the highest order that was put before.
    pub fn after(highest: u64) -> Self {
        Self { highest, ..Self::default() }
    }

    pub fn take(&mut self, write: Write) {
        match write {
            Write::Put(lane, spooled) => {
                let order = spooled.event.order;
                self.highest = self.highest.max(order);
                self.puts.insert(order, (lane, spooled));
            }
            Write::Done(lane, order) => self.remove(lane, order),
            Write::Dead(lane, spooled, at) => {
                let order = spooled.event.order;
                self.remove(lane, order);
                // It was revived a moment ago, and is dead again.
                self.revived.retain(|other| *other != order);
                self.dead.insert(order, (lane, at, spooled));
            }
            Write::Revive(lane, spooled) => {
                let order = spooled.event.order;
                self.dead.remove(&order);
                self.revived.push(order);
                self.puts.insert(order, (lane, spooled));
            }
            Write::Checkpoint(shard, checkpoint) => drop(self.checkpoints.insert(shard, checkpoint)),
            Write::Thread(id, thread) => drop(self.threads.insert(id, thread)),
            Write::Meta(key, value) => {
                self.told.insert(key, value.clone());
                self.meta.insert(key, value);
            }
            Write::Erase(erasures) => self.erased.extend(erasures),
            Write::AgeDead(now) => self.age_dead_at = Some(now),
            Write::Flush(told) => self.waiting.push(told),
        }
    }

    /// What was delivered before it was written need not be written at all.
    fn remove(&mut self, lane: Lane, order: u64) {
        if self.puts.remove(&order).is_none() {
            self.done.push((lane, order));
        }
    }

    pub fn puts(&self, lane: Lane) -> impl Iterator<Item = (u64, &Spooled)> {
        let of_lane = self.puts.iter().filter(move |(_, (its, _))| *its == lane);
        of_lane.map(|(order, (_, spooled))| (*order, &**spooled))
    }

    pub fn done(&self, lane: Lane) -> impl Iterator<Item = u64> {
        self.done.iter().filter(move |(its, _)| *its == lane).map(|(_, order)| *order)
    }

    pub fn touches_dead(&self) -> bool {
        !(self.dead.is_empty() && self.revived.is_empty() && self.erased.is_empty()) || self.age_dead_at.is_some()
    }

    /// Writes in it.
    pub fn len(&self) -> usize {
        self.puts.len() + self.done.len() + self.dead.len() + self.erased.len() + self.threads.len()
    }

    /// Whether somebody waits for it, or an event would be lost without it.
    pub fn is_pressing(&self) -> bool {
        !self.puts.is_empty() || !self.dead.is_empty() || !self.erased.is_empty() || !self.waiting.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
            && !self.touches_dead()
            && self.checkpoints.is_empty()
            && self.meta.is_empty()
            && self.waiting.is_empty()
    }

    /// It is on the disk: begin the next one.
    pub fn written(&mut self) {
        for told in self.waiting.drain(..) {
            // Who no longer waits need not be told.
            let _ = told.send(());
        }
        *self = Self { told: std::mem::take(&mut self.told), ..Self::after(self.highest) };
    }

    /// The file is a new one, in which nothing is noted.
    pub fn tell_anew(&mut self) {
        for (key, value) in &self.told {
            self.meta.entry(key).or_insert_with(|| value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use relay_wire::{Event, EventBody, Snowflake};

    use super::*;

    fn spooled(order: u64) -> Arc<Spooled> {
        let body = EventBody::GuildLeft { guild_id: Snowflake(1) };
        Arc::new(Spooled { event: Event { id: order.to_string(), order, attempt: 1, body }, at: 0 })
    }

    #[test]
    fn what_is_delivered_before_it_is_written_never_touches_the_disk() {
        let mut group = Group::default();
        group.take(Write::Put(Lane::Urgent, spooled(1)));
        group.take(Write::Put(Lane::Urgent, spooled(2)));
        group.take(Write::Done(Lane::Urgent, 1));
        assert_eq!(group.puts(Lane::Urgent).map(|(order, _)| order).collect::<Vec<_>>(), [2]);
        assert_eq!(group.done(Lane::Urgent).count(), 0);
        group.written();
        assert!(group.is_empty());
        group.take(Write::Done(Lane::Urgent, 2));
        assert_eq!(group.done(Lane::Urgent).collect::<Vec<_>>(), [2]);
        assert_eq!(group.highest, 2, "orders are remembered over commits");
    }

    #[test]
    fn what_dies_before_it_is_written_is_only_kept_among_the_dead() {
        let mut group = Group::default();
        group.take(Write::Put(Lane::Bulk, spooled(1)));
        group.take(Write::Dead(Lane::Bulk, spooled(1), 5));
        assert_eq!((group.puts(Lane::Bulk).count(), group.dead.len()), (0, 1));
        assert!(group.is_pressing());
    }
}
