//! What we remember: records with a kind, a key, a value and an expiry, and only atomic verbs, so
//! that every engine can keep the same promises.
//!
//! No engine ever holds a usable secret: keys are SHA-256 of it ([`Key::of_secret`]), and where values
//! leave the memory of the lab they are sealed ([`SealedStore`]). The typed views stand on top, once,
//! in [`record`].

mod error;
mod kind;
mod label;
mod memory;
pub mod record;
mod redis;
mod room;
mod seal;
mod sealed;
mod sqlite;
#[cfg(test)]
mod suite;
mod view;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use sha2::{Digest as _, Sha256};

pub use self::redis::{RedisOpenError, RedisStore};
pub use error::{StoreError, Trouble};
pub use kind::Kind;
pub use label::Label;
pub use memory::MemoryStore;
pub use seal::{NoSealKey, SealKey};
use sealed::proof;
pub use sealed::{SealError, SealedStore, is_sealed};
pub use sqlite::{
    Contents, Copied, DatabaseFile, KindContents, OpenError, Overwrite, SqliteStore, UpkeepError,
};
pub use view::{Stored, Versioned, View};

use crate::clock::Timestamp;
use crate::protocol::Secret;

/// A record's key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Key {
    /// The first in key order.
    const LEAST: Self = Self([0; 32]);
    /// The last in key order.
    const GREATEST: Self = Self([u8::MAX; 32]);

    /// The key of a secret: its SHA-256.
    pub fn of_secret(secret: &Secret) -> Self {
        Self(secret.sha256())
    }

    /// The key of public parts: SHA-256 over each with its length, so that no two lists collide.
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The key that a record names by its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "Key({first:02x}{second:02x}…)")
    }
}

/// A stored value with the version that a compare-and-swap names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The value, JSON of a type in [`record`].
    pub value: Vec<u8>,
    /// Grows with each write of this key.
    pub version: u64,
    /// When it may be forgotten; it is absent to readers from then on.
    pub expires: Timestamp,
}

/// The answer of an engine, in its own time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A page of [`Store::scan`]: keys with records, and where to go on.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Live records in key order.
    pub records: Vec<(Key, Record)>,
    /// The last key, when there may be more.
    pub next: Option<Key>,
}

/// What is written in the place of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The value.
    pub value: Vec<u8>,
    /// When it may be forgotten.
    pub expires: Timestamp,
    /// By which it is found beside its key. They are what this write says, and end with the record.
    pub labels: Vec<Key>,
}

impl Content {
    /// Without labels.
    pub const fn new(value: Vec<u8>, expires: Timestamp) -> Self {
        Self { value, expires, labels: Vec::new() }
    }

    /// With these labels.
    #[must_use]
    pub fn labelled(self, labels: Vec<Key>) -> Self {
        Self { labels, ..self }
    }
}

/// An engine. Every verb is atomic for one key; nothing needs two keys at once.
pub trait Store: Send + Sync + fmt::Debug {
    /// Reads a live record.
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>>;

    /// Writes, whatever stood there.
    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()>;

    /// Writes if no live record stands there; false if one does.
    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool>;

    /// Removes and returns a live record: of many callers exactly one gets it.
    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>>;

    /// Writes if the live record still has this version; false if it has not.
    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool>;

    /// Live records in key order, after `after`, at most `limit`.
    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page>;

    /// As [`Store::scan`], those alone that bear a label. Others are not read.
    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page>;

    /// Forgets expired records, at most `budget`; how many were forgotten.
    fn sweep(&self, budget: usize) -> Answer<'_, usize>;

    /// Live records by kind: for dashboards, not for the hot path. Nothing where the engine cannot
    /// count without reading everything.
    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
