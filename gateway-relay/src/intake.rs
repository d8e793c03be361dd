//! Takes what comes from the gateway through the filter into the spool.

use std::{collections::VecDeque, sync::Arc};

use relay_wire::{Event, EventBody, Lane};

use crate::{
    dispatch::Dispatch,
    filter::{Filter, session_hash},
    rules::Rules,
    state::{State, count, now_ms},
};

/// Events kept unfiltered until the Worker has said which text may leave: as long as it does not answer, nothing leaves anyway.
const EARLY_BOUND: usize = 20_000;

/// The way of one shard's events into the spool.
#[derive(Debug)]
pub struct Intake {
    state: Arc<State>,
    filter: Filter,
    early: VecDeque<Early>,
}

/// A [`Dispatch`] that has to wait, with what it borrows.
#[derive(Debug)]
struct Early {
    session: Arc<str>,
    seq: u64,
    name: Box<str>,
    data: Box<str>,
    at: i64,
}

impl Intake {
    pub fn new(state: Arc<State>) -> Self {
        Self { state, filter: Filter::default(), early: VecDeque::new() }
    }

    /// Takes one event in.
    pub fn take(&mut self, dispatch: &Dispatch) {
        count(&self.state.counters.received);
        let rules = self.state.rules.borrow().clone();
        match rules {
            Some(rules) => {
                self.take_early(dispatch.shard, dispatch.shard_count, &rules);
                self.filter(dispatch, &rules);
            }
            None if self.early.len() < EARLY_BOUND => {
                let session = match self.early.back() {
                    Some(early) if *early.session == *dispatch.session => Arc::clone(&early.session),
                    _ => dispatch.session.into(),
                };
                self.early.push_back(Early {
                    session,
                    seq: dispatch.seq,
                    name: dispatch.name.into(),
                    data: dispatch.data.into(),
                    at: dispatch.at,
                });
            }
            None => {
                tracing::error!("too many events wait for the filter: text leaves for direct messages only");
                let rules = Arc::new(Rules::default());
                self.take_early(dispatch.shard, dispatch.shard_count, &rules);
                self.filter(dispatch, &rules);
            }
        }
    }

    /// Filters what waited for the rules, now that they are there.
    pub fn rules_came(&mut self, shard: u32, shard_count: u32) {
        let rules = self.state.rules.borrow().clone();
        if let Some(rules) = rules {
            self.take_early(shard, shard_count, &rules);
        }
    }

    /// The session that ended at `from` could not be resumed; nobody knows what happened until `to` (ms since 1970).
    pub fn gap(&self, shard: u32, shard_count: u32, session: &str, from: i64, to: i64) {
        count(&self.state.counters.gaps);
        tracing::error!(from, to, "the gateway session could not be resumed: what happened meanwhile is unknown");
        let event = Event {
            id: format!("{shard}/{shard_count}:{:016x}:gap:urgent", session_hash(session)),
            order: 0,
            attempt: 1,
            body: EventBody::RelayGap { shard, shard_count, from, to, reason: "session_not_resumed".into() },
        };
        self.state.push(Lane::Urgent, event);
    }

    fn take_early(&mut self, shard: u32, shard_count: u32, rules: &Rules) {
        while let Some(early) = self.early.pop_front() {
            let Early { session, seq, name, data, at } = early;
            let (session, name, data) = (&*session, &*name, &*data);
            self.filter(&Dispatch { shard, shard_count, session, seq, name, data, at }, rules);
        }
        self.early.shrink_to_fit();
    }

    fn filter(&mut self, dispatch: &Dispatch, rules: &Rules) {
        match self.filter.apply(dispatch, rules) {
            Ok(events) => events.into_iter().for_each(|(lane, event)| self.state.push(lane, event)),
            Err(unreadable) => {
                count(&self.state.counters.unreadable);
                tracing::error!(
                    event = %unreadable.name,
                    reason = %unreadable.reason,
                    seq = dispatch.seq,
                    received_ms_ago = now_ms() - dispatch.at,
                    "a gateway event could not be read and is lost; please report it"
                );
            }
        }
    }
}
