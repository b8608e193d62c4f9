//! Rates: so many events in a window, counted in the store so that nodes can share them.

use std::time::Duration;

use super::commit::TRIES;
use super::{Fault, Issuer};
use crate::config::Rate;
use crate::rule::Judge;
use crate::store::Key;
use crate::store::record::CounterRecord;

/// How full a rate's window is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) rate: Rate,
    pub(super) count: u32,
    /// Until a new one begins.
    left: Duration,
}

impl Window {
    /// Whether one more fits; if not, the judge hears when it will.
    pub(super) fn admits(&self, judge: &mut Judge<'_>) -> bool {
        let admits = self.count < self.rate.events;
        if !admits {
            judge.again_in(self.left);
        }
        admits
    }
}

impl Issuer {
    /// The current window.
    pub(super) async fn window(&self, key: Key, rate: Rate) -> Result<Window, Fault> {
        let found = self.store.get::<CounterRecord>(key).await?;
        let passed = |since| self.now().since(since);
        let current = found.filter(|found| passed(found.value.since) < rate.per);
        Ok(match current {
            None => Window { rate, count: 0, left: rate.per },
            Some(found) => {
                let left = rate.per.saturating_sub(passed(found.value.since));
                Window { rate, count: found.value.count, left }
            }
        })
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
