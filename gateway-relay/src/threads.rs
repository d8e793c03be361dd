//! Which channels are threads, of which parent: the only thing of a guild that the relay remembers.

use std::collections::HashMap;

use relay_wire::Snowflake;

use crate::dispatch::Channel;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    guild_id: Snowflake,
    pub parent_id: Snowflake,
    /// Who started it.
    pub owner_id: Option<Snowflake>,
}

/// All threads the relay has heard of.
#[derive(Debug, Default)]
pub struct Threads(HashMap<Snowflake, Thread>);

impl Threads {
    pub fn get(&self, id: Snowflake) -> Option<Thread> {
        self.0.get(&id).copied()
    }

    /// An update without the owner does not make the relay forget who that is.
    pub fn add(&mut self, guild_id: Snowflake, thread: &Channel) {
        let Some(parent_id) = thread.parent_id else { return };
        let known = self.get(thread.id).and_then(|known| known.owner_id);
        let owner_id = thread.owner_id.or(known);
        self.0.insert(thread.id, Thread { guild_id, parent_id, owner_id });
    }

    pub fn remove(&mut self, id: Snowflake) {
        self.0.remove(&id);
    }

    pub fn forget_children(&mut self, parent: Snowflake) {
        self.0.retain(|_, thread| thread.parent_id != parent);
    }

    pub fn forget_guild(&mut self, guild: Snowflake) {
        self.0.retain(|_, thread| thread.guild_id != guild);
    }
}
