//! What the Worker orders of the spool: erasures, and dead events that shall wait again.

use std::sync::Arc;

use relay_wire::{Erasure, Lane, Replay};

use super::{ATTEMPT_AFTER_RESTART, Spool, group::Write, record, writer::read};

impl Spool {
    /// Forgets what the erasures mean, on the disk and in memory, dead or waiting. Events that were handed out are in
    /// [`Spool::take_withdrawn`]. How many were in memory.
    pub fn erase(&mut self, erasures: &[Erasure]) -> usize {
        let new: Vec<Erasure> = erasures.iter().filter(|erasure| !self.erasures.contains(erasure)).cloned().collect();
        self.erasures = erasures.to_vec();
        if new.is_empty() {
            return 0;
        }
        let mut erased = 0;
        for lane in [Lane::Urgent, Lane::Bulk] {
            let orders = self
                .lane_mut(lane)
                .withdraw(|spooled| new.iter().any(|erasure| record::concerns(erasure, &spooled.event, spooled.at)));
            erased += orders.len();
            orders.into_iter().for_each(|order| self.write(Write::Done(lane, order)));
        }
        self.write(Write::Erase(new));
        erased
    }

    /// Lets dead events wait again, each request once. `requests` are all that are still known to the Worker; what must
    /// not be held stays dead.
    pub fn revive(&mut self, requests: &[Replay]) -> usize {
        // While the file cannot be read, the next fetch of the filter has to do.
        if read(&self.shelf, |_| Ok(())).is_none() {
            return 0;
        }
        // Not from the disk, where the last ones may still be missing.
        let known = requests.iter().map(|request| request.id).collect();
        let carried_out = std::mem::replace(&mut self.replayed, known);
        let mut revived = 0;
        for request in requests.iter().filter(|request| !carried_out.contains(&request.id)) {
            let dead = read(&self.shelf, |store| store.dead(&request.event_id)).flatten();
            let Some((order, lane, record)) = dead else { continue };
            let Ok(mut spooled) = record::decode(&record, &self.keys) else { continue };
            if self.erasures.iter().any(|erasure| record::concerns(erasure, &spooled.event, spooled.at)) {
                continue;
            }
            spooled.event.attempt = spooled.event.attempt.max(ATTEMPT_AFTER_RESTART);
            let spooled = Arc::new(spooled);
            if self.lane_mut(lane).revive(order, spooled.clone()) {
                self.write(Write::Revive(lane, spooled));
                revived += 1;
            }
        }
        if carried_out != self.replayed {
            self.write(Write::Meta("replayed", serde_json::to_vec(&self.replayed).unwrap_or_default()));
        }
        revived
    }
}
