//! The key of a database: whether one opens it, and another one in its place. Every value is sealed
//! anew in one transaction, so that a database has one key at any time, whatever is killed.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};

use super::error::OpenError;
use super::file::engine;
use super::lock::Lock;
use super::schema::{self, State};
use super::upkeep::{DatabaseFile, UpkeepError, read_only};
use crate::store::seal::{Seal, SealKey};
use crate::store::{Key, Kind, StoreError, proof};

/// Records that are tried at most: enough to see that a key fits, whatever the size.
const TRIED: i64 = 1000;
/// Records that are sealed anew before the next are read.
const AT_ONCE: i64 = 1000;

impl DatabaseFile {
    /// Tries a key on what is there, and says how many records it opened. `backup`: nothing is made
    /// beside it.
    pub fn opens_with(&self, key: &SealKey, backup: bool) -> Result<u64, UpkeepError> {
        if backup {
            if schema::examine(&self.path)? == State::New {
                return Err(UpkeepError::Absent(self.path.clone()));
            }
            return self.tried(&read_only(&self.path)?, key);
        }
        self.tried(&self.open()?.reader()?, key)
    }

    fn tried(&self, connection: &Connection, key: &SealKey) -> Result<u64, UpkeepError> {
        let seal = self.seal(key)?;
        let read = || {
            // What the key was proven with comes first: it tells another key from damage.
            let sql = "SELECT id, kind, key, value FROM record ORDER BY kind <> ?1, id LIMIT ?2";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map(params![Kind::Seal.number(), TRIED], row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut opened = 0;
        for (_, place, value) in read().map_err(|error| engine(&self.path, error))? {
            let Some((kind, key)) = place else { continue };
            if seal.open(kind, key, &value).is_err() {
                return Err(self.unopened(kind));
            }
            opened += 1;
        }
        Ok(opened)
    }

    /// Puts `new` in the place of `old`: no lab may work with the database. How many records were
    /// sealed anew.
    pub fn rekey(&self, old: &SealKey, new: &SealKey) -> Result<u64, UpkeepError> {
        let lock = Lock::open(&self.path)?;
        if !lock.soon_alone()? {
            return Err(OpenError::Held(self.path.clone()).into());
        }
        let (old, new) = (self.seal(old)?, self.seal(new)?);
        let mut connection = super::file::connect(&self.path)?;
        let failed = |error| UpkeepError::from(engine(&self.path, error));
        let set = || {
            connection.pragma_update(None, "synchronous", "FULL")?;
            // What the old key sealed is not left in a page that is free.
            connection.pragma_update(None, "secure_delete", true)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)
        };
        set().map_err(failed)?;
        let transaction = connection.transaction().map_err(failed)?;
        let (mut after, mut sealed) = (i64::MIN, 0);
        while let Some((last, some)) = self.resealed(&transaction, after, (&old, &new))? {
            (after, sealed) = (last, sealed + some);
        }
        transaction.commit().map_err(failed)?;
        // Nor in the log.
        let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        emptied.map_err(failed)?;
        Ok(sealed)
    }

    /// The records after one, some at a time: the last of them, and how many. `None` at the end.
    fn resealed(
        &self,
        connection: &Connection,
        after: i64,
        (old, new): (&Seal, &Seal),
    ) -> Result<Option<(i64, u64)>, UpkeepError> {
        let failed = |error| UpkeepError::from(engine(&self.path, error));
        let read = || {
            let sql = "SELECT id, kind, key, value FROM record WHERE id > ?1 ORDER BY id LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![after, AT_ONCE], row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut end = None;
        for (id, place, value) in read().map_err(failed)? {
            let (_, count) = end.unwrap_or((id, 0));
            end = Some((id, count + 1));
            // A kind that this program does not know would be lost.
            let (kind, key) = place.ok_or_else(|| self.failed(StoreError::Corrupt))?;
            let opened = old.open(kind, key, &value).map_err(|_| self.unopened(kind))?;
            let sealed = new.seal(kind, key, opened).map_err(|error| self.failed(error))?;
            let sql = "UPDATE record SET value = ?2 WHERE id = ?1";
            let mut update = connection.prepare_cached(sql).map_err(failed)?;
            update.execute(params![id, sealed]).map_err(failed)?;
        }
        Ok(end)
    }

    /// Whether this key is the one that sealed it.
    pub fn is_sealed_with(&self, key: &SealKey) -> Result<bool, UpkeepError> {
        let connection = self.open()?.reader()?;
        let sql = "SELECT id, kind, key, value FROM record WHERE kind = ?1 AND key = ?2";
        let place = (Kind::Seal.number(), proof().as_bytes().as_slice().to_vec());
        let found = connection.query_row(sql, place, row);
        let (_, _, value) = found.map_err(|error| engine(&self.path, error))?;
        Ok(self.seal(key)?.open(Kind::Seal, proof(), &value).is_ok())
    }

    fn seal(&self, key: &SealKey) -> Result<Seal, UpkeepError> {
        Seal::of(key).map_err(|error| self.failed(error))
    }

    fn unopened(&self, kind: Kind) -> UpkeepError {
        if kind == Kind::Seal {
            return UpkeepError::OtherKey(self.path.clone());
        }
        let first = format!("a {} record does not open with the key", kind.name());
        UpkeepError::Damaged { path: self.path.clone(), first }
    }
}

/// A row's number, its place if its kind is known, and its sealed value.
type Row = (i64, Option<(Kind, Key)>, Vec<u8>);

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let place = Kind::of_number(row.get(1)?).zip(Some(Key::from_bytes(row.get(2)?)));
    Ok((row.get(0)?, place, row.get(3)?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::{Clock, Timestamp};
    use crate::store::{Content, SealError, SealedStore, SqliteStore, Store as _};

    const FAR: Timestamp = Timestamp::from_secs(4_000_000_000);

    async fn open(file: &DatabaseFile, key: &SealKey) -> Result<SealedStore, SealError> {
        let engine = SqliteStore::open(file.path(), Clock::system()).unwrap();
        SealedStore::open(Arc::new(engine), key).await
    }

    #[tokio::test]
    async fn a_new_key_opens_everything_and_the_old_one_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseFile::new(folder.path().join("lab.db"));
        let (old, new) = (SealKey::new([1; 32]), SealKey::new([2; 32]));
        let store = open(&file, &old).await.unwrap();
        let key = |n: i32| Key::of(&[&n.to_string()]);
        // More than are read at once, one of them dead.
        for n in 0..1200 {
            let until = if n == 7 { Timestamp::from_secs(1) } else { FAR };
            let new = Content::new(n.to_string().into_bytes(), until);
            store.put(Kind::Note, key(n), new).await.unwrap();
        }
        assert!(matches!(file.rekey(&old, &new), Err(UpkeepError::Open(OpenError::Held(_)))));
        drop(store);
        assert!(matches!(file.rekey(&new, &old), Err(UpkeepError::OtherKey(_))));
        assert!(file.is_sealed_with(&old).unwrap(), "what failed changed nothing");
        assert_eq!(file.rekey(&old, &new).unwrap(), 1201);
        assert!(file.is_sealed_with(&new).unwrap() && !file.is_sealed_with(&old).unwrap());
        file.verify().unwrap();
        assert_eq!(file.opens_with(&new, false).unwrap(), 1000);
        assert!(matches!(file.opens_with(&old, false), Err(UpkeepError::OtherKey(_))));
        assert!(matches!(open(&file, &old).await, Err(SealError::OtherKey)));
        let store = open(&file, &new).await.unwrap();
        for n in (0..1200).filter(|n| *n != 7) {
            let found = store.get(Kind::Note, key(n)).await.unwrap().unwrap();
            assert_eq!(found.value, n.to_string().into_bytes());
        }
    }
}
