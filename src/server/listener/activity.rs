//! Whether a connection has requests in flight, and when it has been idle for too long.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::timeout;

use super::slots::Work;

/// Counts the requests of one connection that are in flight.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<watch::Sender<usize>>);

/// One request in flight, until this is dropped.
#[derive(Debug)]
pub(super) struct Busy(Arc<watch::Sender<usize>>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(super) fn begin(&self) -> Busy {
        self.0.send_modify(|requests| *requests += 1);
        Busy(Arc::clone(&self.0))
    }

    /// Resolves once no request has been in flight for this long.
    pub(super) async fn idle(&self, limit: Duration) {
        let mut requests = self.0.subscribe();
        loop {
            // The sender is `self`: neither wait can fail.
            let _ = requests.wait_for(|requests| *requests == 0).await;
            if timeout(limit, requests.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|requests| *requests = requests.saturating_sub(1));
    }
}

/// A response body that keeps its request in flight until the last byte is handed over.
#[derive(Debug)]
pub(super) struct BusyBody {
    body: Body,
    _busy: (Busy, Arc<Work>),
}

impl BusyBody {
    pub(super) fn new(body: Body, busy: (Busy, Arc<Work>)) -> Self {
        Self { body, _busy: busy }
    }
}

impl HttpBody for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_connection_with_a_request_in_flight_is_not_idle() {
        let activity = Activity::new();
        let busy = activity.begin();
        let waited = timeout(Duration::from_millis(20), activity.idle(Duration::ZERO)).await;
        assert!(waited.is_err());
        drop(busy);
        activity.idle(Duration::ZERO).await;
    }

    #[tokio::test]
    async fn a_request_starts_the_wait_anew_even_if_it_ends_at_once() {
        let activity = Activity::new();
        let start = Instant::now();
        let request = async {
            let _ = timeout(Duration::from_millis(30), pending::<()>()).await;
            drop(activity.begin());
        };
        tokio::join!(activity.idle(Duration::from_millis(50)), request);
        assert!(start.elapsed() >= Duration::from_millis(80));
    }
}
