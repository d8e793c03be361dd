//! Takes what comes from the gateway through the filter into the spool, and moves the checkpoint behind it.

use std::{collections::VecDeque, sync::Arc};

use relay_wire::{Event, EventBody, Lane};

use crate::{
    dispatch::Dispatch,
    filter::{Filter, session_hash},
    rules::Rules,
    spool::Checkpoint,
    state::{State, count, lock, now_ms},
};

/// Events kept unfiltered until the Worker has said for the first time which text may leave: as long as it does not
/// answer, nothing leaves anyway. Later starts have the last filter from the spool.
const EARLY_BOUND: usize = 10_000;
/// What the gateway tells again after a restart may have been delivered already.
const ATTEMPT_OF_REPLAY: u32 = 2;

/// There is no room for a text: the shard has to come back to this event later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The way of one shard's events into the spool.
#[derive(Debug)]
pub struct Intake {
    state: Arc<State>,
    shard: u32,
    shard_count: u32,
    /// `shard/total`, as checkpoints are filed.
    name: String,
    filter: Filter,
    early: VecDeque<Early>,
    resume_url: Option<String>,
    replaying: bool,
    /// While the gateway repeats what was missed: when it began to be missed. Should that end halfway, the rest is older
    /// than what has come.
    missed_since: Option<i64>,
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
    /// Knows what the spool remembers of the shard. Also gives the place to resume from.
    pub fn new(state: Arc<State>, shard: u32, shard_count: u32) -> (Self, Option<Checkpoint>) {
        let name = format!("{shard}/{shard_count}");
        let (checkpoint, threads, bots) = {
            let spool = lock(&state.spool);
            (spool.last_checkpoint(&name), spool.threads(), spool.bots())
        };
        let threads = threads.into_iter().map(|(id, thread)| (relay_wire::Snowflake(id), thread));
        let ours = threads.filter(|(_, thread)| (thread.guild_id.0 >> 22) % u64::from(shard_count) == u64::from(shard));
        let filter = Filter::remembering(checkpoint.as_ref().and_then(|checkpoint| checkpoint.me), ours, bots);
        let resume_url = checkpoint.as_ref().and_then(|checkpoint| checkpoint.resume_url.clone());
        let replaying = checkpoint.is_some();
        let intake = Self {
            state,
            shard,
            shard_count,
            name,
            filter,
            early: VecDeque::new(),
            resume_url,
            replaying,
            missed_since: None,
        };
        (intake, checkpoint)
    }

    /// Where this session is to be resumed.
    pub fn resumes_at(&mut self, url: Option<&str>) {
        self.resume_url = url.map(ToOwned::to_owned);
    }

    /// The connection broke, or there was none; `since`: when something last came before (ms since 1970).
    pub fn missing(&mut self, since: Option<i64>) {
        self.missed_since = since;
    }

    /// What the gateway had to repeat has come.
    pub fn caught_up(&mut self) {
        self.replaying = false;
        self.missed_since = None;
    }

    /// Takes one event in.
    ///
    /// # Errors
    /// [`Full`]: the event was not taken.
    pub fn take(&mut self, dispatch: &Dispatch) -> Result<(), Full> {
        let rules = self.state.rules.borrow().clone();
        match rules {
            Some(rules) => {
                self.take_early(&rules)?;
                self.filter(dispatch, &rules)
            }
            // It tells who the bot is, whatever the rules. From there on the gateway can tell all again.
            None if dispatch.name == "READY" && self.early.is_empty() => self.filter(dispatch, &Rules::default()),
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
                Ok(())
            }
            None => {
                tracing::error!("too many events wait for the filter: text leaves for direct messages only");
                let rules = Arc::new(Rules::default());
                self.take_early(&rules)?;
                self.filter(dispatch, &rules)
            }
        }
    }

    /// Filters what waited for the rules, now that they are there.
    ///
    /// # Errors
    /// [`Full`]: the rest waits on.
    pub fn rules_came(&mut self) -> Result<(), Full> {
        let rules = self.state.rules.borrow().clone();
        rules.map_or(Ok(()), |rules| self.take_early(&rules))
    }

    /// The session that ended at `from` could not be resumed; nobody knows what happened since (ms since 1970).
    ///
    /// # Errors
    /// [`Full`]: it could not be told.
    pub fn gap(&self, session: &str, from: i64, reason: &str) -> Result<(), Full> {
        let id = format!("{:016x}", session_hash(session));
        tell_gap(&self.state, (self.shard, self.shard_count), &id, from, reason)
    }

    /// The connection lives, though nothing was said.
    pub fn alive(&self, session: &str, seq: u64, at: i64) {
        if self.early.is_empty() {
            self.checkpoint(session, seq, at);
        }
    }

    fn take_early(&mut self, rules: &Rules) -> Result<(), Full> {
        while let Some(early) = self.early.pop_front() {
            let Early { session, seq, name, data, at } = &early;
            let (shard, shard_count) = (self.shard, self.shard_count);
            let dispatch = Dispatch { shard, shard_count, session, seq: *seq, name, data, at: *at };
            if let Err(full) = self.filter(&dispatch, rules) {
                self.early.push_front(early);
                return Err(full);
            }
        }
        self.early.shrink_to_fit();
        Ok(())
    }

    fn filter(&mut self, dispatch: &Dispatch, rules: &Rules) -> Result<(), Full> {
        match self.filter.apply(dispatch, rules) {
            Ok(events) => {
                for (lane, mut event) in events {
                    if self.replaying {
                        event.attempt = ATTEMPT_OF_REPLAY;
                    }
                    // Urgent comes first: if it finds no room, nothing of the event was taken.
                    if !self.state.push(lane, event) {
                        return Err(Full);
                    }
                }
            }
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
        count(&self.state.counters.received);
        for (id, thread) in self.filter.take_thread_changes() {
            lock(&self.state.spool).thread(id.0, thread);
        }
        let met = self.filter.take_new_bots();
        if !met.is_empty() {
            lock(&self.state.spool).keep_bots(&met);
        }
        self.checkpoint(dispatch.session, dispatch.seq, dispatch.at);
        Ok(())
    }

    /// In the same commit as the events before it, or a later one.
    fn checkpoint(&self, session: &str, seq: u64, at: i64) {
        if session.is_empty() {
            return;
        }
        let checkpoint = Checkpoint {
            session: session.to_owned(),
            seq,
            resume_url: self.resume_url.clone(),
            me: self.filter.me(),
            at: self.missed_since.unwrap_or(at),
            lost: false,
        };
        lock(&self.state.spool).checkpoint(&self.name, checkpoint);
    }
}

/// Says that since `from` (ms since 1970) events may have been lost. `id` makes the event's id unique.
///
/// # Errors
/// [`Full`]: it could not be told.
pub fn tell_gap(
    state: &State,
    (shard, shard_count): (u32, u32),
    id: &str,
    from: i64,
    reason: &str,
) -> Result<(), Full> {
    let to = now_ms();
    // The clock may have been set back meanwhile.
    let from = from.min(to);
    tracing::error!(shard, from, to, reason, "events may have been lost: the Worker is told to look");
    let event = Event {
        id: format!("{shard}/{shard_count}:{id}:gap:urgent"),
        order: 0,
        attempt: 1,
        body: EventBody::RelayGap { shard, shard_count, from, to, reason: reason.to_owned() },
    };
    if !state.push(Lane::Urgent, event) {
        return Err(Full);
    }
    count(&state.counters.gaps);
    Ok(())
}
