//! Where events wait until the Worker has them: bounded, in order, acknowledged one by one. **In memory only by now.**
//!
//! What is here when the process dies is lost; the durable spool comes next and keeps these functions.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use relay_wire::{Event, Lane};

/// Events without text that are kept at most; above it new ones are dropped and counted.
pub const BULK_BOUND: usize = 100_000;
/// Events with text: far above what a Worker's outage of an hour brings, so that only a flood gets there.
pub const URGENT_BOUND: usize = 100_000;

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
    /// An event with this id waits already: the gateway sent it again after a resume.
    Known,
    /// The lane is full.
    Full,
}

/// Both lanes, with one numbering.
#[derive(Debug)]
pub struct Spool {
    epoch: String,
    next_order: u64,
    urgent: LaneSpool,
    bulk: LaneSpool,
    ids: HashMap<String, (Lane, u64)>,
}

#[derive(Debug, Default)]
struct LaneSpool {
    events: BTreeMap<u64, Arc<Spooled>>,
    /// Orders below it were handed out by [`Spool::next`].
    cursor: u64,
    dropped: u64,
}

impl Spool {
    /// `epoch` must differ from that of any spool before: `order` only compares within one.
    pub fn new(epoch: String) -> Self {
        Self { epoch, next_order: 1, urgent: LaneSpool::default(), bulk: LaneSpool::default(), ids: HashMap::new() }
    }

    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Gives the event its order number and keeps it. `at`: milliseconds since 1970.
    pub fn push(&mut self, lane: Lane, mut event: Event, at: i64) -> Pushed {
        if self.ids.contains_key(&event.id) {
            return Pushed::Known;
        }
        let bound = match lane {
            Lane::Urgent => URGENT_BOUND,
            Lane::Bulk => BULK_BOUND,
        };
        if self.lane(lane).events.len() >= bound {
            self.lane_mut(lane).dropped += 1;
            return Pushed::Full;
        }
        let order = self.number();
        event.order = order;
        self.ids.insert(event.id.clone(), (lane, order));
        self.lane_mut(lane).events.insert(order, Arc::new(Spooled { event, at }));
        Pushed::Kept(order)
    }

    /// The next order number, for an event that is not kept.
    pub fn number(&mut self) -> u64 {
        let order = self.next_order;
        self.next_order += 1;
        order
    }

    /// Whether an event with this id waits.
    pub fn holds(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// The next event of the lane that was not handed out yet.
    pub fn next(&mut self, lane: Lane) -> Option<Arc<Spooled>> {
        let spool = self.lane_mut(lane);
        let (order, event) = spool.events.range(spool.cursor..).next()?;
        spool.cursor = order + 1;
        Some(Arc::clone(event))
    }

    /// The Worker has it, or never will: it need not be kept. Unknown ids are ignored.
    pub fn ack(&mut self, id: &str) {
        if let Some((lane, order)) = self.ids.remove(id) {
            self.lane_mut(lane).events.remove(&order);
        }
    }

    /// Events in the lane, handed out or not.
    pub fn len(&self, lane: Lane) -> usize {
        self.lane(lane).events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// When the oldest event came, milliseconds since 1970.
    pub fn oldest_at(&self) -> Option<i64> {
        let first = |lane: &LaneSpool| lane.events.first_key_value().map(|(_, event)| event.at);
        first(&self.urgent).into_iter().chain(first(&self.bulk)).min()
    }

    /// Events that came while the lane was full.
    pub fn dropped(&self, lane: Lane) -> u64 {
        self.lane(lane).dropped
    }

    fn lane(&self, lane: Lane) -> &LaneSpool {
        match lane {
            Lane::Urgent => &self.urgent,
            Lane::Bulk => &self.bulk,
        }
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneSpool {
        match lane {
            Lane::Urgent => &mut self.urgent,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

#[cfg(test)]
mod tests {
    use relay_wire::{EventBody, Snowflake};

    use super::*;

    fn event(id: &str) -> Event {
        let body = EventBody::GuildLeft { guild_id: Snowflake(1) };
        Event { id: id.into(), order: 0, attempt: 1, body }
    }

    #[test]
    fn events_come_out_in_order_once_and_stay_until_they_are_acknowledged() {
        let mut spool = Spool::new("e1".into());
        assert_eq!(spool.push(Lane::Bulk, event("a"), 10), Pushed::Kept(1));
        assert_eq!(spool.push(Lane::Urgent, event("b"), 11), Pushed::Kept(2));
        assert_eq!(spool.push(Lane::Bulk, event("c"), 12), Pushed::Kept(3));

        let out: Vec<_> =
            std::iter::from_fn(|| spool.next(Lane::Bulk)).map(|e| (e.event.id.clone(), e.event.order)).collect();
        assert_eq!(out, [("a".to_owned(), 1), ("c".to_owned(), 3)]);
        assert_eq!((spool.len(Lane::Bulk), spool.len(Lane::Urgent)), (2, 1));
        assert_eq!(spool.oldest_at(), Some(10));

        spool.ack("a");
        spool.ack("nobody knows this one");
        assert_eq!((spool.len(Lane::Bulk), spool.oldest_at()), (1, Some(11)));
        spool.ack("b");
        spool.ack("c");
        assert!(spool.is_empty());
    }

    #[test]
    fn an_event_that_the_gateway_sends_again_waits_only_once() {
        let mut spool = Spool::new("e1".into());
        spool.push(Lane::Urgent, event("a"), 0);
        assert_eq!(spool.push(Lane::Urgent, event("a"), 5), Pushed::Known);
        assert_eq!(spool.len(Lane::Urgent), 1);
    }

    #[test]
    fn a_full_lane_counts_what_it_drops_and_leaves_the_other_lane_alone() {
        let mut spool = Spool::new("e1".into());
        for number in 0..BULK_BOUND {
            spool.push(Lane::Bulk, event(&number.to_string()), 0);
        }
        assert_eq!(spool.push(Lane::Bulk, event("one too many"), 0), Pushed::Full);
        assert!(matches!(spool.push(Lane::Urgent, event("text"), 0), Pushed::Kept(_)));
        assert_eq!((spool.dropped(Lane::Bulk), spool.dropped(Lane::Urgent)), (1, 0));
    }
}
