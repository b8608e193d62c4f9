//! A body that is copied while it is read, up to the limit of request bodies. Nothing is read that
//! the handler does not read, and errors and sizes pass as they are.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use zeroize::Zeroizing;

use crate::server::listener::MAX_BODY;

/// What was read so far. Bodies hold secrets: the copy is wiped when it is dropped.
#[derive(Clone, Default)]
pub(super) struct Copied(Arc<Mutex<Zeroizing<Vec<u8>>>>);

impl Copied {
    /// What was read, once.
    pub(super) fn take(&self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, data: &[u8]) {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_BODY.saturating_sub(bytes.len());
        bytes.extend_from_slice(data.get(..room).unwrap_or(data));
    }
}

/// The body with a copy of it. One that is empty stays as it is.
pub(super) fn copied(body: Body) -> (Body, Copied) {
    let copied = Copied::default();
    if body.is_end_stream() {
        return (body, copied);
    }
    (Body::new(Tee { body, copied: copied.clone() }), copied)
}

struct Tee {
    body: Body,
    copied: Copied,
}

impl HttpBody for Tee {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
        if let Some(data) = data {
            self.copied.add(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
