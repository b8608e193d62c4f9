//! A store around a store: what each verb took, and how often it failed.

use std::fmt;
use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use crate::clock::Clock;
use crate::store::{Answer, Content, Key, Kind, Page, Record, Store, StoreError};

/// An engine whose every verb is measured. It changes nothing else.
pub struct MeteredStore {
    inner: Arc<dyn Store>,
    clock: Clock,
    get: Verb,
    put: Verb,
    put_new: Verb,
    take: Verb,
    replace: Verb,
    scan: Verb,
    scan_label: Verb,
    sweep: Verb,
    census: Verb,
}

/// What is kept of one verb.
struct Verb {
    name: &'static str,
    took: Histogram,
    failed: Counter,
}

impl MeteredStore {
    pub(super) fn new(
        inner: Arc<dyn Store>,
        clock: Clock,
        series: impl Fn(&'static str) -> (Histogram, Counter),
    ) -> Self {
        let verb = |name| {
            let (took, failed) = series(name);
            Verb { name, took, failed }
        };
        Self {
            inner,
            clock,
            get: verb("get"),
            put: verb("put"),
            put_new: verb("put_new"),
            take: verb("take"),
            replace: verb("replace"),
            scan: verb("scan"),
            scan_label: verb("scan_label"),
            sweep: verb("sweep"),
            census: verb("census"),
        }
    }

    /// Some engines work when they are asked, others when they are awaited: both count.
    fn measured<'a, T: Send + 'a>(
        &'a self,
        verb: &'a Verb,
        ask: impl FnOnce(&'a dyn Store) -> Answer<'a, T>,
    ) -> Answer<'a, T> {
        let watch = self.clock.stopwatch();
        let answer = ask(&*self.inner);
        Box::pin(async move {
            let result = answer.await;
            verb.took.observe(watch.elapsed().as_secs_f64());
            if let Err(error) = &result {
                verb.failed.inc();
                tell(verb.name, error);
            }
            result
        })
    }
}

/// A full store is told of at every request of a flood, so that only those hear of it who want to.
fn tell(verb: &'static str, error: &StoreError) {
    match error {
        StoreError::Full(_) => tracing::debug!(verb, %error, "the store refused"),
        StoreError::Corrupt | StoreError::Damaged | StoreError::Unavailable(_) => {
            tracing::error!(verb, %error, hint = error.hint(), "the store failed");
        }
    }
}

impl Store for MeteredStore {
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        self.measured(&self.get, |store| store.get(kind, key))
    }

    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()> {
        self.measured(&self.put, |store| store.put(kind, key, new))
    }

    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool> {
        self.measured(&self.put_new, |store| store.put_new(kind, key, new))
    }

    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        self.measured(&self.take, |store| store.take(kind, key))
    }

    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool> {
        self.measured(&self.replace, |store| store.replace(kind, key, version, new))
    }

    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        self.measured(&self.scan, |store| store.scan(kind, after, limit))
    }

    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page> {
        self.measured(&self.scan_label, |store| store.scan_label(kind, label, after, limit))
    }

    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        self.measured(&self.sweep, |store| store.sweep(budget))
    }

    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        self.measured(&self.census, |store| store.census())
    }
}

impl fmt::Debug for MeteredStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MeteredStore").field(&self.inner).finish()
    }
}
