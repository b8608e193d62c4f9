//! Which connections are open, and who gives way when all places are taken: a connection that the
//! lab waits for. One that waits for the lab is never closed for another.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::protocol::network;

/// The places of one listener.
#[derive(Debug)]
pub(super) struct Slots {
    limit: usize,
    // A std mutex: held for a look at some hundred entries, never across an await.
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    open: BTreeMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    network: IpAddr,
    working: Arc<AtomicUsize>,
    give_way: Arc<Notify>,
}

/// The place of one connection, until this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    slots: Arc<Slots>,
    working: Arc<AtomicUsize>,
    give_way: Arc<Notify>,
}

/// One request on a connection: work from the last byte of its body to that of its answer.
#[derive(Debug)]
pub(super) struct Work {
    working: Arc<AtomicUsize>,
    begun: AtomicBool,
}

/// What a new connection got.
#[derive(Debug)]
pub(super) enum Place {
    /// A free place.
    Free(Slot),
    /// The place of another, which is closed.
    Of(Slot),
}

impl Slots {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: Mutex::default() })
    }

    /// A place; `None` where every connection waits for the lab.
    ///
    /// When none is free, the network with the most connections that the lab waits for gives way
    /// with the oldest of them: whoever fills all places only takes them from itself.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken();
        let gave_way = taken.open.len() >= self.limit;
        if gave_way {
            let number = taken.who_gives_way()?;
            taken.open.remove(&number)?.give_way.notify_one();
        }
        let number = taken.next;
        taken.next += 1;
        let (working, give_way) = (Arc::default(), Arc::default());
        let open = Open {
            network: network(address),
            working: Arc::clone(&working),
            give_way: Arc::clone(&give_way),
        };
        taken.open.insert(number, open);
        let slot = Slot { number, slots: Arc::clone(self), working, give_way };
        Some(if gave_way { Place::Of(slot) } else { Place::Free(slot) })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn who_gives_way(&self) -> Option<u64> {
        let mut waiting: BTreeMap<IpAddr, (usize, u64)> = BTreeMap::new();
        for (number, open) in &self.open {
            if open.working.load(Ordering::SeqCst) == 0 {
                // In the order of their numbers: the first is the oldest.
                waiting.entry(open.network).or_insert((0, *number)).0 += 1;
            }
        }
        let most = waiting.into_values().max_by_key(|(count, oldest)| (*count, u64::MAX - oldest));
        most.map(|(_, oldest)| oldest)
    }
}

impl Slot {
    /// Resolves when the place was given to another.
    pub(super) async fn given_away(&self) {
        self.give_way.notified().await;
    }

    /// What a request on this connection reports to.
    pub(super) fn counter(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.working)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.taken().open.remove(&self.number);
    }
}

impl Work {
    pub(super) fn of(working: Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new(Self { working, begun: AtomicBool::new(false) })
    }

    /// The request is here as a whole: now the peer waits, and not the lab.
    pub(super) fn begin(&self) {
        if !self.begun.swap(true, Ordering::SeqCst) {
            self.working.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.begun.load(Ordering::SeqCst) {
            self.working.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(slots: &Arc<Slots>, address: &str) -> Place {
        slots.take(address.parse().unwrap()).unwrap()
    }

    fn free(place: Place) -> Slot {
        match place {
            Place::Free(slot) => slot,
            Place::Of(slot) => panic!("{} is another's", slot.number),
        }
    }

    async fn is_given_away(slot: &Slot) -> bool {
        tokio::time::timeout(std::time::Duration::ZERO, slot.given_away()).await.is_ok()
    }

    #[tokio::test]
    async fn the_oldest_that_the_lab_waits_for_gives_way() {
        let slots = Slots::new(2);
        let (first, second) = (free(take(&slots, "10.0.0.1")), free(take(&slots, "10.0.0.1")));
        let Place::Of(third) = take(&slots, "10.0.0.1") else { panic!() };
        assert!(is_given_away(&first).await && !is_given_away(&second).await);
        // That it ends now frees no place a second time.
        drop(first);
        let Place::Of(_fourth) = take(&slots, "10.0.0.1") else { panic!() };
        assert!(is_given_away(&second).await);
        drop(third);
        free(take(&slots, "10.0.0.1"));
    }

    #[tokio::test]
    async fn whoever_takes_the_most_gives_way_first() {
        let slots = Slots::new(4);
        let honest = free(take(&slots, "10.0.0.1"));
        let greedy: Vec<_> = (0..3).map(|_| free(take(&slots, "10.0.0.66"))).collect();
        let Place::Of(_next) = take(&slots, "10.0.0.2") else { panic!() };
        assert!(is_given_away(&greedy[0]).await && !is_given_away(&honest).await);
    }

    #[tokio::test]
    async fn nobody_who_waits_for_the_lab_gives_way() {
        let slots = Slots::new(1);
        let slot = free(take(&slots, "10.0.0.1"));
        let work = Work::of(slot.counter());
        work.begin();
        work.begin();
        assert!(slots.take("10.0.0.2".parse().unwrap()).is_none());
        drop(work);
        assert!(matches!(take(&slots, "10.0.0.2"), Place::Of(_)));
        assert!(is_given_away(&slot).await);
    }
}
