//! Whether the lab can do its work: it is not stopping, and its store writes, reads and forgets.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use super::Stage;
use crate::clock::{Clock, Stopwatch};
use crate::random::{Random, RandomFailed};
use crate::server::health::{Readiness, Unready, Verdict};
use crate::store::{Content, Key, Kind, Store, StoreError};

/// A store that takes longer is of no use to a request either.
const BOUND: Duration = Duration::from_millis(500);
/// How long what is written stays, where it cannot be removed any more.
const KEPT: Duration = Duration::from_secs(60);
/// How long an answer of the store counts: anybody may ask, as often as they like.
const REMEMBERED: Duration = Duration::from_secs(1);

/// Asks the store, at most once at a time and once a second.
#[derive(Debug)]
pub(super) struct Ready {
    store: Arc<dyn Store>,
    stage: watch::Receiver<Stage>,
    clock: Clock,
    /// Of this process: nodes do not take each other's.
    place: Key,
    last: Mutex<Option<(Stopwatch, Result<(), Unready>)>>,
}

impl Ready {
    pub(super) fn new(
        store: Arc<dyn Store>,
        stage: watch::Receiver<Stage>,
        clock: &Clock,
    ) -> Result<Self, RandomFailed> {
        let own = Random::system().id("health.ready")?;
        let place = Key::of(&["health.ready", &own]);
        Ok(Self { store, stage, clock: clock.clone(), place, last: Mutex::default() })
    }

    async fn judge(&self) -> Result<(), Unready> {
        if *self.stage.borrow() != Stage::Serving {
            return Err(Unready { reason: "the lab is stopping", retry_after: 5 });
        }
        let mut last = self.last.lock().await;
        if let Some((watch, answer)) = &*last
            && watch.elapsed() < REMEMBERED
        {
            return *answer;
        }
        let answer = self.probe().await;
        if let Err(unready) = answer {
            tracing::warn!(reason = unready.reason, "the lab is not ready");
        }
        // By the time of whoever asks, which is not the lab's.
        *last = Some((Clock::system().stopwatch(), answer));
        answer
    }

    async fn probe(&self) -> Result<(), Unready> {
        match timeout(BOUND, self.round()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(_) => Err(Unready { reason: "the store fails", retry_after: 2 }),
            Err(_) => Err(Unready { reason: "the store does not answer", retry_after: 2 }),
        }
    }
}

impl Ready {
    /// Writes, reads and removes: a store that only reads issues nothing.
    async fn round(&self) -> Result<bool, StoreError> {
        let written = b"ready".to_vec();
        let until = self.clock.now().plus(KEPT);
        let new = Content::new(written.clone(), until);
        self.store.put(Kind::Probe, self.place, new).await?;
        let read = self.store.take(Kind::Probe, self.place).await?;
        Ok(read.is_some_and(|record| record.value == written))
    }
}

impl Readiness for Ready {
    fn ready(&self) -> Verdict<'_> {
        Box::pin(self.judge())
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::store::{Answer, MemoryStore, Page, Record};

    /// A store that never answers, or fails, and counts how often it is asked.
    #[derive(Debug)]
    struct Sick {
        silent: bool,
        asked: AtomicUsize,
    }

    impl Sick {
        fn answer<T: Send + 'static>(&self) -> Answer<'_, T> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.silent {
                return Box::pin(pending());
            }
            Box::pin(std::future::ready(Err(StoreError::Corrupt)))
        }
    }

    impl Store for Sick {
        fn get(&self, _: Kind, _: Key) -> Answer<'_, Option<Record>> {
            self.answer()
        }
        fn put(&self, _: Kind, _: Key, _: Content) -> Answer<'_, ()> {
            self.answer()
        }
        fn put_new(&self, _: Kind, _: Key, _: Content) -> Answer<'_, bool> {
            self.answer()
        }
        fn take(&self, _: Kind, _: Key) -> Answer<'_, Option<Record>> {
            self.answer()
        }
        fn replace(&self, _: Kind, _: Key, _: u64, _: Content) -> Answer<'_, bool> {
            self.answer()
        }
        fn scan(&self, _: Kind, _: Option<Key>, _: usize) -> Answer<'_, Page> {
            self.answer()
        }
        fn scan_label(&self, _: Kind, _: Key, _: Option<Key>, _: usize) -> Answer<'_, Page> {
            self.answer()
        }
        fn sweep(&self, _: usize) -> Answer<'_, usize> {
            self.answer()
        }
    }

    fn ready(store: Arc<dyn Store>) -> (Ready, watch::Sender<Stage>) {
        let (stop, stage) = watch::channel(Stage::Serving);
        (Ready::new(store, stage, &Clock::system()).unwrap(), stop)
    }

    #[tokio::test]
    async fn a_lab_is_ready_until_it_stops() {
        let (ready, stop) = ready(Arc::new(MemoryStore::new(Clock::system())));
        assert_eq!(ready.ready().await, Ok(()));
        for stage in [Stage::Leaving, Stage::Stopped] {
            stop.send_replace(stage);
            assert_eq!(ready.ready().await.unwrap_err().reason, "the lab is stopping");
        }
    }

    #[tokio::test]
    async fn a_store_that_fails_or_is_silent_is_not_ready_and_is_not_asked_by_everybody() {
        for (silent, reason) in [(false, "the store fails"), (true, "the store does not answer")] {
            let sick = Arc::new(Sick { silent, asked: AtomicUsize::new(0) });
            let (ready, _stop) = ready(Arc::<Sick>::clone(&sick));
            for _ in 0..20 {
                assert_eq!(ready.ready().await.unwrap_err().reason, reason);
            }
            assert_eq!(sick.asked.load(Ordering::SeqCst), 1);
        }
    }
}
