//! The ring: the newest entries, bounded in number and in bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

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
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<(usize, Entry)>,
    bytes: usize,
    /// How many entries there ever were.
    total: u64,
}

impl Ring {
    /// An empty ring.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
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
        kept.total += 1;
        kept.entries.push_back((weight, entry));
        while kept.entries.len() > self.bounds.entries || kept.bytes > self.bounds.bytes {
            let Some((weight, entry)) = kept.entries.pop_front() else { break };
            kept.bytes -= weight;
            forgotten.push(entry);
        }
        // Freed (and wiped) after the lock is given back.
        drop(kept);
        drop(forgotten);
        self.arrived.notify_waiters();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.kept().entries.iter().map(|(_, entry)| entry.clone()).collect()
    }

    /// How many entries there ever were: a place from which [`Ring::after`] follows.
    pub fn total(&self) -> u64 {
        self.kept().total
    }

    /// Waits for entries after a place. The new place, and those of them that are still kept.
    pub async fn after(&self, place: u64) -> (u64, Vec<Entry>) {
        loop {
            // Asked for before looking, so that nothing arrives unseen in between.
            let arrived = self.arrived.notified();
            if let Some(found) = self.since(place) {
                return found;
            }
            arrived.await;
        }
    }

    fn since(&self, place: u64) -> Option<(u64, Vec<Entry>)> {
        let kept = self.kept();
        let new = kept.total.checked_sub(place).filter(|new| *new > 0)?;
        let skipped = kept.entries.len().saturating_sub(usize::try_from(new).unwrap_or(usize::MAX));
        let entries = kept.entries.iter().skip(skipped).map(|(_, entry)| entry.clone());
        Some((kept.total, entries.collect()))
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

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, refused_token_request};
    use super::*;

    fn numbered(number: u8) -> Exchange {
        Sample::new(number, "GET", "/health").exchange()
    }

    #[tokio::test]
    async fn a_follower_sees_every_entry_that_is_still_kept_once() {
        let ring = Ring::new(Bounds { entries: 3, ..Bounds::default() });
        ring.record(numbered(1));
        let place = ring.total();
        let (follower, ()) = tokio::join!(ring.after(place), async { ring.record(numbered(2)) });
        let (place, entries) = follower;
        assert!(matches!(&entries[..], [Entry::Exchange(one)] if one.trace == numbered(2).trace));
        (3..9).for_each(|number| ring.record(numbered(number)));
        let (place, entries) = ring.after(place).await;
        assert_eq!((place, entries.len()), (8, 3));
    }

    #[test]
    fn the_newest_entries_stay() {
        let ring = Ring::new(Bounds { entries: 3, ..Bounds::default() });
        for number in 0..10 {
            ring.record(numbered(number));
        }
        let kept = |number| ring.find(&Which::Id(TraceId::from_bytes([number; 12]))).is_some();
        assert_eq!(ring.size().entries, 3);
        assert!(kept(9) && kept(7) && !kept(6));
    }

    #[test]
    fn bytes_are_bounded_too_and_given_back() {
        let heavy = |number| {
            let mut sample = Sample::new(number, "POST", "/token");
            sample.form = format!("code={}", "x".repeat(8000));
            sample.exchange()
        };
        let bytes = 5 * heavy(0).weight();
        let ring = Ring::new(Bounds { bytes, ..Bounds::default() });
        for number in 0..50 {
            ring.record(heavy(number));
        }
        let size = ring.size();
        assert!(size.entries == 5 && size.bytes <= bytes, "{size:?}");
        for number in 0..100 {
            ring.record(numbered(number));
        }
        let weights: usize = ring
            .entries()
            .iter()
            .map(|entry| match entry {
                Entry::Exchange(exchange) => exchange.weight(),
                Entry::Steps(steps) => steps.weight(),
            })
            .sum();
        assert_eq!(ring.size().bytes, weights);
    }

    #[test]
    fn the_last_one_is_the_newest_with_a_decision_and_never_the_inspector() {
        let ring = Ring::new(Bounds::default());
        assert!(ring.find(&Which::Last).is_none());
        ring.record(refused_token_request());
        ring.record(Sample::authorization().exchange());
        ring.record(numbered(9));
        let mut looked = refused_token_request();
        looked.listener = Listener::Inspector;
        ring.record(looked);
        assert_eq!(ring.find(&Which::Last).unwrap().request.method, "GET");
        let refused = ring.find(&Which::LastRefused).unwrap();
        assert_eq!((refused.request.method.as_str(), refused.listener), ("POST", Listener::Issuer));
    }
}
