//! The verbs that write, each within the transaction of its group. A verb changes rows by one
//! statement, which is atomic by itself: one that fails leaves no trace among the others.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::of_sqlite;
use super::usage::{Bounds, Usage};
use super::{signed, unsigned};
use crate::clock::Timestamp;
use crate::store::{Content, Key, Kind, Record, StoreError};

/// What is asked of the writer.
#[derive(Debug)]
pub(super) enum Verb {
    Put(Kind, Key, Content),
    PutNew(Kind, Key, Content),
    Take(Kind, Key),
    Replace(Kind, Key, u64, Content),
    Sweep(usize),
}

/// What it answers.
#[derive(Debug)]
pub(super) enum Outcome {
    Written(bool),
    Taken(Option<Record>),
    Swept(usize),
}

/// A group's transaction.
#[derive(Debug)]
pub(super) struct Group<'c> {
    pub(super) connection: &'c Connection,
    pub(super) usage: Usage,
    pub(super) bounds: Bounds,
    pub(super) now: Timestamp,
    /// Whether looking for expired records may make room.
    pub(super) may_sweep: bool,
}

/// What stands under a key, expired or not.
struct Row {
    id: i64,
    length: u64,
    version: u64,
    expires: u64,
}

/// Expired records that a full store forgets in one go before it refuses, and how often.
const EMERGENCY_SWEEP: usize = 1024;
const EMERGENCIES: usize = 16;

impl Group<'_> {
    pub(super) fn perform(&mut self, verb: &Verb) -> Result<Outcome, StoreError> {
        match verb {
            Verb::Put(kind, key, new) => {
                let old = self.row(*kind, *key)?;
                self.write((*kind, *key), new, old.as_ref())?;
                Ok(Outcome::Written(true))
            }
            Verb::PutNew(kind, key, new) => {
                let old = self.row(*kind, *key)?;
                if old.as_ref().is_some_and(|old| self.is_live(old)) {
                    return Ok(Outcome::Written(false));
                }
                self.write((*kind, *key), new, old.as_ref())?;
                Ok(Outcome::Written(true))
            }
            Verb::Take(kind, key) => self.take(*kind, *key).map(Outcome::Taken),
            Verb::Replace(kind, key, version, new) => {
                self.replace((*kind, *key), *version, new).map(Outcome::Written)
            }
            Verb::Sweep(budget) => self.sweep(*budget).map(Outcome::Swept),
        }
    }

    const fn is_live(&self, row: &Row) -> bool {
        self.now.millis() < row.expires
    }

    fn row(&self, kind: Kind, key: Key) -> Result<Option<Row>, StoreError> {
        let sql = "SELECT id, length(value), version, expires FROM record \
                   WHERE kind = ?1 AND key = ?2";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let found = statement.query_row(params![kind.number(), key.as_bytes()], |row| {
                Ok(Row {
                    id: row.get(0)?,
                    length: unsigned(row.get(1)?),
                    version: unsigned(row.get(2)?),
                    expires: unsigned(row.get(3)?),
                })
            });
            found.optional()
        };
        read().map_err(of_sqlite)
    }

    /// Writes over `old`, if there is room.
    fn write(
        &mut self,
        place @ (kind, key): (Kind, Key),
        new: &Content,
        old: Option<&Row>,
    ) -> Result<(), StoreError> {
        let length = old.map(|old| old.length);
        let then = match self.usage.with(kind, length, new.value.len(), self.bounds) {
            Some(then) => then,
            None => self.make_room(place, new.value.len())?,
        };
        let version = self.usage.next_version();
        let sql = "INSERT INTO record (kind, key, value, version, expires) \
                   VALUES (?1, ?2, ?3, ?4, ?5) \
                   ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, \
                   version = excluded.version, expires = excluded.expires RETURNING id";
        let (kind, expires) = (kind.number(), signed(new.expires.millis()));
        let write = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let row = params![kind, key.as_bytes(), new.value, signed(version), expires];
            let id = statement.query_row(row, |row| row.get(0))?;
            self.label(place, id, &new.labels, old.is_some())
        };
        write().map_err(of_sqlite)?;
        self.usage = Usage { version: self.usage.version, ..then };
        Ok(())
    }

    /// Gives a record these labels, in the place of those that it may have had.
    fn label(
        &self,
        (kind, key): (Kind, Key),
        id: i64,
        labels: &[Key],
        had: bool,
    ) -> rusqlite::Result<()> {
        if had {
            self.connection.prepare_cached("DELETE FROM label WHERE record = ?1")?.execute([id])?;
        }
        let sql = "INSERT OR IGNORE INTO label (label, kind, key, record) VALUES (?1, ?2, ?3, ?4)";
        for label in labels {
            let row = params![label.as_bytes(), kind.number(), key.as_bytes(), id];
            self.connection.prepare_cached(sql)?.execute(row)?;
        }
        Ok(())
    }

    /// Forgets expired records until there is room; the usage with the new value.
    fn make_room(&mut self, place: (Kind, Key), value: usize) -> Result<Usage, StoreError> {
        for _ in 0..EMERGENCIES {
            if !self.may_sweep || self.sweep(EMERGENCY_SWEEP)? == 0 {
                break;
            }
            // It may have been the very record that is written over.
            let old = self.row(place.0, place.1)?.map(|old| old.length);
            if let Some(then) = self.usage.with(place.0, old, value, self.bounds) {
                return Ok(then);
            }
        }
        self.may_sweep = false;
        Err(StoreError::Full(self.bounds.records))
    }

    fn take(&mut self, kind: Kind, key: Key) -> Result<Option<Record>, StoreError> {
        let sql =
            "DELETE FROM record WHERE kind = ?1 AND key = ?2 RETURNING value, version, expires";
        let delete = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let place = params![kind.number(), key.as_bytes()];
            statement.query_row(place, |row| super::record(row, 0)).optional()
        };
        let Some(taken) = delete().map_err(of_sqlite)? else { return Ok(None) };
        self.usage.remove(kind, taken.value.len() as u64);
        Ok(Some(taken).filter(|taken| self.now < taken.expires))
    }

    fn replace(
        &mut self,
        place @ (kind, key): (Kind, Key),
        version: u64,
        new: &Content,
    ) -> Result<bool, StoreError> {
        let old = self.row(kind, key)?;
        let Some(old) = old.filter(|old| old.version == version && self.is_live(old)) else {
            return Ok(false);
        };
        let version = self.usage.next_version();
        let sql = "UPDATE record SET value = ?2, version = ?3, expires = ?4 WHERE id = ?1";
        let update = || {
            let row = params![old.id, new.value, signed(version), signed(new.expires.millis())];
            self.connection.prepare_cached(sql)?.execute(row)?;
            self.label(place, old.id, &new.labels, true)
        };
        update().map_err(of_sqlite)?;
        // Never refused: tombstones and revocations are written this way.
        self.usage.remove(kind, old.length);
        self.usage.add(kind, new.value.len() as u64);
        Ok(true)
    }

    fn sweep(&mut self, budget: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM record WHERE id IN \
                   (SELECT id FROM record WHERE expires <= ?1 ORDER BY expires LIMIT ?2) \
                   RETURNING kind, length(value)";
        let delete = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let budget = i64::try_from(budget).unwrap_or(i64::MAX);
            let gone = statement.query_map(params![signed(self.now.millis()), budget], |row| {
                Ok((row.get::<_, u8>(0)?, unsigned(row.get(1)?)))
            })?;
            gone.collect::<rusqlite::Result<Vec<_>>>()
        };
        let gone = delete().map_err(of_sqlite)?;
        for (number, length) in &gone {
            if let Some(kind) = Kind::of_number(*number) {
                self.usage.remove(kind, *length);
            }
        }
        Ok(gone.len())
    }
}
