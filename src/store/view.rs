//! Typed access: a record type knows its kind, and is read and written as JSON.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Content, Key, Kind, Label, Store, StoreError};
use crate::clock::Timestamp;

/// A type that lives in the store under one kind.
pub trait Stored: Serialize + DeserializeOwned + Send {
    /// Its kind.
    const KIND: Kind;

    /// By which it is found beside its key.
    fn labels(&self) -> Vec<Label<'_>> {
        Vec::new()
    }
}

/// Records that are looked at in one go.
pub(super) const PAGE: usize = 1000;

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
        let value = decode(&record.value)?;
        Ok(Some(Versioned { value, version: record.version, expires: record.expires }))
    }

    /// Live records that bear a label and that `wanted` picks, at most `most` of them. Reads those
    /// with the label and no others.
    pub async fn labelled<T: Stored>(
        &self,
        label: Label<'_>,
        most: usize,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.0.scan_label(T::KIND, label.key(), after, PAGE).await?;
            for (key, record) in page.records {
                let value: T = decode(&record.value)?;
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
        self.0.put(T::KIND, key, content(value, expires)?).await
    }

    /// Writes if nothing stands there.
    pub async fn put_new<T: Stored>(
        &self,
        key: Key,
        value: &T,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        self.0.put_new(T::KIND, key, content(value, expires)?).await
    }

    /// Removes and returns; exactly one caller wins.
    pub async fn take<T: Stored>(&self, key: Key) -> Result<Option<T>, StoreError> {
        let Some(record) = self.0.take(T::KIND, key).await? else { return Ok(None) };
        decode(&record.value).map(Some)
    }

    /// Compare-and-swap: writes if the record still has the version that was read.
    pub async fn replace<T: Stored>(
        &self,
        key: Key,
        version: u64,
        value: &T,
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        self.0.replace(T::KIND, key, version, content(value, expires)?).await
    }
}

/// A record as engines take it.
pub(super) fn content<T: Stored>(value: &T, expires: Timestamp) -> Result<Content, StoreError> {
    let labels = value.labels().iter().map(Label::key).collect();
    let value = serde_json::to_vec(value).map_err(|_| StoreError::Corrupt)?;
    Ok(Content { value, expires, labels })
}

pub(super) fn decode<T: Stored>(value: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(value).map_err(|_| StoreError::Corrupt)
}
