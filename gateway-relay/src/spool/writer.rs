//! The thread that writes the spool's file: takes what has come meanwhile, commits it together, tries again when the disk fails.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use super::{
    group::{Group, Write},
    keys::Keys,
    store::{Lost, Result, Store, is_shut},
};
use crate::state::now_ms;

/// How long events wait for company on their way to the disk. A crash within it loses nothing: the gateway repeats what
/// is behind the checkpoint.
const LINGER: Duration = Duration::from_millis(25);
/// The same for what only says that something need not be kept any more.
const LAZY: Duration = Duration::from_millis(500);
/// A group of that many is written at once.
const FULL: usize = 4_096;
/// Between two attempts while the disk fails.
const AGAIN: Duration = Duration::from_secs(1);

/// What the rest of the relay may know of the file.
#[derive(Debug, Default)]
pub struct Disk {
    /// Every event up to this order is on the disk, or need not be.
    pub written: AtomicU64,
    pub commits: AtomicU64,
    pub failing: AtomicBool,
    /// Bytes of the events that wait.
    pub live_bytes: AtomicU64,
    pub file_bytes: AtomicU64,
    pub dead: AtomicU64,
    /// Of the file it began with.
    pub epoch: String,
    /// A file that was lost while it was in use, until that is told.
    pub lost: Mutex<Option<Lost>>,
}

/// The file, for readers; empty while it is opened anew.
pub type Shelf = Arc<RwLock<Option<Store>>>;

/// Reads from the file; None while it cannot be read.
pub fn read<T>(shelf: &Shelf, question: impl FnOnce(&Store) -> Result<T>) -> Option<T> {
    let store = shelf.read().unwrap_or_else(PoisonError::into_inner);
    match question(store.as_ref()?) {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::error!(%error, "the spool cannot be read");
            None
        }
    }
}

/// Writes until the sender is gone, then what is left.
/// `group` is the first one, with what every new file must be told.
pub fn run(
    mut group: Group,
    writes: &Receiver<Write>,
    dir: &Path,
    shelf: &Shelf,
    keys: &Keys,
    disk: &Disk,
    recovered: impl Fn(),
) {
    let mut open = true;
    while open {
        open = gather(writes, &mut group);
        while !group.is_empty() {
            let failed = disk.failing.load(Relaxed);
            if commit(dir, shelf, keys, disk, &mut group) {
                if failed {
                    recovered();
                }
                break;
            }
            let until = Instant::now() + AGAIN;
            if !open {
                // The process ends; what the disk did not take, the gateway tells again.
                return;
            }
            loop {
                match writes.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(write) => group.take(write),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => {
                        open = false;
                        break;
                    }
                }
            }
        }
    }
}

/// Waits for something to write and for its company. False when nothing will come any more.
fn gather(writes: &Receiver<Write>, group: &mut Group) -> bool {
    let Ok(first) = writes.recv() else { return false };
    group.take(first);
    let (pressing, lazy) = (Instant::now() + LINGER, Instant::now() + LAZY);
    loop {
        let until = if group.is_pressing() { pressing } else { lazy };
        match writes.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(write) => group.take(write),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        if group.len() >= FULL || !group.waiting.is_empty() {
            return true;
        }
    }
}

/// False if the disk did not take it.
fn commit(dir: &Path, shelf: &Shelf, keys: &Keys, disk: &Disk, group: &mut Group) -> bool {
    let outcome = {
        let store = shelf.read().unwrap_or_else(PoisonError::into_inner);
        match store.as_ref() {
            // A panic of the library must not end this thread unnoticed.
            Some(store) => catch_unwind(AssertUnwindSafe(|| {
                store.commit(group, keys).and_then(|change| {
                    let dead = if group.touches_dead() { Some(store.dead_count()?) } else { None };
                    Ok((change, dead, store.file_bytes()))
                })
            }))
            .unwrap_or(Err(redb::Error::DatabaseClosed)),
            None => Err(redb::Error::DatabaseClosed),
        }
    };
    match outcome {
        Ok((change, dead, file_bytes)) => {
            if disk.failing.swap(false, Relaxed) {
                tracing::info!("the spool can be written again");
            }
            disk.live_bytes.fetch_add(change as u64, Relaxed);
            disk.file_bytes.store(file_bytes, Relaxed);
            if let Some(dead) = dead {
                disk.dead.store(dead, Relaxed);
            }
            disk.written.store(group.highest, Relaxed);
            disk.commits.fetch_add(1, Relaxed);
            group.written();
            true
        }
        Err(error) => {
            if !disk.failing.swap(true, Relaxed) {
                tracing::error!(%error, waiting = group.len(), "the spool cannot be written; events wait in memory");
            }
            if is_shut(&error) && open_anew(dir, shelf, disk) {
                group.tell_anew();
            }
            false
        }
    }
}

/// The library shuts a file after its first failed write. Readers find nothing meanwhile; they do not wait.
/// True if the file that is open now is a new one.
fn open_anew(dir: &Path, shelf: &Shelf, disk: &Disk) -> bool {
    // The old one must let go of the file first.
    let old = shelf.write().unwrap_or_else(PoisonError::into_inner).take();
    drop(old);
    match Store::open(dir) {
        Ok((opened, lost)) => {
            let epoch = opened.meta("epoch").ok().flatten();
            let is_new = epoch.as_deref() != Some(disk.epoch.as_bytes());
            if is_new {
                // Moved aside as broken, or taken away altogether.
                let lost = lost.unwrap_or_else(|| Lost { aside: dir.to_owned(), written_at: now_ms() });
                *disk.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(lost);
                disk.live_bytes.store(0, Relaxed);
            }
            *shelf.write().unwrap_or_else(PoisonError::into_inner) = Some(opened);
            is_new
        }
        Err(error) => {
            tracing::warn!(%error, "the spool cannot be opened anew");
            false
        }
    }
}
