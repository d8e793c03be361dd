//! What one lane sends next: who waits for whom, who waits for a retry, who waits for company. Pure; time is passed in.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use relay_wire::Snowflake;
use tokio::time::Instant;

use crate::spool::Spooled;

/// An event under way or waiting for a retry holds back the same member's later ones this long at most. Those that wait
/// only because there are many before them wait on, as long as it goes forward.
pub const LONGEST_HOLD: Duration = Duration::from_secs(2);

/// How a lane sends.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Most events in a POST.
    pub batch: usize,
    /// A batch that is not full waits this long for company.
    pub linger: Duration,
    /// A member's events keep their order.
    pub in_order: bool,
}

/// One event as it goes out.
#[derive(Clone, Debug)]
pub struct Sent {
    pub order: u64,
    /// 1 on the first delivery that there can have been.
    pub attempt: u32,
    pub spooled: Arc<Spooled>,
}

#[derive(Debug)]
struct Entry {
    spooled: Arc<Spooled>,
    attempts: u32,
    /// Since when it could have gone.
    since: Instant,
    /// Set while or after it was held back.
    held_until: Option<Instant>,
    /// Goes alone: it was in a POST that failed as a whole, and may be why.
    alone: bool,
}

#[derive(Debug, Default)]
struct Busy {
    /// The member's events under way or waiting for a retry.
    orders: HashSet<u64>,
    /// Since when the first of them is the first.
    since: Option<Instant>,
    held: BTreeSet<u64>,
}

/// The events of one lane that are in memory, from the spool until they are settled.
#[derive(Debug)]
pub struct Line {
    habits: Habits,
    entries: BTreeMap<u64, Entry>,
    ready: BTreeSet<u64>,
    /// Waiting for a retry, or held back; by the time this ends.
    timed: BTreeSet<(Instant, u64)>,
    /// Those of `timed` that wait only because the Worker was not to be had, and until when.
    outage: BTreeMap<u64, Instant>,
    busy: HashMap<Snowflake, Busy>,
    /// Do not linger with what is ready now.
    flush: bool,
}

impl Line {
    pub fn new(habits: Habits) -> Self {
        Self {
            habits,
            entries: BTreeMap::new(),
            ready: BTreeSet::new(),
            timed: BTreeSet::new(),
            outage: BTreeMap::new(),
            busy: HashMap::new(),
            flush: false,
        }
    }

    /// Events taken in and not settled.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Orders of the events for which `is` holds.
    pub fn find(&self, is: impl Fn(&Spooled) -> bool) -> Vec<u64> {
        self.entries.iter().filter(|(_, entry)| is(&entry.spooled)).map(|(order, _)| *order).collect()
    }

    /// Events that could go now.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Events that could go now, or wait for a retry or for their member's others.
    pub fn backlog(&self) -> usize {
        self.ready.len() + self.timed.len()
    }

    /// Send what is ready without waiting for company.
    pub fn flush(&mut self) {
        self.flush = true;
    }

    /// From now on batches wait no longer than this.
    pub fn set_linger(&mut self, linger: Duration) {
        self.habits.linger = linger;
    }

    pub fn add(&mut self, spooled: Arc<Spooled>, now: Instant) {
        let order = spooled.event.order;
        let entry = Entry { spooled, attempts: 0, since: now, held_until: None, alone: false };
        self.entries.insert(order, entry);
        self.ready.insert(order);
    }

    /// Makes ready what waited until `now`.
    pub fn wake(&mut self, now: Instant) {
        while let Some(&(due, order)) = self.timed.first() {
            if due > now {
                return;
            }
            self.timed.pop_first();
            self.outage.remove(&order);
            if let Some(entry) = self.entries.get(&order) {
                let member = entry.spooled.event.body.member();
                if let Some(busy) = member.and_then(|member| self.busy.get_mut(&member)) {
                    busy.held.remove(&order);
                }
                self.ready.insert(order);
            }
        }
    }

    /// Makes ready the oldest of those that wait only because the Worker was not to be had: it is asked again, or back.
    pub fn hurry(&mut self, most: usize) {
        for _ in 0..most {
            let Some((order, due)) = self.outage.pop_first() else { return };
            if self.timed.remove(&(due, order)) && self.entries.contains_key(&order) {
                self.ready.insert(order);
            }
        }
    }

    /// When an event that waits may go; [`Line::wake`] makes it ready.
    pub fn next_timed(&self) -> Option<Instant> {
        self.timed.first().map(|(due, _)| *due)
    }

    /// When [`Line::take`] has something to give; None if nothing is ready.
    pub fn next_batch(&self, now: Instant) -> Option<Instant> {
        let since = self.oldest_ready()?;
        let full = self.flush || self.ready.len() >= self.habits.batch;
        Some(if full { now } else { since + self.habits.linger })
    }

    /// The next POST: at most `limit` events, in order. Empty if nothing may go yet.
    pub fn take(&mut self, limit: usize, now: Instant) -> Vec<Sent> {
        let limit = limit.min(self.habits.batch);
        if self.next_batch(now).is_none_or(|at| at > now) {
            return Vec::new();
        }
        let mut batch: Vec<Sent> = Vec::new();
        let mut members = HashSet::new();
        let mut alone = false;
        while batch.len() < limit && !alone {
            let Some(&order) = self.ready.first() else { break };
            let Some(entry) = self.entries.get_mut(&order) else {
                self.ready.remove(&order);
                continue;
            };
            if entry.alone && !batch.is_empty() {
                break;
            }
            self.ready.remove(&order);
            let member = entry.spooled.event.body.member().filter(|_| self.habits.in_order);
            if let Some(member) = member {
                let busy = self.busy.entry(member).or_default();
                let under_way = !members.contains(&member) && busy.orders.iter().any(|other| *other != order);
                let waits_for_others = under_way || busy.held.first().is_some_and(|held| *held < order);
                let until = *busy.since.get_or_insert(now) + LONGEST_HOLD;
                if waits_for_others && entry.attempts == 0 && until > now {
                    entry.held_until = Some(until);
                    busy.held.insert(order);
                    self.timed.insert((until, order));
                    continue;
                }
                busy.orders.insert(order);
                members.insert(member);
            }
            alone = entry.alone;
            entry.attempts += 1;
            let attempt = entry.attempts + entry.spooled.event.attempt.saturating_sub(1);
            batch.push(Sent { order, attempt, spooled: Arc::clone(&entry.spooled) });
        }
        if self.ready.is_empty() {
            self.flush = false;
        }
        batch
    }

    /// The event is done or dead: it is forgotten, and the member's later ones may go.
    pub fn settle(&mut self, order: u64) {
        let Some(entry) = self.entries.remove(&order) else {
            return;
        };
        // One that is withdrawn was not under way: nothing of it may stay, or the lane would wait for it.
        self.ready.remove(&order);
        let Some(member) = entry.spooled.event.body.member().filter(|_| self.habits.in_order) else {
            return;
        };
        let Some(busy) = self.busy.get_mut(&member) else { return };
        busy.orders.remove(&order);
        busy.held.remove(&order);
        if busy.orders.iter().all(|other| *other > order) {
            busy.since = None;
        }
        if !busy.orders.is_empty() {
            return;
        }
        // One batch at a time: a member who floods must not make every answer cost a walk over all of it.
        for _ in 0..self.habits.batch {
            let Some(held) = busy.held.pop_first() else { break };
            if let Some(until) = self.entries.get(&held).and_then(|entry| entry.held_until) {
                self.timed.remove(&(until, held));
            }
            self.ready.insert(held);
        }
        if busy.held.is_empty() {
            self.busy.remove(&member);
        }
    }

    /// The event is sent again at `due`, or when the Worker is back if it waits only for that; `alone`: in a POST of its own.
    pub fn retry(&mut self, order: u64, due: Instant, alone: bool, outage: bool) {
        if let Some(entry) = self.entries.get_mut(&order) {
            entry.alone = alone;
            // Its company was waited for once already.
            entry.since = due.checked_sub(self.habits.linger).unwrap_or(due);
            self.timed.insert((due, order));
            if outage {
                self.outage.insert(order, due);
            }
        }
    }

    fn oldest_ready(&self) -> Option<Instant> {
        let first = self.ready.first()?;
        self.entries.get(first).map(|entry| entry.since)
    }
}

#[cfg(test)]
mod tests;
