//! What the spool remembers besides events: checkpoints, threads, the filter, and small notes of tasks.

use std::collections::BTreeSet;

use relay_wire::{RelayConfig, Snowflake};

use super::{LOST_SINCE, Spool, group::Write, record::Checkpoint, store::Store, writer::read};
use crate::{filter::MAX_BOTS, threads::Thread};

impl Spool {
    /// Everything of shard `shard/total` up to the checkpoint has been pushed.
    pub fn checkpoint(&self, shard: &str, checkpoint: Checkpoint) {
        self.write(Write::Checkpoint(shard.to_owned(), Some(checkpoint)));
    }

    /// Where this shard stopped.
    pub fn last_checkpoint(&self, shard: &str) -> Option<Checkpoint> {
        self.checkpoints().into_iter().find(|(its, _)| its == shard).map(|(_, checkpoint)| checkpoint)
    }

    /// Forgets the checkpoints of shards that this relay does not run any more. Where the shards begin that have none:
    /// they have seen nothing since the first of those was left, or since the spool that broke.
    pub fn keep_checkpoints(&self, of: &[String]) -> Option<Checkpoint> {
        let known = self.checkpoints();
        let (kept, left): (Vec<_>, Vec<_>) = known.into_iter().partition(|(shard, _)| of.contains(shard));
        let noted = self.noted(LOST_SINCE).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        let lost = noted.map(i64::from_le_bytes);
        let since = left.iter().map(|(_, checkpoint)| checkpoint.at).chain(lost).min();
        let unseen = since.map(|since| Checkpoint { lost: lost.is_some(), ..Checkpoint::without_session(since) });
        if let Some(unseen) = &unseen {
            let new = of.iter().filter(|shard| kept.iter().all(|(known, _)| known != *shard));
            new.for_each(|shard| self.checkpoint(shard, unseen.clone()));
            self.note(LOST_SINCE, Vec::new());
        }
        for (shard, _) in left {
            self.write(Write::Checkpoint(shard, None));
        }
        unseen
    }

    fn checkpoints(&self) -> Vec<(String, Checkpoint)> {
        read(&self.shelf, Store::checkpoints).unwrap_or_else(|| self.at_open.checkpoints.clone())
    }

    pub fn thread(&self, id: u64, thread: Option<Thread>) {
        self.write(Write::Thread(id, thread));
    }

    pub fn threads(&self) -> Vec<(u64, Thread)> {
        read(&self.shelf, Store::threads).unwrap_or_else(|| self.at_open.threads.clone())
    }

    /// The bots that all shards have met.
    pub fn bots(&self) -> Vec<Snowflake> {
        let noted = self.noted("bots").unwrap_or_default();
        noted.as_chunks().0.iter().map(|id| Snowflake(u64::from_le_bytes(*id))).collect()
    }

    /// Adds some that were met. Two shards that do so within one commit may lose each other's: they are met again.
    pub fn keep_bots(&self, met: &[Snowflake]) {
        let mut bots: BTreeSet<Snowflake> = met.iter().copied().collect();
        let known = self.bots();
        if known.len() < MAX_BOTS {
            bots.extend(known);
        }
        self.note("bots", bots.iter().flat_map(|bot| bot.0.to_le_bytes()).collect());
    }

    /// The last filter of the Worker, so that a restart need not wait for it.
    pub fn filter(&self) -> Option<RelayConfig> {
        let json = self.noted("filter")?;
        serde_json::from_slice(&json).ok()
    }

    pub fn keep_filter(&self, filter: &RelayConfig) {
        self.note("filter", serde_json::to_vec(filter).unwrap_or_default());
    }

    /// A small value of a task, kept over restarts.
    pub fn note(&self, key: &'static str, value: Vec<u8>) {
        self.write(Write::Meta(key, value));
    }

    pub fn noted(&self, key: &str) -> Option<Vec<u8>> {
        read(&self.shelf, |store| store.meta(key)).unwrap_or_else(|| self.at_open.meta.get(key).cloned())
    }
}
