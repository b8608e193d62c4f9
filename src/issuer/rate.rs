//! Rates: so many events in a window, counted in the store so that nodes can share them.

use std::time::Duration;

use super::commit::TRIES;
use super::{Fault, Issuer};
use crate::config::Rate;
use crate::store::Key;
use crate::store::record::CounterRecord;

impl Issuer {
    /// The events of the current window.
    pub(super) async fn counted(&self, key: Key, rate: Rate) -> Result<u32, Fault> {
        let found = self.store.get::<CounterRecord>(key).await?;
        let current = found.filter(|found| self.now().since(found.value.since) < rate.per);
        Ok(current.map_or(0, |found| found.value.count))
    }

    /// One more event; a window that is over begins anew.
    pub(super) async fn count(&self, key: Key, per: Duration) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let now = self.now();
            let expires = now.plus(per);
            let Some(found) = self.store.get::<CounterRecord>(key).await? else {
                let first = CounterRecord { count: 1, since: now };
                if self.store.put_new(key, &first, expires).await? {
                    return Ok(());
                }
                continue;
            };
            let counted = found.value;
            let next = if now.since(counted.since) < per {
                CounterRecord { count: counted.count.saturating_add(1), ..counted }
            } else {
                CounterRecord { count: 1, since: now }
            };
            if self.store.replace(key, found.version, &next, next.since.plus(per)).await? {
                return Ok(());
            }
        }
        // Many at once: one uncounted event is no reason to refuse an honest request.
        Ok(())
    }
}
