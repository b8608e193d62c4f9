//! How much a bounded engine holds: records, their bytes, and the share of both that strangers fill.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Kind;

/// Three budgets. A record is admitted when it fits into each that is its own.
#[derive(Debug)]
pub(super) struct Room {
    records: Budget,
    bytes: Budget,
    // Requests that wait for a user, and counters of names that anybody can type: without a share
    // of their own, a flood of them would leave no room for sessions and tokens.
    strangers: Budget,
}

#[derive(Debug)]
struct Budget {
    used: AtomicUsize,
    most: usize,
}

/// What a record weighs beside its value.
pub(super) const OVERHEAD: usize = 256;

/// Bytes for each record of the bound, value and overhead.
pub(super) const BYTES_PER_RECORD: usize = 1024;

/// The part of all bytes that strangers fill at most: one in so many.
pub(super) const STRANGERS: usize = 4;

impl Room {
    /// Room for so many records; strangers fill a quarter of their bytes.
    pub(super) fn of(records: usize) -> Self {
        let bytes = records.saturating_mul(BYTES_PER_RECORD);
        Self {
            records: Budget::of(records),
            bytes: Budget::of(bytes),
            strangers: Budget::of(bytes / STRANGERS),
        }
    }

    /// The bound of records.
    pub(super) const fn records(&self) -> usize {
        self.records.most
    }

    /// Takes room for one record with a value of so many bytes; false, and nothing taken, if there
    /// is none.
    pub(super) fn take(&self, kind: Kind, value: usize) -> bool {
        let weight = OVERHEAD.saturating_add(value);
        if !self.records.take(1) {
            return false;
        }
        if !self.bytes.take(weight) {
            self.records.give(1);
            return false;
        }
        if kind.is_of_strangers() && !self.strangers.take(weight) {
            self.records.give(1);
            self.bytes.give(weight);
            return false;
        }
        true
    }

    /// Gives back the room of one record.
    pub(super) fn give(&self, kind: Kind, value: usize) {
        let weight = OVERHEAD.saturating_add(value);
        self.records.give(1);
        self.bytes.give(weight);
        if kind.is_of_strangers() {
            self.strangers.give(weight);
        }
    }

    /// One record's value became another, whether there was room or not.
    pub(super) fn exchange(&self, kind: Kind, old: usize, new: usize) {
        self.bytes.exchange(old, new);
        if kind.is_of_strangers() {
            self.strangers.exchange(old, new);
        }
    }
}

/// Whether anybody can make records of this kind.
impl Budget {
    const fn of(most: usize) -> Self {
        Self { used: AtomicUsize::new(0), most }
    }

    fn take(&self, amount: usize) -> bool {
        let room = |used: usize| used.checked_add(amount).filter(|used| *used <= self.most);
        self.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room).is_ok()
    }

    fn give(&self, amount: usize) {
        self.used.fetch_sub(amount, Ordering::SeqCst);
    }

    fn exchange(&self, old: usize, new: usize) {
        self.used.fetch_add(new, Ordering::SeqCst);
        self.used.fetch_sub(old, Ordering::SeqCst);
    }
}
