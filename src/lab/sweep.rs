//! Forgetting: expired records go, a bounded number each time.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::store::Store;

/// How often, and how many at most each time.
const EVERY: Duration = Duration::from_millis(500);
const BUDGET: usize = 4096;

/// How many of these at a tick, while each finds its fill: a flood that has expired is gone before it
/// has been there twice as long. 64,000 records a second, if the engine can.
const ROUNDS: usize = 8;

/// Sweeps until the store is gone.
pub(super) fn start(store: &Arc<dyn Store>) {
    let store: Weak<dyn Store> = Arc::downgrade(store);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            let Some(store) = store.upgrade() else { return };
            let forgotten = sweep(&*store).await;
            if forgotten > 0 {
                tracing::debug!(forgotten, "expired records are gone");
            }
        }
    });
}

/// A failed sweep is tried again at the next tick; the bound of the store holds anyway.
async fn sweep(store: &dyn Store) -> usize {
    let mut forgotten = 0;
    for _ in 0..ROUNDS {
        let Ok(now) = store.sweep(BUDGET).await else { break };
        forgotten += now;
        // A sharded engine looks at one shard a call: a few are no sign of the end.
        if now < BUDGET / 16 {
            break;
        }
        tokio::task::yield_now().await;
    }
    forgotten
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Timestamp};
    use crate::store::{Content, Key, Kind, MemoryStore};

    #[tokio::test]
    async fn a_tick_forgets_many_and_not_without_bound() {
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let store = MemoryStore::new(clock.clone());
        let until = clock.now().plus(Duration::from_secs(1));
        let all = 2 * ROUNDS * BUDGET;
        for n in 0..all {
            let (key, new) = (Key::of(&[&n.to_string()]), Content::new(Vec::new(), until));
            store.put(Kind::Session, key, new).await.unwrap();
        }
        clock.advance(Duration::from_secs(1));
        let forgotten = sweep(&store).await;
        assert!((BUDGET..=ROUNDS * BUDGET).contains(&forgotten), "{forgotten}");
    }
}
