//! The keys of one algorithm: what the store says of them, and what was made of that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::issuer::Fault;
use crate::issuer::commit::{KEPT, TRIES};
use crate::protocol::jose::{KeyError, SigningKey};
use crate::protocol::{Algorithm, Secret};
use crate::store::record::{SigningKeyRecord, SigningKeysRecord};
use crate::store::{Key, StoreError, Versioned, View};

/// The keys of one algorithm.
#[derive(Debug)]
pub(super) struct Line {
    alg: Algorithm,
    // A std mutex: held for one look, never across an await.
    known: Mutex<Option<Known>>,
    /// One reads, or makes the first key; the others wait for what it finds.
    reading: tokio::sync::Mutex<()>,
}

/// What was read last.
#[derive(Clone, Debug)]
struct Known {
    generations: Generations,
    version: u64,
    read_at: Timestamp,
}

/// Every key of a line, the oldest first. Shared: who signs copies one of them.
pub(super) type Generations = Arc<[Generation]>;

/// One key, and since when it signs.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    pub(super) key: SigningKey,
    pub(super) signs_from: Timestamp,
}

impl Line {
    pub(super) fn of(alg: Algorithm) -> Self {
        Self { alg, known: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }

    fn place(&self) -> Key {
        Key::of(&["signing-keys", self.alg.as_str()])
    }

    /// What was read not longer ago than this.
    fn known(&self, now: Timestamp, age: Duration) -> Option<Generations> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.as_ref().filter(|known| now < known.read_at.plus(age));
        fresh.map(|known| Arc::clone(&known.generations))
    }

    /// The keys, the oldest first, as the store had them not longer ago than `age`. The first one
    /// is made if there is none. While the store is out of reach, what was read before holds.
    pub(super) async fn read(
        &self,
        store: &View,
        now: Timestamp,
        age: Duration,
    ) -> Result<Generations, Fault> {
        if let Some(known) = self.known(now, age) {
            return Ok(known);
        }
        let _alone = self.reading.lock().await;
        if let Some(known) = self.known(now, age) {
            return Ok(known);
        }
        match self.read_or_make(store, now).await {
            Err(Fault::Store(StoreError::Unavailable(trouble))) => {
                let known = self.known(now, Duration::MAX);
                known.ok_or(Fault::Store(StoreError::Unavailable(trouble)))
            }
            other => other,
        }
    }

    async fn read_or_make(&self, store: &View, now: Timestamp) -> Result<Generations, Fault> {
        for _ in 0..TRIES {
            if let Some(found) = store.get::<SigningKeysRecord>(self.place()).await? {
                return self.learn(&found, now);
            }
            let first = stored(&make(self.alg).await?, Timestamp::from_secs(0));
            let record = SigningKeysRecord { generations: vec![first] };
            // Another process may have been faster: then its key is the one.
            store.put_new(self.place(), &record, now.plus(KEPT)).await?;
        }
        Err(Fault::Contention)
    }

    /// Whether the store had keys; they are read, and none is made.
    pub(super) async fn find(&self, store: &View, now: Timestamp) -> Result<bool, Fault> {
        let Some(found) = store.get::<SigningKeysRecord>(self.place()).await? else {
            return Ok(false);
        };
        self.learn(&found, now)?;
        Ok(true)
    }

    /// Changes the keys in the store, in one step, and reads them again. `change` is told them all.
    pub(super) async fn change<E: From<Fault>>(
        &self,
        store: &View,
        now: Timestamp,
        change: impl Fn(&mut Vec<SigningKeyRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        for _ in 0..TRIES {
            self.read(store, now, Duration::ZERO).await?;
            let found = store.get::<SigningKeysRecord>(self.place()).await.map_err(Fault::from)?;
            let Some(Versioned { mut value, version, .. }) = found else { continue };
            change(&mut value.generations)?;
            let until = now.plus(KEPT);
            let swapped = store.replace(self.place(), version, &value, until).await;
            if swapped.map_err(Fault::from)? {
                self.read(store, now, Duration::ZERO).await?;
                return Ok(());
            }
        }
        Err(Fault::Contention.into())
    }

    fn learn(
        &self,
        found: &Versioned<SigningKeysRecord>,
        now: Timestamp,
    ) -> Result<Generations, Fault> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_mut().filter(|known| known.version == found.version) {
            known.read_at = now;
            return Ok(Arc::clone(&known.generations));
        }
        let old = known.take().map(|known| known.generations).unwrap_or_default();
        let read = found.value.generations.iter().map(|stored| self.generation(stored, &old));
        let generations = read.collect::<Result<Generations, _>>()?;
        let learnt = Known { generations, version: found.version, read_at: now };
        Ok(Arc::clone(&known.insert(learnt).generations))
    }

    /// A key as it is used. Those that were used already need not be read again.
    fn generation(
        &self,
        stored: &SigningKeyRecord,
        old: &[Generation],
    ) -> Result<Generation, Fault> {
        let pkcs8 =
            URL_SAFE_NO_PAD.decode(stored.pkcs8.expose()).map_err(|_| KeyError(self.alg))?;
        let same = old.iter().find(|old| old.key.pkcs8() == pkcs8).map(|old| old.key.clone());
        let key = same.map_or_else(|| SigningKey::from_pkcs8(self.alg, pkcs8), Ok)?;
        Ok(Generation { key, signs_from: stored.signs_from })
    }
}

/// Makes a key; a slow one off the runtime's threads.
pub(super) async fn make(alg: Algorithm) -> Result<SigningKey, Fault> {
    if !is_slow(alg) {
        return Ok(SigningKey::generate(alg)?);
    }
    let made = tokio::task::spawn_blocking(move || SigningKey::generate(alg)).await;
    Ok(made.map_err(|_| Fault::Task)??)
}

/// As it is stored.
pub(super) fn stored(key: &SigningKey, signs_from: Timestamp) -> SigningKeyRecord {
    SigningKeyRecord { pkcs8: Secret::new(URL_SAFE_NO_PAD.encode(key.pkcs8())), signs_from }
}

/// Whether making a key takes long: 50 ms of processor time.
pub(super) const fn is_slow(alg: Algorithm) -> bool {
    match alg {
        Algorithm::Rs256 | Algorithm::Ps256 => true,
        Algorithm::Es256
        | Algorithm::EdDsa
        | Algorithm::MlDsa44
        | Algorithm::MlDsa65
        | Algorithm::MlDsa87 => false,
    }
}
