//! The memory engine: sharded, bounded, expiring, nothing on disk.

mod shard;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::room::Room;
use super::{Answer, Content, Key, Kind, Page, Record, Store, StoreError};
use crate::clock::Clock;
use shard::{Held, Place, Shard};

/// A bounded store in memory. At its bound it refuses new records; it never evicts a live one.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    // A std mutex: held for one operation on the maps, never across an await.
    shards: Vec<Mutex<Shard>>,
    // Counted once for all shards, so that the bounds hold for the whole.
    room: Room,
    versions: AtomicU64,
    // A sweep of all shards that found nothing dead need not be repeated at once.
    fruitless_until: AtomicU64,
    next_swept: AtomicUsize,
}

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

    fn is_live(&self, held: &Held) -> bool {
        self.clock.now() < held.expires
    }

    fn held(&self, content: Content) -> Held {
        Held::new(content, self.versions.fetch_add(1, Ordering::Relaxed))
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
        place: Place,
        content: Content,
        when: impl FnOnce(Option<&Held>) -> bool,
    ) -> Result<bool, StoreError> {
        let held = self.held(content);
        let weight = held.weight();
        self.reserve(place.0, weight)?;
        let (written, gone) = self.with(place.1, |shard| {
            let live = shard.get(place).filter(|old| self.is_live(old));
            if !when(live) {
                return (false, Some(weight));
            }
            (true, shard.put(place, held).map(|old| old.weight()))
        });
        if let Some(weight) = gone {
            self.room.give(place.0, weight);
        }
        Ok(written)
    }

    /// Looks at one shard a call, in turn.
    fn sweep_now(&self, budget: usize) -> usize {
        let at = self.next_swept.fetch_add(1, Ordering::Relaxed);
        let Some(mut shard) = self.shard(at) else { return 0 };
        let dead = shard.bury(self.clock.now(), budget);
        drop(shard);
        for (kind, held) in &dead {
            self.room.give(*kind, held.weight());
        }
        dead.len()
    }

    /// A page of what each shard finds, of which it is asked for at most so many.
    fn page(&self, limit: usize, find: impl Fn(&Shard, usize) -> Vec<(Key, Record)>) -> Page {
        // One more than the page, so that it is known whether there is another.
        let most = limit.saturating_add(1);
        let shards = (0..SHARDS).filter_map(|at| self.shard(at));
        let mut records: Vec<_> = shards.flat_map(|shard| find(&shard, most)).collect();
        records.sort_by_key(|(key, _)| *key);
        let more = records.len() > limit;
        records.truncate(limit);
        let next = records.last().map(|(key, _)| *key).filter(|_| more);
        Page { records, next }
    }

    fn census_now(&self) -> Vec<(Kind, u64)> {
        let mut counts: BTreeMap<Kind, u64> = Kind::ALL.iter().map(|kind| (*kind, 0)).collect();
        let now = self.clock.now();
        for at in 0..SHARDS {
            let Some(shard) = self.shard(at) else { continue };
            for (kind, count) in shard.census(now) {
                *counts.entry(kind).or_default() += count;
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
        let live = |shard: &mut Shard| {
            shard.get((kind, key)).filter(|held| self.is_live(held)).map(Held::record)
        };
        done(Ok(self.with(key, live)))
    }

    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()> {
        done(self.insert((kind, key), new, |_| true).map(|_| ()))
    }

    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool> {
        done(self.insert((kind, key), new, |live| live.is_none()))
    }

    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        let taken = self.with(key, |shard| shard.remove((kind, key)));
        if let Some(held) = &taken {
            self.room.give(kind, held.weight());
        }
        done(Ok(taken.filter(|held| self.is_live(held)).map(|held| held.record())))
    }

    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool> {
        let held = self.held(new);
        let same = self.with(key, |shard| match shard.get((kind, key)) {
            Some(old) if old.version == version && self.is_live(old) => {
                // Never refused: tombstones and revocations are written this way.
                self.room.exchange(kind, old.weight(), held.weight());
                shard.put((kind, key), held);
                true
            }
            _ => false,
        });
        done(Ok(same))
    }

    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        let now = self.clock.now();
        done(Ok(self.page(limit, |shard, most| shard.of_kind(kind, after, now, most))))
    }

    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page> {
        let (now, sought) = (self.clock.now(), (label, kind));
        done(Ok(self.page(limit, |shard, most| shard.labelled(sought, after, now, most))))
    }

    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        done(Ok(self.sweep_now(budget)))
    }

    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        done(Ok(self.census_now()))
    }
}
