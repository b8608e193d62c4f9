//! The ring: the newest entries, bounded in number and in bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::exchange::{Exchange, Listener, TraceId};
use super::step::Steps;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At most this many entries …
    pub entries: usize,
    /// … and about this many bytes.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { entries: 2000, bytes: 16 * 1024 * 1024 }
    }
}

/// What the ring holds. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Entry {
    /// One exchange.
    Exchange(Arc<Exchange>),
    /// What our own client said about its flow.
    Steps(Arc<Steps>),
}

/// Which exchange is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest one of issuer or resource server that has a decision.
    Last,
    /// The newest one of issuer or resource server that was refused.
    LastRefused,
    /// This one.
    Id(TraceId),
}

/// The newest entries of one lab, oldest first.
#[derive(Debug, Default)]
pub struct Ring {
    bounds: Bounds,
    // A std mutex: held for a push or a copy of pointers, never across an await.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<(usize, Entry)>,
    bytes: usize,
}

impl Ring {
    /// An empty ring.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, kept: Mutex::default() }
    }

    /// Keeps an exchange, and forgets the oldest entries beyond the bounds.
    pub fn record(&self, exchange: Exchange) {
        self.push(exchange.weight(), Entry::Exchange(Arc::new(exchange)));
    }

    /// Keeps what our own client reports.
    pub fn report(&self, steps: Steps) {
        self.push(steps.weight(), Entry::Steps(Arc::new(steps)));
    }

    fn push(&self, weight: usize, entry: Entry) {
        let mut forgotten = Vec::new();
        let mut kept = self.kept();
        kept.bytes += weight;
        kept.entries.push_back((weight, entry));
        while kept.entries.len() > self.bounds.entries || kept.bytes > self.bounds.bytes {
            let Some((weight, entry)) = kept.entries.pop_front() else { break };
            kept.bytes -= weight;
            forgotten.push(entry);
        }
        // Freed (and wiped) after the lock is given back.
        drop(kept);
        drop(forgotten);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.kept().entries.iter().map(|(_, entry)| entry.clone()).collect()
    }

    /// The exchange that is meant, if it is still kept.
    pub fn find(&self, which: &Which) -> Option<Arc<Exchange>> {
        let kept = self.kept();
        let newest_first = kept.entries.iter().rev().filter_map(|(_, entry)| match entry {
            Entry::Exchange(exchange) => Some(exchange),
            Entry::Steps(_) => None,
        });
        let of_lab = |exchange: &Exchange| exchange.listener != Listener::Inspector;
        let is_meant = |exchange: &Exchange| match which {
            Which::Last => of_lab(exchange) && !exchange.decisions.is_empty(),
            Which::LastRefused => of_lab(exchange) && exchange.refused_by().is_some(),
            Which::Id(id) => exchange.trace == *id,
        };
        newest_first.filter(|exchange| is_meant(exchange)).map(Arc::clone).next()
    }

    /// How many entries and about how many bytes are kept.
    pub fn size(&self) -> Bounds {
        let kept = self.kept();
        Bounds { entries: kept.entries.len(), bytes: kept.bytes }
    }
}
