//! The trace layer: gives every response its trace id, and records every exchange once, with the
//! decisions that the handler left in the response's extensions. It changes nothing else: bodies
//! are copied while the handler reads them, never read ahead.

mod tee;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::Body as _;
use tower::{Layer, Service};

use self::tee::{Copied, copied};
use super::listener::MAX_BODY;
use crate::clock::{Clock, Stopwatch, Timestamp};
use crate::metrics::Metrics;
use crate::random::Random;
use crate::rule::DecisionRecord;
use crate::trace::{
    self, Decisions, Ending, Endpoint, Exchange, FLOW_HEADER, FlowId, Listener, RequestRecord,
    ResponseRecord, Ring, TRACE_HEADER, TraceId, is_json,
};

/// At most this many decisions of one exchange are kept.
const MAX_DECISIONS: usize = 16;

/// Records into a ring.
#[derive(Clone, Debug)]
pub struct Recorder {
    ring: Arc<Ring>,
    clock: Clock,
    random: Random,
    metrics: Option<Arc<Metrics>>,
}

impl Recorder {
    /// With the ring that the inspector reads.
    pub fn new(ring: Arc<Ring>, clock: Clock, random: Random) -> Self {
        Self { ring, clock, random, metrics: None }
    }

    /// Counts every exchange as well.
    #[must_use]
    pub fn counting(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// The ring.
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }
}

/// The layer for one listener. It goes outermost, around whatever catches panics.
pub fn layer(recorder: Arc<Recorder>, listener: Listener) -> TraceLayer {
    TraceLayer { recorder, listener }
}

/// Made by [`layer`].
#[derive(Clone, Debug)]
pub struct TraceLayer {
    recorder: Arc<Recorder>,
    listener: Listener,
}

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced { inner, recorder: Arc::clone(&self.recorder), listener: self.listener }
    }
}

/// A service whose exchanges are recorded.
#[derive(Clone, Debug)]
pub struct Traced<S> {
    inner: S,
    recorder: Arc<Recorder>,
    listener: Listener,
}

impl<S> Service<Request> for Traced<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Ok(bytes) = self.recorder.random.bytes::<12>("trace id") else {
            // Without randomness there is no id that only its receiver knows: leave no trace.
            return Box::pin(self.inner.call(request));
        };
        let trace = TraceId::from_bytes(bytes);
        let (mut request, open) =
            Open::begin(&self.recorder, self.listener, trace.clone(), request);
        request.extensions_mut().insert(trace.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if let Ok(value) = HeaderValue::from_str(trace.as_str()) {
                response.headers_mut().insert(HeaderName::from_static(TRACE_HEADER), value);
            }
            Ok(open.answered(response).await)
        })
    }
}

/// An exchange that has begun. Dropped without an answer it is recorded as such.
struct Open {
    recorder: Arc<Recorder>,
    watch: Stopwatch,
    begun: Option<Begun>,
}

/// What is known before the handler runs.
struct Begun {
    trace: TraceId,
    at: Timestamp,
    listener: Listener,
    flow: Option<FlowId>,
    request: RequestRecord,
    content_type: String,
    body: Copied,
}

impl Open {
    fn begin(
        recorder: &Arc<Recorder>,
        listener: Listener,
        trace: TraceId,
        request: Request,
    ) -> (Request, Self) {
        let (parts, body) = request.into_parts();
        let pattern = parts.extensions.get::<MatchedPath>();
        let record = RequestRecord {
            method: parts.method.to_string(),
            pattern: pattern.map(|pattern| pattern.as_str().to_owned()),
            path: trace::path(parts.uri.path()),
            query: trace::query(parts.uri.query()),
            headers: trace::request_headers(&parts.headers),
            body: Vec::new(),
        };
        let flow = parts.headers.get(FLOW_HEADER).and_then(|value| value.to_str().ok());
        let (body, copied) = copied(body);
        let begun = Begun {
            trace,
            at: recorder.clock.now(),
            listener,
            flow: flow.and_then(FlowId::parse),
            request: record,
            content_type: content_type(&parts.headers),
            body: copied,
        };
        let watch = recorder.clock.stopwatch();
        let open = Self { recorder: Arc::clone(recorder), watch, begun: Some(begun) };
        (Request::from_parts(parts, body), open)
    }

    async fn answered(mut self, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let Decisions(decisions) = parts.extensions.remove().unwrap_or_default();
        let endpoint = parts.extensions.remove::<Endpoint>();
        let (body, document) = document(&parts.headers, body).await;
        let record = ResponseRecord {
            status: parts.status.as_u16(),
            headers: trace::response_headers(&parts.headers),
            body: document,
        };
        self.end(Ending::Answered(record), decisions, endpoint);
        Response::from_parts(parts, body)
    }

    fn end(
        &mut self,
        ending: Ending,
        mut decisions: Vec<DecisionRecord>,
        endpoint: Option<Endpoint>,
    ) {
        let Some(begun) = self.begun.take() else { return };
        decisions.truncate(MAX_DECISIONS);
        let mut request = begun.request;
        request.body = trace::body(&begun.content_type, &begun.body.take());
        let exchange = Exchange {
            trace: begun.trace,
            at: begun.at,
            took: self.watch.elapsed(),
            listener: begun.listener,
            flow: begun.flow,
            request,
            ending,
            decisions,
        };
        if let Some(metrics) = &self.recorder.metrics {
            metrics.observe(&exchange, endpoint);
        }
        // Looking must not push out what is looked at.
        if exchange.listener != Listener::Inspector || exchange.refused_by().is_some() {
            self.recorder.ring.record(exchange);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let ending = if std::thread::panicking() { Ending::Panicked } else { Ending::Abandoned };
        self.end(ending, Vec::new(), None);
    }
}

/// The members of a JSON document that is there as a whole; streams are left alone.
async fn document(headers: &HeaderMap, body: Body) -> (Body, Vec<trace::Field>) {
    let content_type = content_type(headers);
    let is_document = is_json(&content_type);
    let size = body.size_hint().exact().and_then(|size| usize::try_from(size).ok());
    match size {
        Some(1..=MAX_BODY) if is_document => {
            let Ok(bytes) = axum::body::to_bytes(body, MAX_BODY).await else {
                return (Body::empty(), Vec::new());
            };
            let fields = trace::body(&content_type, &bytes);
            (Body::from(bytes), fields)
        }
        Some(_) | None => (body, Vec::new()),
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
