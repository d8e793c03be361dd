//! Which channels are threads, of which parent: the only thing of a guild that the relay remembers.

use std::collections::{HashMap, HashSet};

use relay_wire::Snowflake;
use serde::{Deserialize, Serialize};

use crate::dispatch::Channel;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub guild_id: Snowflake,
    pub parent_id: Snowflake,
    /// Who started it.
    pub owner_id: Option<Snowflake>,
}

/// All threads the relay has heard of, and what has changed about them since it was asked.
#[derive(Debug, Default)]
pub struct Threads {
    known: HashMap<Snowflake, Thread>,
    changes: Vec<(Snowflake, Option<Thread>)>,
}

impl Threads {
    /// What was known before a restart: a resumed session does not tell it again.
    pub fn remember(&mut self, known: impl IntoIterator<Item = (Snowflake, Thread)>) {
        self.known.extend(known);
    }

    pub fn get(&self, id: Snowflake) -> Option<Thread> {
        self.known.get(&id).copied()
    }

    /// An update without the owner does not make the relay forget who that is.
    pub fn add(&mut self, guild_id: Snowflake, thread: &Channel) {
        let Some(parent_id) = thread.parent_id else { return };
        let known = self.get(thread.id);
        let owner_id = thread.owner_id.or(known.and_then(|known| known.owner_id));
        let thread_now = Thread { guild_id, parent_id, owner_id };
        if known != Some(thread_now) {
            self.known.insert(thread.id, thread_now);
            self.changes.push((thread.id, Some(thread_now)));
        }
    }

    pub fn remove(&mut self, id: Snowflake) {
        self.forget(|other, _| other == id);
    }

    pub fn forget_children(&mut self, parent: Snowflake) {
        self.forget(|_, thread| thread.parent_id == parent);
    }

    pub fn forget_guild(&mut self, guild: Snowflake) {
        self.forget(|_, thread| thread.guild_id == guild);
    }

    /// A guild became available: what it lists is all there is.
    pub fn replace_guild(&mut self, guild: Snowflake, threads: &[Channel]) {
        let listed: HashSet<Snowflake> = threads.iter().map(|thread| thread.id).collect();
        self.forget(|id, thread| thread.guild_id == guild && !listed.contains(&id));
        threads.iter().for_each(|thread| self.add(guild, thread));
    }

    /// Threads that were added, or forgotten (None), since the last question.
    pub fn take_changes(&mut self) -> Vec<(Snowflake, Option<Thread>)> {
        std::mem::take(&mut self.changes)
    }

    fn forget(&mut self, is: impl Fn(Snowflake, &Thread) -> bool) {
        let changes = &mut self.changes;
        self.known.retain(|id, thread| {
            let forget = is(*id, thread);
            if forget {
                changes.push((*id, None));
            }
            !forget
        });
    }
}
