//! The verbs that write, each within the transaction of its group. A verb changes rows by one
//! statement, which is atomic by itself: one that fails leaves no trace among the others.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::of_sqlite;
use super::usage::{Bounds, Usage};
use super::{signed, unsigned};
use crate::clock::Timestamp;
use crate::store::{Key, Kind, Record, Replacement, StoreError};

/// What is asked of the writer.
#[derive(Debug)]
pub(super) enum Verb {
    Put(Kind, Key, Vec<u8>, Timestamp),
    PutNew(Kind, Key, Vec<u8>, Timestamp),
    Take(Kind, Key),
    Replace(Kind, Key, Replacement),
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
            Verb::Put(kind, key, value, expires) => {
                let old = self.row(*kind, *key)?;
                self.write((*kind, *key), value, *expires, old.as_ref())?;
                Ok(Outcome::Written(true))
            }
            Verb::PutNew(kind, key, value, expires) => {
                let old = self.row(*kind, *key)?;
                if old.as_ref().is_some_and(|old| self.is_live(old)) {
                    return Ok(Outcome::Written(false));
                }
                self.write((*kind, *key), value, *expires, old.as_ref())?;
                Ok(Outcome::Written(true))
            }
            Verb::Take(kind, key) => self.take(*kind, *key).map(Outcome::Taken),
            Verb::Replace(kind, key, new) => self.replace(*kind, *key, new).map(Outcome::Written),
            Verb::Sweep(budget) => self.sweep(*budget).map(Outcome::Swept),
        }
    }

    const fn is_live(&self, row: &Row) -> bool {
        self.now.millis() < row.expires
    }

    fn row(&self, kind: Kind, key: Key) -> Result<Option<Row>, StoreError> {
        let sql = "SELECT length(value), version, expires FROM record WHERE kind = ?1 AND key = ?2";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let found = statement.query_row(params![kind.number(), key.as_bytes()], |row| {
                Ok(Row {
                    length: unsigned(row.get(0)?),
                    version: unsigned(row.get(1)?),
                    expires: unsigned(row.get(2)?),
                })
            });
            found.optional()
        };
        read().map_err(of_sqlite)
    }

    /// Writes over `old`, if there is room.
    fn write(
        &mut self,
        (kind, key): (Kind, Key),
        value: &[u8],
        expires: Timestamp,
        old: Option<&Row>,
    ) -> Result<(), StoreError> {
        let length = old.map(|old| old.length);
        let then = match self.usage.with(kind, length, value.len(), self.bounds) {
            Some(then) => then,
            None => self.make_room((kind, key), value.len())?,
        };
        let version = self.usage.next_version();
        let sql = "INSERT INTO record (kind, key, value, version, expires) \
                   VALUES (?1, ?2, ?3, ?4, ?5) \
                   ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, \
                   version = excluded.version, expires = excluded.expires";
        let write = || {
            self.connection.prepare_cached(sql)?.execute(params![
                kind.number(),
                key.as_bytes(),
                value,
                signed(version),
                signed(expires.millis())
            ])
        };
        write().map_err(of_sqlite)?;
        self.usage = Usage { version: self.usage.version, ..then };
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

    fn replace(&mut self, kind: Kind, key: Key, new: &Replacement) -> Result<bool, StoreError> {
        let old = self.row(kind, key)?;
        let Some(old) = old.filter(|old| old.version == new.version && self.is_live(old)) else {
            return Ok(false);
        };
        let version = self.usage.next_version();
        let sql = "UPDATE record SET value = ?3, version = ?4, expires = ?5 \
                   WHERE kind = ?1 AND key = ?2";
        let update = || {
            self.connection.prepare_cached(sql)?.execute(params![
                kind.number(),
                key.as_bytes(),
                new.value,
                signed(version),
                signed(new.expires.millis())
            ])
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
