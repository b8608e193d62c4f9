//! One part of the records in memory, in the order of their keys, with the two indexes that go with
//! them: what bears a label, and what expires next. Nothing but this file changes one without the
//! others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included};

use crate::clock::Timestamp;
use crate::store::{Content, Key, Kind, Record};

/// Where a record stands.
pub(super) type Place = (Kind, Key);

/// Records of all kinds.
#[derive(Debug, Default)]
pub(super) struct Shard {
    records: BTreeMap<Place, Held>,
    by_label: BTreeSet<(Key, Kind, Key)>,
    by_expiry: BTreeSet<(Timestamp, Kind, Key)>,
    counts: BTreeMap<Kind, u64>,
}

/// A record as it is held: a million of them are many bytes, so no room is left to grow.
#[derive(Debug)]
pub(super) struct Held {
    value: Box<[u8]>,
    labels: Box<[Key]>,
    pub(super) version: u64,
    pub(super) expires: Timestamp,
}

/// What a label weighs, beside the record and in the index.
const LABEL: usize = 128;

impl Held {
    pub(super) fn new(content: Content, version: u64) -> Self {
        Self {
            value: content.value.into_boxed_slice(),
            labels: content.labels.into_boxed_slice(),
            version,
            expires: content.expires,
        }
    }

    pub(super) fn record(&self) -> Record {
        Record { value: self.value.to_vec(), version: self.version, expires: self.expires }
    }

    /// Bytes beside those that every record costs.
    pub(super) fn weight(&self) -> usize {
        self.value.len() + self.labels.len() * LABEL
    }
}

impl Shard {
    pub(super) fn get(&self, place: Place) -> Option<&Held> {
        self.records.get(&place)
    }

    /// Writes; what stood there.
    pub(super) fn put(&mut self, place @ (kind, key): Place, held: Held) -> Option<Held> {
        let old = self.remove(place);
        self.by_label.extend(held.labels.iter().map(|label| (*label, kind, key)));
        self.by_expiry.insert((held.expires, kind, key));
        *self.counts.entry(kind).or_default() += 1;
        self.records.insert(place, held);
        old
    }

    /// Removes; what stood there.
    pub(super) fn remove(&mut self, place @ (kind, key): Place) -> Option<Held> {
        let held = self.records.remove(&place)?;
        for label in &held.labels {
            self.by_label.remove(&(*label, kind, key));
        }
        self.by_expiry.remove(&(held.expires, kind, key));
        self.counts.entry(kind).and_modify(|count| *count -= 1);
        Some(held)
    }

    /// Removes what has expired, the oldest first, at most so many.
    pub(super) fn bury(&mut self, now: Timestamp, budget: usize) -> Vec<(Kind, Held)> {
        let mut gone = Vec::new();
        while gone.len() < budget
            && let Some((expires, kind, key)) = self.by_expiry.first().copied()
            && expires <= now
            && let Some(held) = self.remove((kind, key))
        {
            gone.push((kind, held));
        }
        gone
    }

    /// Live ones of a kind, in the order of their keys, after one, at most so many.
    pub(super) fn of_kind(
        &self,
        kind: Kind,
        after: Option<Key>,
        now: Timestamp,
        most: usize,
    ) -> Vec<(Key, Record)> {
        let from = after.map_or(Included((kind, Key::LEAST)), |after| Excluded((kind, after)));
        let found = self.records.range((from, Included((kind, Key::GREATEST))));
        live(found.map(|((_, key), held)| (*key, held)), now, most)
    }

    /// As [`Shard::of_kind`], those that bear a label.
    pub(super) fn labelled(
        &self,
        (label, kind): (Key, Kind),
        after: Option<Key>,
        now: Timestamp,
        most: usize,
    ) -> Vec<(Key, Record)> {
        let first = Included((label, kind, Key::LEAST));
        let from = after.map_or(first, |after| Excluded((label, kind, after)));
        let found = self.by_label.range((from, Included((label, kind, Key::GREATEST))));
        let found = found.filter_map(|(_, _, key)| Some((*key, self.records.get(&(kind, *key))?)));
        live(found, now, most)
    }

    /// How many there are of each kind, without what has expired.
    pub(super) fn census(&self, now: Timestamp) -> BTreeMap<Kind, u64> {
        let mut counts = self.counts.clone();
        let dead = self.by_expiry.iter().take_while(|(expires, ..)| *expires <= now);
        for (_, kind, _) in dead {
            counts.entry(*kind).and_modify(|count| *count -= 1);
        }
        counts
    }
}

fn live<'s>(
    found: impl Iterator<Item = (Key, &'s Held)>,
    now: Timestamp,
    most: usize,
) -> Vec<(Key, Record)> {
    let live = found.filter(|(_, held)| now < held.expires);
    live.take(most).map(|(key, held)| (key, held.record())).collect()
}
