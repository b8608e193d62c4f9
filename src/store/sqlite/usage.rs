//! How full the database is: counted in the transaction that changes it, so that every process that
//! works with the file keeps within the same bounds.

use rusqlite::{Connection, params};

use super::{signed, unsigned};
use crate::store::Kind;
use crate::store::room::{BYTES_PER_RECORD, OVERHEAD, STRANGERS};

/// What is stored, expired records among it, and the next version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) strangers: u64,
    pub(super) version: u64,
}

/// What is stored at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) records: usize,
}

impl Bounds {
    fn admits(self, usage: &Usage) -> bool {
        let bytes = self.records.saturating_mul(BYTES_PER_RECORD) as u64;
        usage.records <= self.records as u64
            && usage.bytes <= bytes
            && usage.strangers <= bytes / STRANGERS as u64
    }
}

impl Usage {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT records, bytes, strangers, version FROM usage WHERE one = 1";
        connection.prepare_cached(sql)?.query_row([], |row| {
            Ok(Self {
                records: unsigned(row.get(0)?),
                bytes: unsigned(row.get(1)?),
                strangers: unsigned(row.get(2)?),
                version: unsigned(row.get(3)?),
            })
        })
    }

    pub(super) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "UPDATE usage SET records = ?1, bytes = ?2, strangers = ?3, version = ?4 \
                   WHERE one = 1";
        let numbers = [self.records, self.bytes, self.strangers, self.version].map(signed);
        let [records, bytes, strangers, version] = numbers;
        connection.prepare_cached(sql)?.execute(params![records, bytes, strangers, version])?;
        Ok(())
    }

    /// A version that no record ever had.
    pub(super) const fn next_version(&mut self) -> u64 {
        let version = self.version;
        self.version += 1;
        version
    }

    /// This, after a value of so many bytes came in place of another or of none; `None` if there
    /// is no room.
    pub(super) fn with(
        &self,
        kind: Kind,
        old: Option<u64>,
        new: usize,
        bounds: Bounds,
    ) -> Option<Self> {
        let mut then = *self;
        if let Some(old) = old {
            then.remove(kind, old);
        }
        then.add(kind, new as u64);
        // What makes nothing bigger is admitted by a full store, too.
        let smaller = then.records <= self.records && then.bytes <= self.bytes;
        (smaller || bounds.admits(&then)).then_some(then)
    }

    pub(super) const fn add(&mut self, kind: Kind, value: u64) {
        let weight = value + OVERHEAD as u64;
        self.records += 1;
        self.bytes += weight;
        if kind.is_of_strangers() {
            self.strangers += weight;
        }
    }

    /// Adds records of a kind, with so many bytes of values in all.
    pub(super) fn add_all(&mut self, kind: Kind, records: u64, bytes: u64) {
        let weight = bytes + records * OVERHEAD as u64;
        self.records += records;
        self.bytes += weight;
        if kind.is_of_strangers() {
            self.strangers += weight;
        }
    }

    pub(super) const fn remove(&mut self, kind: Kind, value: u64) {
        let weight = value + OVERHEAD as u64;
        self.records = self.records.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(weight);
        if kind.is_of_strangers() {
            self.strangers = self.strangers.saturating_sub(weight);
        }
    }
}
