//! Forgetting: expired records go, a bounded number each time.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::store::Store;

/// How often, and how many at most each time.
const EVERY: Duration = Duration::from_millis(500);
const BUDGET: usize = 4096;

/// Sweeps until the store is gone.
pub(super) fn start(store: &Arc<dyn Store>) {
    let store: Weak<dyn Store> = Arc::downgrade(store);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            let Some(store) = store.upgrade() else { return };
            // A failed sweep is tried again at the next tick; the bound of the store holds anyway.
            let Ok(forgotten @ 1..) = store.sweep(BUDGET).await else { continue };
            tracing::debug!(forgotten, "expired records are gone");
        }
    });
}
