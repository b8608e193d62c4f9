//! A store whose engine sees sealed values only.

use std::fmt;
use std::sync::Arc;

use super::seal::{Seal, SealKey};
use super::{Answer, Content, Key, Kind, Page, Record, Store, StoreError};
use crate::clock::Timestamp;
use crate::protocol::Secret;

/// Seals what goes into an engine, and opens what comes out of it.
pub struct SealedStore {
    engine: Arc<dyn Store>,
    seal: Seal,
}

/// The store cannot be used with this key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Another key sealed what is there.
    #[error("this is not the key that sealed the store")]
    OtherKey,
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the key is tried on.
const PROOF: &[u8] = b"oauthlab";
/// It never expires.
const NEVER: Timestamp = Timestamp::from_millis(u64::MAX >> 1);

/// Whether an engine was ever sealed: then a new key is of no use to it.
pub async fn is_sealed(engine: &dyn Store) -> Result<bool, StoreError> {
    Ok(engine.get(Kind::Seal, proof()).await?.is_some())
}

pub(super) fn proof() -> Key {
    Key::of(&["proof"])
}

fn seed() -> Key {
    Key::of(&["seed"])
}

impl SealedStore {
    /// Around an engine that is empty, or was sealed with this key.
    pub async fn open(engine: Arc<dyn Store>, key: &SealKey) -> Result<Self, SealError> {
        let seal = Seal::of(key)?;
        let sealed = seal.seal(Kind::Seal, proof(), PROOF.to_vec())?;
        // Of two that begin at once one writes, and both read.
        engine.put_new(Kind::Seal, proof(), Content::new(sealed, NEVER)).await?;
        let found = engine.get(Kind::Seal, proof()).await?.ok_or(StoreError::Corrupt)?;
        match seal.open(Kind::Seal, proof(), &found.value) {
            Ok(opened) if opened == PROOF => Ok(Self { engine, seal }),
            _ => Err(SealError::OtherKey),
        }
    }

    /// Labels are hashes of what is no secret; they stay as they are, so that the engine finds them.
    fn sealed(&self, kind: Kind, key: Key, new: Content) -> Result<Content, StoreError> {
        Ok(Content { value: self.seal.seal(kind, key, new.value)?, ..new })
    }

    fn opened_page(&self, kind: Kind, page: Page) -> Result<Page, StoreError> {
        let opened = page
            .records
            .into_iter()
            .map(|(key, record)| Ok((key, self.opened(kind, key, &record)?)));
        Ok(Page { records: opened.collect::<Result<_, StoreError>>()?, next: page.next })
    }

    /// What lasting secrets follow from: the text of the first key, whatever key came after it.
    pub async fn seed(&self, key: &SealKey) -> Result<Secret, StoreError> {
        let first = key.text().expose().as_bytes().to_vec();
        self.put_new(Kind::Seal, seed(), Content::new(first, NEVER)).await?;
        let found = self.get(Kind::Seal, seed()).await?.ok_or(StoreError::Corrupt)?;
        String::from_utf8(found.value).map(Secret::new).map_err(|_| StoreError::Corrupt)
    }

    fn opened(&self, kind: Kind, key: Key, record: &Record) -> Result<Record, StoreError> {
        let value = self.seal.open(kind, key, &record.value)?;
        Ok(Record { value, version: record.version, expires: record.expires })
    }
}

impl fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SealedStore").field(&self.engine).finish()
    }
}

impl Store for SealedStore {
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        Box::pin(async move {
            let found = self.engine.get(kind, key).await?;
            found.map(|record| self.opened(kind, key, &record)).transpose()
        })
    }

    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()> {
        Box::pin(async move { self.engine.put(kind, key, self.sealed(kind, key, new)?).await })
    }

    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool> {
        Box::pin(async move { self.engine.put_new(kind, key, self.sealed(kind, key, new)?).await })
    }

    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        Box::pin(async move {
            let taken = self.engine.take(kind, key).await?;
            taken.map(|record| self.opened(kind, key, &record)).transpose()
        })
    }

    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool> {
        Box::pin(async move {
            self.engine.replace(kind, key, version, self.sealed(kind, key, new)?).await
        })
    }

    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        Box::pin(async move { self.opened_page(kind, self.engine.scan(kind, after, limit).await?) })
    }

    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page> {
        Box::pin(async move {
            self.opened_page(kind, self.engine.scan_label(kind, label, after, limit).await?)
        })
    }

    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        self.engine.sweep(budget)
    }

    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        self.engine.census()
    }
}
