//! What one commit writes into the spool's tables.

use redb::{ReadableTable, ReadableTableMetadata, Table, WriteTransaction};
use relay_wire::{Erasure, Lane};

use super::{
    group::Group,
    keys::Keys,
    record,
    store::{DEAD, META, Result, SHARDS, THREADS, table_of},
};

/// Dead events that are kept at most, the newest.
const DEAD_BOUND: u64 = 10_000;
/// Text of a dead event is dropped after 72 hours, the envelope after 30 days.
const DEAD_TEXT_MS: i64 = 72 * 3_600_000;
const DEAD_MS: i64 = 30 * 86_400_000;

/// By how much the bytes of waiting events change.
pub fn write(txn: &WriteTransaction, group: &Group, keys: &Keys) -> Result<i64> {
    let mut change = 0_i64;
    for lane in [Lane::Urgent, Lane::Bulk] {
        let mut table = txn.open_table(table_of(lane))?;
        for (order, spooled) in group.puts(lane) {
            let record = record::encode(spooled, keys);
            change += record.len() as i64;
            if let Some(old) = table.insert(order, record.as_slice())? {
                change -= old.value().len() as i64;
            }
        }
        for order in group.done(lane) {
            if let Some(old) = table.remove(order)? {
                change -= old.value().len() as i64;
            }
        }
        if !group.erased.is_empty() {
            table.retain(|_, record| {
                let meant = is_meant(record, &group.erased);
                change -= if meant { record.len() as i64 } else { 0 };
                !meant
            })?;
        }
    }
    if group.touches_dead() {
        let mut dead = txn.open_table(DEAD)?;
        // What was revived may have died again meanwhile.
        for order in &group.revived {
            dead.remove(order)?;
        }
        for (order, (lane, died_at, spooled)) in &group.dead {
            let record = record::encode_dead(*lane, *died_at, &record::encode(spooled, keys));
            dead.insert(order, record.as_slice())?;
        }
        if !group.erased.is_empty() {
            dead.retain(|_, dead| {
                !record::decode_dead(dead).is_ok_and(|(_, _, record)| is_meant(record, &group.erased))
            })?;
        }
        if let Some(now) = group.age_dead_at {
            age(&mut dead, now)?;
        }
        while dead.len()? > DEAD_BOUND {
            dead.pop_first()?;
        }
    }
    if !group.threads.is_empty() {
        let mut threads = txn.open_table(THREADS)?;
        for (id, thread) in &group.threads {
            match thread.as_ref().and_then(|thread| serde_json::to_vec(thread).ok()) {
                Some(json) => drop(threads.insert(id, json.as_slice())?),
                None => drop(threads.remove(id)?),
            }
        }
    }
    if !group.checkpoints.is_empty() {
        let mut shards = txn.open_table(SHARDS)?;
        for (shard, checkpoint) in &group.checkpoints {
            match checkpoint.as_ref().and_then(|checkpoint| serde_json::to_vec(checkpoint).ok()) {
                Some(json) => drop(shards.insert(shard.as_str(), json.as_slice())?),
                None => drop(shards.remove(shard.as_str())?),
            }
        }
    }
    if !group.meta.is_empty() {
        let mut meta = txn.open_table(META)?;
        for (key, value) in &group.meta {
            meta.insert(*key, value.as_slice())?;
        }
    }
    Ok(change)
}

/// Drops what has been dead for too long, first the text, then all.
fn age(dead: &mut Table<u64, &'static [u8]>, now: i64) -> Result<()> {
    dead.retain(|_, dead| record::decode_dead(dead).is_ok_and(|(_, died_at, _)| now - died_at < DEAD_MS))?;
    let mut bare = Vec::new();
    for row in dead.range::<u64>(..)? {
        let (order, value) = row?;
        let Ok((lane, died_at, record)) = record::decode_dead(value.value()) else { continue };
        if now - died_at >= DEAD_TEXT_MS
            && let Some(record) = record::without_text(record)
        {
            bare.push((order.value(), record::encode_dead(lane, died_at, &record)));
        }
    }
    for (order, record) in bare {
        dead.insert(order, record.as_slice())?;
    }
    Ok(())
}

fn is_meant(record: &[u8], erasures: &[Erasure]) -> bool {
    let (Ok(event), Ok(at)) = (record::envelope(record), record::came_at(record)) else {
        return false;
    };
    erasures.iter().any(|erasure| record::concerns(erasure, &event, at))
}
