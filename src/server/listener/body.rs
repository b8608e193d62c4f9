//! Request bodies: bounded in size and in time, and read in one place.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tower_http::timeout::{DeadlineBody, TimeoutError};

use super::slots::Work;

/// The most that a request body may hold, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// Why a request body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than [`MAX_BODY`] bytes (RFC 9110 section 15.5.14: 413).
    #[error("the request body is larger than {MAX_BODY} bytes")]
    TooLarge,
    /// It trickled past its deadline (RFC 9110 section 15.5.9: 408).
    #[error("the request body did not arrive in time")]
    TooSlow,
    /// The connection broke, or the framing was wrong.
    #[error("the request body could not be read")]
    Broken,
}

/// Reads a whole request body.
pub async fn read_body(body: Body) -> Result<Bytes, BodyError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(classify(&*error)),
    }
}

/// An arriving body with both bounds, so that no route can forget them. With its last byte the lab's
/// work begins.
pub(super) fn bounded(incoming: Incoming, deadline: Duration, work: Arc<Work>) -> Body {
    let arriving = Arriving { incoming, work };
    arriving.told();
    Body::new(DeadlineBody::new(deadline, Limited::new(arriving, MAX_BODY)))
}

struct Arriving {
    incoming: Incoming,
    work: Arc<Work>,
}

impl Arriving {
    fn told(&self) {
        if self.incoming.is_end_stream() {
            self.work.begin();
        }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(cx);
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(_))) => self.told(),
            Poll::Ready(None | Some(Err(_))) => self.work.begin(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

fn classify(error: &(dyn Error + 'static)) -> BodyError {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return BodyError::TooLarge;
        }
        if error.is::<TimeoutError>() {
            return BodyError::TooSlow;
        }
        next = error.source();
    }
    BodyError::Broken
}
