//! The spool's file: which tables it has, how it is opened, and what is done with one that is broken.

use std::{
    collections::HashMap,
    fmt, fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};
use relay_wire::Lane;

use super::{
    commit,
    group::Group,
    keys::Keys,
    record::{self, Checkpoint},
};
use crate::threads::Thread;

pub type Events = TableDefinition<'static, u64, &'static [u8]>;

/// Events that wait, by order.
const URGENT: Events = TableDefinition::new("urgent");
const BULK: Events = TableDefinition::new("bulk");
/// Events the Worker gave up, by order.
pub const DEAD: Events = TableDefinition::new("dead");
/// Threads by id, as JSON.
pub const THREADS: Events = TableDefinition::new("threads");
/// Checkpoints by `shard/total`, as JSON.
pub const SHARDS: TableDefinition<&str, &[u8]> = TableDefinition::new("shards");
pub const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");

/// Of the tables' layout. A file of a newer relay is refused, not touched.
const SCHEMA: u64 = 1;
const FILE: &str = "spool.redb";
/// Small: the newest events are in memory anyway.
const CACHE_BYTES: usize = 4 << 20;
/// Broken files that are kept for a look.
const KEPT_ASIDE: usize = 2;
/// See [`Lost::since`].
const MARGIN_MS: i64 = 10 * 60_000;

pub type Result<T> = std::result::Result<T, redb::Error>;

/// Why the spool cannot be had.
#[derive(Debug)]
pub enum OpenError {
    InUse(PathBuf),
    Io(PathBuf, io::Error),
    Newer(PathBuf, u64),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(
                f,
                "another relay has {} open: give each its own RELAY_SPOOL, or end the other one",
                path.display()
            ),
            Self::Io(path, error) => write!(
                f,
                "{} cannot be opened ({error}): RELAY_SPOOL must be a directory on a local disk with room, which this user may write",
                path.display()
            ),
            Self::Newer(path, schema) => write!(
                f,
                "{} was written by a newer relay (schema {schema}, this one knows {SCHEMA}): start that version and let it \
                 drain, or give this one another RELAY_SPOOL",
                path.display()
            ),
        }
    }
}

impl std::error::Error for OpenError {}

/// A spool that was broken: moved aside, replaced by an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub aside: PathBuf,
    /// When it was last written, milliseconds since 1970.
    pub written_at: i64,
}

/// The open file.
pub struct Store {
    db: Database,
    file: PathBuf,
}

/// What is no event.
pub struct Known {
    pub checkpoints: Vec<(String, Checkpoint)>,
    pub threads: Vec<(u64, Thread)>,
    pub meta: HashMap<String, Vec<u8>>,
}

impl Lost {
    /// Since when events may be lost (ms since 1970): what waited may have come long before the last write. A longer
    /// outage of the Worker is in its log.
    pub fn since(&self) -> i64 {
        self.written_at - MARGIN_MS
    }
}

/// How much a lane holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub events: u64,
    /// First and last order.
    pub orders: Option<(u64, u64)>,
    pub oldest_at: Option<i64>,
    pub bytes: u64,
}

impl Store {
    /// Opens the spool in `dir`. One that is broken is moved aside and an empty one begun.
    ///
    /// # Errors
    /// If another process has it, it belongs to a newer relay, or the disk does not let it.
    pub fn open(dir: &Path) -> std::result::Result<(Self, Option<Lost>), OpenError> {
        let io = |error| OpenError::Io(dir.to_owned(), error);
        fs::create_dir_all(dir).map_err(io)?;
        let file = dir.join(FILE);
        // Before it is opened: that writes, too.
        let before = fs::metadata(&file).ok();
        let written_at = before.as_ref().and_then(|metadata| metadata.modified().ok()).map_or(0, unix_ms);
        let opened = match before.map(|metadata| metadata.len()) {
            None => return Ok((Self::begin(&file)?, None)),
            // The library would make a new one of it, and nobody would hear that the old one is gone.
            Some(0) => None,
            Some(_) => Self::open_file(&file)?,
        };
        if let Some(store) = opened {
            return Ok((store, None));
        }
        let lost = move_aside(&file, written_at).map_err(io)?;
        let begun = Self::begin(&file).inspect_err(|_| {
            // A disk that is full: it is found broken again, and told, when there is room.
            let _ = fs::rename(&lost.aside, &file);
        });
        let store = begun?;
        tracing::error!(
            aside = %lost.aside.display(),
            "the spool could not be read and was moved aside; what waited in it is lost and reported as a gap"
        );
        forget_old_ones(&file);
        Ok((store, Some(lost)))
    }

    /// A new file, whole or not at all.
    fn begin(file: &Path) -> std::result::Result<Self, OpenError> {
        let broken = || OpenError::Io(file.to_owned(), io::Error::other("a new file is broken at once"));
        Self::open_file(file).and_then(|store| store.ok_or_else(broken)).inspect_err(|error| {
            if !matches!(error, OpenError::InUse(_)) {
                let _ = fs::remove_file(file);
            }
        })
    }

    /// None if the file is broken.
    fn open_file(file: &Path) -> std::result::Result<Option<Self>, OpenError> {
        // Every page's checksum is looked at: a broken file must show now and not in the middle of a night.
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
        // The library's own debug checks panic on some broken files.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let db = builder.create(file)?;
            let store = Self { db, file: file.to_owned() };
            let schema = store.prepare()?;
            Ok::<_, redb::Error>((store, schema))
        }));
        match opened {
            Ok(Ok((_, schema))) if schema > SCHEMA => Err(OpenError::Newer(file.to_owned(), schema)),
            Ok(Ok((store, _))) => Ok(Some(store)),
            Ok(Err(redb::Error::DatabaseAlreadyOpen)) => Err(OpenError::InUse(file.to_owned())),
            Ok(Err(redb::Error::Io(error))) if !is_damage(&error) => Err(OpenError::Io(file.to_owned(), error)),
            Ok(Err(error)) => {
                tracing::error!(file = %file.display(), %error, "the spool is broken");
                Ok(None)
            }
            Err(_) => {
                tracing::error!(file = %file.display(), "the spool is broken");
                Ok(None)
            }
        }
    }

    /// Makes sure that all tables are there; the schema of the file.
    fn prepare(&self) -> Result<u64> {
        if let Ok(schema) = self.schema()
            && schema > 0
        {
            return Ok(schema);
        }
        let txn = self.db.begin_write()?;
        {
            for table in [URGENT, BULK, DEAD, THREADS] {
                txn.open_table(table)?;
            }
            txn.open_table(SHARDS)?;
            txn.open_table(META)?.insert("schema", SCHEMA.to_le_bytes().as_slice())?;
        }
        txn.commit()?;
        Ok(SCHEMA)
    }

    fn schema(&self) -> Result<u64> {
        let meta = self.meta("schema")?;
        let bytes = meta.as_deref().and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        Ok(bytes.map_or(0, u64::from_le_bytes))
    }

    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let table = self.db.begin_read()?.open_table(META)?;
        Ok(table.get(key)?.map(|value| value.value().to_vec()))
    }

    /// All that a start asks for.
    pub fn known(&self) -> Result<Known> {
        let table = self.db.begin_read()?.open_table(META)?;
        let mut meta = HashMap::new();
        for row in table.range::<&str>(..)? {
            let (key, value) = row?;
            meta.insert(key.value().to_owned(), value.value().to_vec());
        }
        Ok(Known { checkpoints: self.checkpoints()?, threads: self.threads()?, meta })
    }

    pub fn checkpoints(&self) -> Result<Vec<(String, Checkpoint)>> {
        let table = self.db.begin_read()?.open_table(SHARDS)?;
        let mut all = Vec::new();
        for row in table.range::<&str>(..)? {
            let (shard, json) = row?;
            if let Ok(checkpoint) = serde_json::from_slice(json.value()) {
                all.push((shard.value().to_owned(), checkpoint));
            }
        }
        Ok(all)
    }

    pub fn threads(&self) -> Result<Vec<(u64, Thread)>> {
        let table = self.db.begin_read()?.open_table(THREADS)?;
        let mut all = Vec::new();
        for row in table.range::<u64>(..)? {
            let (id, json) = row?;
            if let Ok(thread) = serde_json::from_slice(json.value()) {
                all.push((id.value(), thread));
            }
        }
        Ok(all)
    }

    pub fn extent(&self, lane: Lane) -> Result<Extent> {
        let table = self.db.begin_read()?.open_table(table_of(lane))?;
        let first = table.first()?.map(|(order, record)| (order.value(), record::came_at(record.value()).ok()));
        let last = table.last()?.map(|(order, _)| order.value());
        Ok(Extent {
            events: table.len()?,
            orders: first.map(|(order, _)| order).zip(last),
            oldest_at: first.and_then(|(_, at)| at),
            bytes: table.stats()?.stored_bytes(),
        })
    }

    pub fn dead_count(&self) -> Result<u64> {
        Ok(self.db.begin_read()?.open_table(DEAD)?.len()?)
    }

    /// At most `limit` records with orders from `from` to `to`.
    pub fn page(&self, lane: Lane, from: u64, to: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>> {
        let table = self.db.begin_read()?.open_table(table_of(lane))?;
        let mut page = Vec::new();
        for row in table.range(from..=to)?.take(limit) {
            let (order, record) = row?;
            page.push((order.value(), record.value().to_vec()));
        }
        Ok(page)
    }

    /// The dead event with this id: its order, lane and record.
    pub fn dead(&self, event_id: &str) -> Result<Option<(u64, Lane, Vec<u8>)>> {
        let table = self.db.begin_read()?.open_table(DEAD)?;
        for row in table.range::<u64>(..)? {
            let (order, dead) = row?;
            let Ok((lane, _, record)) = record::decode_dead(dead.value()) else { continue };
            if record::envelope(record).is_ok_and(|event| event.id == event_id) {
                return Ok(Some((order.value(), lane, record.to_vec())));
            }
        }
        Ok(None)
    }

    pub fn file_bytes(&self) -> u64 {
        fs::metadata(&self.file).map_or(0, |metadata| metadata.len())
    }

    /// Writes all of `group`, or nothing. By how much the bytes of waiting events have changed.
    pub fn commit(&self, group: &Group, keys: &Keys) -> Result<i64> {
        let txn = self.db.begin_write()?;
        let change = commit::write(&txn, group, keys)?;
        txn.commit()?;
        Ok(change)
    }
}

pub fn table_of(lane: Lane) -> Events {
    match lane {
        Lane::Urgent => URGENT,
        Lane::Bulk => BULK,
    }
}

/// Whether the file rather than the disk is at fault.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}

fn unix_ms(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

fn move_aside(file: &Path, written_at: i64) -> io::Result<Lost> {
    let aside = file.with_extension(format!("corrupt-{}", unix_ms(SystemTime::now())));
    fs::rename(file, &aside)?;
    Ok(Lost { aside, written_at })
}

fn forget_old_ones(file: &Path) {
    let Some(dir) = file.parent().and_then(|dir| fs::read_dir(dir).ok()) else { return };
    let mut aside: Vec<PathBuf> = dir
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending.to_string_lossy().starts_with("corrupt-")))
        .collect();
    aside.sort();
    let old = aside.len().saturating_sub(KEPT_ASIDE);
    for path in aside.into_iter().take(old) {
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(file = %path.display(), %error, "an old broken spool could not be removed");
        }
    }
}

/// Whether opening anew may help: the library shuts a file after its first failed write.
pub fn is_shut(error: &redb::Error) -> bool {
    matches!(error, redb::Error::Io(_) | redb::Error::PreviousIo | redb::Error::DatabaseClosed)
}
