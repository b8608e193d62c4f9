//! The memory engine: sharded, bounded, expiring, nothing on disk.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::room::Room;
use super::{Answer, Key, Kind, Page, Record, Replacement, Store, StoreError};
use crate::clock::{Clock, Timestamp};

/// A bounded store in memory. At its bound it refuses new records; it never evicts a live one.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    shards: Vec<Mutex<Shard>>,
    // Counted once for all shards, so that the bounds hold for the whole.
    room: Room,
    versions: AtomicU64,
    // A sweep of all shards that found nothing dead need not be repeated at once.
    fruitless_until: AtomicU64,
    next_swept: AtomicUsize,
}

// A std mutex: held for one map operation, never across an await.
type Shard = BTreeMap<(Kind, Key), Record>;

const SHARDS: usize = 16;

/// Records that a lab holds at most, unless told otherwise: 200 MiB of them.
const DEFAULT_CAPACITY: usize = 200_000;

/// Expired records that a full store forgets before it refuses.
const EMERGENCY_SWEEP: usize = 1024;

/// How long a full store refuses without looking for expired records again.
const PAUSE: Duration = Duration::from_secs(1);

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
            room: Room::of(capacity),
            versions: AtomicU64::new(1),
            fruitless_until: AtomicU64::new(0),
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
    fn reserve(&self, kind: Kind, bytes: usize) -> Result<(), StoreError> {
        if self.room.take(kind, bytes) {
            return Ok(());
        }
        let now = self.clock.now();
        // Refusing must be cheap: a flood would have every record looked at for every request.
        if self.fruitless_until.load(Ordering::Relaxed) <= now.millis() {
            for _ in 0..SHARDS {
                if self.sweep_now(EMERGENCY_SWEEP) > 0 && self.room.take(kind, bytes) {
                    return Ok(());
                }
            }
            self.fruitless_until.store(now.plus(PAUSE).millis(), Ordering::Relaxed);
        }
        Err(StoreError::Full(self.room.records()))
    }

    /// Inserts under a reservation; `when` decides from the live record. True if it was written.
    fn insert(
        &self,
        place: (Kind, Key),
        record: Record,
        when: impl FnOnce(Option<&Record>) -> bool,
    ) -> Result<bool, StoreError> {
        let bytes = record.value.len();
        self.reserve(place.0, bytes)?;
        let (written, gone) = self.with(place.1, |shard| {
            let live = shard.get(&place).filter(|old| self.is_live(old));
            if !when(live) {
                return (false, Some(bytes));
            }
            (true, shard.insert(place, record).map(|old| old.value.len()))
        });
        if let Some(bytes) = gone {
            self.room.give(place.0, bytes);
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
            if let Some(record) = shard.remove(place) {
                self.room.give(place.0, record.value.len());
            }
        }
        dead.len()
    }

    fn scan_now(&self, kind: Kind, after: Option<Key>, limit: usize) -> Page {
        let mut records = Vec::new();
        for at in 0..SHARDS {
            let Some(shard) = self.shard(at) else { continue };
            let from = after.map_or(Included((kind, Key::LEAST)), |after| Excluded((kind, after)));
            let of_kind = shard.range((from, Included((kind, Key::GREATEST))));
            let live = of_kind.filter(|(_, record)| self.is_live(record));
            // One more than the page, so that it is known whether there is another.
            let live = live.take(limit.saturating_add(1));
            records.extend(live.map(|((_, key), record)| (*key, record.clone())));
        }
        records.sort_by_key(|(key, _)| *key);
        let more = records.len() > limit;
        records.truncate(limit);
        let next = records.last().map(|(key, _)| *key).filter(|_| more);
        Page { records, next }
    }

    fn census_now(&self) -> Vec<(Kind, u64)> {
        let mut counts: BTreeMap<Kind, u64> = Kind::ALL.iter().map(|kind| (*kind, 0)).collect();
        for at in 0..SHARDS {
            let Some(shard) = self.shard(at) else { continue };
            for ((kind, _), _) in shard.iter().filter(|(_, record)| self.is_live(record)) {
                *counts.entry(*kind).or_default() += 1;
            }
        }
        counts.into_iter().collect()
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
        if let Some(record) = &taken {
            self.room.give(kind, record.value.len());
        }
        done(Ok(taken.filter(|record| self.is_live(record))))
    }

    fn replace(&self, kind: Kind, key: Key, new: Replacement) -> Answer<'_, bool> {
        let record = self.record(new.value, new.expires);
        let same = self.with(key, |shard| match shard.get_mut(&(kind, key)) {
            Some(old) if old.version == new.version && self.is_live(old) => {
                // Never refused: tombstones and revocations are written this way.
                self.room.exchange(kind, old.value.len(), record.value.len());
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

    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        done(Ok(self.census_now()))
    }
}
