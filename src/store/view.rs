//! Typed access: a record type knows its kind, and is read and written as JSON.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Key, Kind, Replacement, Store, StoreError};
use crate::clock::Timestamp;

/// A type that lives in the store under one kind.
pub trait Stored: Serialize + DeserializeOwned + Send {
    /// Its kind.
    const KIND: Kind;
}

/// Records that are looked at in one go.
const PAGE: usize = 1000;

/// The store, typed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View(Arc<dyn Store>);

/// A record that was read, with the version that a replacement needs.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// Its version.
    pub version: u64,
    /// Its expiry.
    pub expires: Timestamp,
}

impl View {
    /// Over an engine.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// The engine itself.
    pub fn engine(&self) -> &Arc<dyn Store> {
        &self.0
    }

    /// Reads.
    pub async fn get<T: Stored>(&self, key: Key) -> Result<Option<Versioned<T>>, StoreError> {
        let Some(record) = self.0.get(T::KIND, key).await? else { return Ok(None) };
        let value = serde_json::from_slice(&record.value).map_err(|_| StoreError::Corrupt)?;
        Ok(Some(Versioned { value, version: record.version, expires: record.expires }))
    }

    /// Live records that `wanted` picks, at most `most` of them. Reads every record of the kind, page
    /// by page: for what a person asks for now and then, not for the hot path.
    pub async fn select<T: Stored>(
        &self,
        most: usize,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.0.scan(T::KIND, after, PAGE).await?;
            for (key, record) in page.records {
                let value: T =
                    serde_json::from_slice(&record.value).map_err(|_| StoreError::Corrupt)?;
                if wanted(&value) {
                    found.push((key, value));
                }
                if found.len() == most {
                    return Ok(found);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Writes, whatever stood there.
    pub async fn put<T: Stored>(
        &self,
        key: Key,
        value: &T,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.put(T::KIND, key, encode(value)?, expires).await
    }

    /// Writes if nothing stands there.
    pub async fn put_new<T: Stored>(
        &self,
        key: Key,
        value: &T,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        self.0.put_new(T::KIND, key, encode(value)?, expires).await
    }

    /// Removes and returns; exactly one caller wins.
    pub async fn take<T: Stored>(&self, key: Key) -> Result<Option<T>, StoreError> {
        let Some(record) = self.0.take(T::KIND, key).await? else { return Ok(None) };
        serde_json::from_slice(&record.value).map(Some).map_err(|_| StoreError::Corrupt)
    }

    /// Compare-and-swap: writes if the record still has the version that was read.
    pub async fn replace<T: Stored>(
        &self,
        key: Key,
        version: u64,
        value: &T,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        let new = Replacement { version, value: encode(value)?, expires };
        self.0.replace(T::KIND, key, new).await
    }
}

fn encode<T: Stored>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_| StoreError::Corrupt)
}
