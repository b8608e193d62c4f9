//! The SQLite engine: one file, a write-ahead log, every commit on the disk before it is answered.
//! Several processes may work with one file.

mod backup;
#[cfg(test)]
mod backup_tests;
mod error;
mod file;
mod lock;
mod readers;
mod rekey;
mod schema;
#[cfg(test)]
mod tests;
mod upkeep;
mod usage;
mod verb;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, Row, Rows, params};

pub use backup::Copied;
pub use error::OpenError;
pub use upkeep::{Contents, DatabaseFile, KindContents, Overwrite, UpkeepError};

use super::{Answer, Content, Key, Kind, Page, Record, Store, StoreError, Trouble};
use crate::clock::{Clock, Timestamp};
use file::Database;
use readers::Readers;
use usage::Bounds;
use verb::{Outcome, Verb};
use writer::Writer;

/// Records that a file holds at most, unless told otherwise: 2 GiB of them.
const DEFAULT_CAPACITY: usize = 2_000_000;

/// Connections that read.
const READERS: usize = 4;

/// A store in a file.
pub struct SqliteStore {
    clock: Clock,
    writer: Writer,
    readers: Readers,
    // Last: it is released when nothing of this process uses the file any more.
    database: Database,
}

impl SqliteStore {
    /// Opens a file or makes it, with the default bound. Blocks while it does.
    pub fn open(path: &Path, clock: Clock) -> Result<Self, OpenError> {
        Self::with_capacity(path, clock, DEFAULT_CAPACITY)
    }

    /// Opens a file or makes it; it takes no new record while it holds `capacity` of them.
    pub fn with_capacity(path: &Path, clock: Clock, capacity: usize) -> Result<Self, OpenError> {
        let database = Database::open(path)?;
        let readers: Result<Vec<_>, _> = (0..READERS).map(|_| database.reader()).collect();
        let readers = Readers::of(readers?);
        let bounds = Bounds { records: capacity };
        let writer = Writer::start(database.writer()?, clock.clone(), bounds);
        let failed = |reason| OpenError::File { verb: "work with", path: path.to_owned(), reason };
        Ok(Self { clock, writer: writer.map_err(failed)?, readers, database })
    }

    /// Where the file is.
    pub fn path(&self) -> &PathBuf {
        &self.database.path
    }

    async fn written(&self, verb: Verb) -> Result<bool, StoreError> {
        match self.writer.perform(verb).await? {
            Outcome::Written(written) => Ok(written),
            Outcome::Taken(_) | Outcome::Swept(_) => Err(MIXED_UP),
        }
    }
}

/// The answer to another question.
const MIXED_UP: StoreError = StoreError::Unavailable(Trouble::Engine);

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteStore").field(&self.database.path).finish()
    }
}

impl Store for SqliteStore {
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        let now = signed(self.clock.now().millis());
        Box::pin(self.readers.read(move |connection| {
            let sql = "SELECT value, version, expires FROM record \
                       WHERE kind = ?1 AND key = ?2 AND expires > ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let wanted = params![kind.number(), key.as_bytes(), now];
            statement.query_row(wanted, |row| record(row, 0)).optional()
        }))
    }

    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()> {
        Box::pin(async move {
            self.written(Verb::Put(kind, key, new)).await?;
            Ok(())
        })
    }

    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool> {
        Box::pin(self.written(Verb::PutNew(kind, key, new)))
    }

    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        Box::pin(async move {
            match self.writer.perform(Verb::Take(kind, key)).await? {
                Outcome::Taken(taken) => Ok(taken),
                Outcome::Written(_) | Outcome::Swept(_) => Err(MIXED_UP),
            }
        })
    }

    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool> {
        Box::pin(self.written(Verb::Replace(kind, key, version, new)))
    }

    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        let now = signed(self.clock.now().millis());
        Box::pin(self.readers.read(move |connection| {
            let sql = "SELECT key, value, version, expires FROM record \
                       WHERE kind = ?1 AND key > ?2 AND expires > ?3 ORDER BY key LIMIT ?4";
            let mut statement = connection.prepare_cached(sql)?;
            let after = after.map(|key| key.as_bytes().to_vec()).unwrap_or_default();
            page(statement.query(params![kind.number(), after, now, one_more(limit)])?, limit)
        }))
    }

    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page> {
        let now = signed(self.clock.now().millis());
        Box::pin(self.readers.read(move |connection| {
            let sql = "SELECT record.key, value, version, expires FROM label \
                       JOIN record ON record.id = label.record \
                       WHERE label.label = ?1 AND label.kind = ?2 AND label.key > ?3 \
                       AND expires > ?4 ORDER BY label.key LIMIT ?5";
            let mut statement = connection.prepare_cached(sql)?;
            let after = after.map(|key| key.as_bytes().to_vec()).unwrap_or_default();
            let place = params![label.as_bytes(), kind.number(), after, now, one_more(limit)];
            page(statement.query(place)?, limit)
        }))
    }

    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        Box::pin(self.readers.read(|connection| {
            let sql = "SELECT kind, count(*) FROM record GROUP BY kind";
            let mut statement = connection.prepare_cached(sql)?;
            let counted = statement
                .query_map([], |row| Ok((Kind::of_number(row.get(0)?), unsigned(row.get(1)?))))?;
            let counted = counted.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(counted.into_iter().filter_map(|(kind, count)| Some((kind?, count))).collect())
        }))
    }

    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        Box::pin(async move {
            match self.writer.perform(Verb::Sweep(budget)).await? {
                Outcome::Swept(swept) => Ok(swept),
                Outcome::Written(_) | Outcome::Taken(_) => Err(MIXED_UP),
            }
        })
    }
}

/// One more than the page, so that it is known whether there is another.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)
}

/// A page from rows of a key and a record.
fn page(rows: Rows<'_>, limit: usize) -> rusqlite::Result<Page> {
    let found = rows.mapped(|row| Ok((Key::from_bytes(row.get(0)?), record(row, 1)?)));
    let mut records = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().map(|(key, _)| *key).filter(|_| more);
    Ok(Page { records, next })
}

/// A record from three columns, the first of them at `at`.
fn record(row: &Row<'_>, at: usize) -> rusqlite::Result<Record> {
    Ok(Record {
        value: row.get(at)?,
        version: unsigned(row.get(at + 1)?),
        expires: Timestamp::from_millis(unsigned(row.get(at + 2)?)),
    })
}

/// SQLite's integers have a sign; ours are never that large.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
