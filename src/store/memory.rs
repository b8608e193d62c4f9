//! The memory engine: sharded, bounded, expiring, nothing on disk.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Answer, Key, Kind, Page, Record, Replacement, Store, StoreError};
use crate::clock::{Clock, Timestamp};

/// A bounded store in memory. At its bound it refuses new records; it never evicts a live one.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    shards: Vec<Mutex<Shard>>,
    // Counted once for all shards, so that the bound holds for the whole.
    count: AtomicUsize,
    capacity: usize,
    versions: AtomicU64,
    next_swept: AtomicUsize,
}

// A std mutex: held for one map operation, never across an await.
type Shard = BTreeMap<(Kind, Key), Record>;

const SHARDS: usize = 16;

/// Records that a lab holds at most, unless told otherwise: about 100 MiB of them.
const DEFAULT_CAPACITY: usize = 200_000;

/// Expired records that a full store forgets before it refuses.
const EMERGENCY_SWEEP: usize = 1024;

impl MemoryStore {
    /// An empty store with the default bound.
    pub fn new(clock: Clock) -> Self {
        Self::with_capacity(clock, DEFAULT_CAPACITY)
    }

    /// An empty store that holds at most `capacity` records.
    pub fn with_capacity(clock: Clock, capacity: usize) -> Self {
        Self {
            clock,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            count: AtomicUsize::new(0),
            capacity,
            versions: AtomicU64::new(1),
            next_swept: AtomicUsize::new(0),
        }
    }

    fn shard(&self, at: usize) -> Option<MutexGuard<'_, Shard>> {
        let shard = self.shards.get(at % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with<T: Default>(&self, key: Key, act: impl FnOnce(&mut Shard) -> T) -> T {
        let [first, ..] = *key.as_bytes();
        self.shard(usize::from(first)).map(|mut shard| act(&mut shard)).unwrap_or_default()
    }

    fn is_live(&self, record: &Record) -> bool {
        self.clock.now() < record.expires
    }

    fn record(&self, value: Vec<u8>, expires: Timestamp) -> Record {
        Record { value, version: self.versions.fetch_add(1, Ordering::Relaxed), expires }
    }

    /// Reserves room for one more record.
    fn reserve(&self) -> Result<(), StoreError> {
        let room = |count: usize| (count < self.capacity).then_some(count + 1);
        let reserve = || self.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room);
        if reserve().is_ok() {
            return Ok(());
        }
        for _ in 0..SHARDS {
            if self.sweep_now(EMERGENCY_SWEEP) > 0 && reserve().is_ok() {
                return Ok(());
            }
        }
        Err(StoreError::Full(self.capacity))
    }

    /// Inserts under a reservation; `when` decides from the live record. True if it was written.
    fn insert(
        &self,
        place: (Kind, Key),
        record: Record,
        when: impl FnOnce(Option<&Record>) -> bool,
    ) -> Result<bool, StoreError> {
        self.reserve()?;
        let (written, replaced) = self.with(place.1, |shard| {
            let live = shard.get(&place).filter(|old| self.is_live(old));
            if !when(live) {
                return (false, false);
            }
            (true, shard.insert(place, record).is_some())
        });
        if !written || replaced {
            self.count.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(written)
    }

    /// Looks at one shard a call, in turn.
    fn sweep_now(&self, budget: usize) -> usize {
        let at = self.next_swept.fetch_add(1, Ordering::Relaxed);
        let Some(mut shard) = self.shard(at) else { return 0 };
        let now = self.clock.now();
        let expired = |(_, record): &(&(Kind, Key), &Record)| record.expires <= now;
        let dead: Vec<_> =
            shard.iter().filter(expired).map(|(place, _)| *place).take(budget).collect();
        for place in &dead {
            shard.remove(place);
        }
        self.count.fetch_sub(dead.len(), Ordering::SeqCst);
        dead.len()
    }

    fn scan_now(&self, kind: Kind, after: Option<Key>, limit: usize) -> Page {
        let mut records = Vec::new();
        for at in 0..SHARDS {
            let Some(shard) = self.shard(at) else { continue };
            let of_kind = shard.iter().filter(|((k, key), record)| {
                *k == kind && after.is_none_or(|after| *key > after) && self.is_live(record)
            });
            records.extend(of_kind.map(|((_, key), record)| (*key, record.clone())));
        }
        records.sort_by_key(|(key, _)| *key);
        let more = records.len() > limit;
        records.truncate(limit);
        let next = records.last().map(|(key, _)| *key).filter(|_| more);
        Page { records, next }
    }
}

fn done<'a, T: Send + 'a>(result: Result<T, StoreError>) -> Answer<'a, T> {
    Box::pin(std::future::ready(result))
}

impl Store for MemoryStore {
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        let found = self.with(key, |shard| shard.get(&(kind, key)).cloned());
        done(Ok(found.filter(|record| self.is_live(record))))
    }

    fn put(&self, kind: Kind, key: Key, value: Vec<u8>, expires: Timestamp) -> Answer<'_, ()> {
        done(self.insert((kind, key), self.record(value, expires), |_| true).map(|_| ()))
    }

    fn put_new(
        &self,
        kind: Kind,
        key: Key,
        value: Vec<u8>,
        expires: Timestamp,
    ) -> Answer<'_, bool> {
        done(self.insert((kind, key), self.record(value, expires), |live| live.is_none()))
    }

    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        let taken = self.with(key, |shard| shard.remove(&(kind, key)));
        if taken.is_some() {
            self.count.fetch_sub(1, Ordering::SeqCst);
        }
        done(Ok(taken.filter(|record| self.is_live(record))))
    }

    fn replace(&self, kind: Kind, key: Key, new: Replacement) -> Answer<'_, bool> {
        let record = self.record(new.value, new.expires);
        let same = self.with(key, |shard| match shard.get_mut(&(kind, key)) {
            Some(old) if old.version == new.version && self.is_live(old) => {
                *old = record;
                true
            }
            _ => false,
        });
        done(Ok(same))
    }

    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        done(Ok(self.scan_now(kind, after, limit)))
    }

    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        done(Ok(self.sweep_now(budget)))
    }
}
