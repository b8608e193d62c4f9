//! The trace layer records every exchange once, and changes nothing.

use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode};
use hyper::body::{Body as HttpBody, Frame};
use tower::ServiceExt as _;

use super::*;
use crate::rule::{Decision, Fact, Judge, NoWaivers, TOKEN_ANY};
use crate::server::listener::read_body;
use crate::trace::{Bounds, Entry};

struct Lab {
    ring: Arc<Ring>,
    router: Router,
}

fn lab(listener: Listener) -> Lab {
    let ring = Arc::new(Ring::new(Bounds::default()));
    let clock = Clock::manual(Timestamp::from_secs(1_700_000_000));
    let recorder = Recorder::new(Arc::clone(&ring), clock.clone(), Random::seeded("trace"));
    let router = Router::new()
        .route("/token", post(token))
        .route("/echo/{id}", post(|body: Bytes| async { body }))
        .route("/unread", post(|| async { StatusCode::NO_CONTENT }))
        .route("/stream", get(stream))
        .route("/slow", get(|| async move { clock.advance(Duration::from_millis(5)) }))
        .route("/panic", get(panics))
        .layer(layer(Arc::new(recorder), listener));
    Lab { ring, router }
}

impl Lab {
    async fn send(&self, request: http::Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    fn only(&self) -> Arc<Exchange> {
        match self.ring.entries().as_slice() {
            [Entry::Exchange(exchange)] => Arc::clone(exchange),
            other => panic!("{} entries", other.len()),
        }
    }
}

/// Refuses an empty body, and answers with a token all the same: only the record matters here.
async fn token(request: Request) -> Response {
    let body = read_body(request.into_body()).await.unwrap_or_default();
    let mut judge = Judge::new(&TOKEN_ANY, &NoWaivers);
    let facts = || (Fact::fixed("a grant type"), Fact::Absent);
    judge.check(TOKEN_ANY.rules[0], !body.is_empty(), facts);
    let decision: Decision<(), ()> = judge.conclude(Ok(((), Vec::new())));
    let body = r#"{"access_token":"t0ken","token_type":"Bearer"}"#;
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.extensions_mut().insert(Decisions(vec![decision.record]));
    response
}

async fn stream() -> Response {
    let mut response = Response::new(Body::new(Silent));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A body that never ends and never says anything.
struct Silent;

impl HttpBody for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

async fn panics() -> StatusCode {
    panic!("on purpose")
}

fn form(path: &str, body: impl Into<Body>) -> http::Request<Body> {
    http::Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap()
}

fn value<'a>(fields: &'a [trace::Field], name: &str) -> &'a trace::Text {
    &fields.iter().find(|field| field.name.as_public() == Some(name)).unwrap().value
}

#[tokio::test]
async fn an_exchange_is_recorded_once_with_its_decisions_and_named_in_the_response() {
    let lab = lab(Listener::Issuer);
    let mut request = form("/token?client_id=web", "grant_type=refresh_token&refresh_token=s");
    let flow = FlowId::from_bytes([1; 12]);
    request.headers_mut().insert(FLOW_HEADER, HeaderValue::from_str(flow.as_str()).unwrap());
    let response = lab.send(request).await;
    let named = response.headers().get(TRACE_HEADER).unwrap().to_str().unwrap().to_owned();
    assert!(response.extensions().get::<Decisions>().is_none(), "decisions stay inside");
    let body = to_bytes(response.into_body(), 1000).await.unwrap();
    assert_eq!(&body[..], br#"{"access_token":"t0ken","token_type":"Bearer"}"#);
    let exchange = lab.only();
    assert_eq!(exchange.trace.as_str(), named);
    assert_eq!(exchange.flow, Some(flow));
    assert_eq!(exchange.request.pattern.as_deref(), Some("/token"));
    assert_eq!(value(&exchange.request.query, "client_id").as_public(), Some("web"));
    assert_eq!(value(&exchange.request.body, "refresh_token").as_public(), None);
    let response = exchange.response().unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(value(&response.body, "access_token").as_public(), None);
    assert_eq!(exchange.decisions.len(), 1);
}

#[tokio::test]
async fn trace_ids_differ() {
    let lab = lab(Listener::Issuer);
    lab.send(form("/token", "a=1")).await;
    lab.send(form("/token", "a=1")).await;
    let (first, second) = match lab.ring.entries().as_slice() {
        [Entry::Exchange(a), Entry::Exchange(b)] => (a.trace.clone(), b.trace.clone()),
        other => panic!("{} entries", other.len()),
    };
    assert_ne!(first, second);
}

#[tokio::test]
async fn requests_that_reach_no_handler_are_recorded_too() {
    for (request, status) in [
        (form("/nowhere", "a=1"), StatusCode::NOT_FOUND),
        (http::Request::get("/token").body(Body::empty()).unwrap(), StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let lab = lab(Listener::Issuer);
        let response = lab.send(request).await;
        assert_eq!(response.status(), status);
        assert!(response.headers().contains_key(TRACE_HEADER));
        assert_eq!(lab.only().response().unwrap().status, status.as_u16());
    }
}

#[tokio::test]
async fn bodies_pass_unchanged_and_only_their_beginning_is_kept() {
    let lab = lab(Listener::Issuer);
    let long = "a=".to_owned() + &"x".repeat(3 * MAX_BODY);
    let response = lab.send(form("/echo/1", long.clone())).await;
    let echoed = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(echoed.len(), long.len());
    let exchange = lab.only();
    assert_eq!(exchange.request.body.len(), 1);
    assert!(exchange.weight() < 20_000, "{}", exchange.weight());
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_not_waited_for() {
    let lab = lab(Listener::Issuer);
    let response = lab.send(form("/unread", Body::new(Silent))).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(lab.only().request.body.is_empty());
}

#[tokio::test]
async fn a_stream_is_answered_before_it_ends() {
    let lab = lab(Listener::Resource);
    let request = http::Request::get("/stream").body(Body::empty()).unwrap();
    assert_eq!(lab.send(request).await.status(), StatusCode::OK);
    assert!(lab.only().response().unwrap().body.is_empty());
}

#[tokio::test]
async fn the_time_that_it_took_is_measured_by_the_clock() {
    let lab = lab(Listener::Issuer);
    lab.send(http::Request::get("/slow").body(Body::empty()).unwrap()).await;
    assert_eq!(lab.only().took, Duration::from_millis(5));
}

#[tokio::test]
async fn a_panic_and_a_client_that_leaves_are_recorded_as_what_they_are() {
    let panicked = lab(Listener::Issuer);
    let request = http::Request::get("/panic").body(Body::empty()).unwrap();
    let router = panicked.router.clone();
    assert!(tokio::spawn(router.oneshot(request)).await.unwrap_err().is_panic());
    assert!(matches!(panicked.only().ending, Ending::Panicked));

    let left = lab(Listener::Issuer);
    let answer = left.send(form("/token", Body::new(Silent)));
    assert!(tokio::time::timeout(Duration::ZERO, answer).await.is_err());
    assert!(matches!(left.only().ending, Ending::Abandoned));
}

#[tokio::test]
async fn of_the_inspector_only_refusals_are_kept() {
    let lab = lab(Listener::Inspector);
    let granted = lab.send(form("/token", "grant_type=x")).await;
    assert!(granted.headers().contains_key(TRACE_HEADER));
    assert!(lab.ring.entries().is_empty());
    lab.send(form("/token", "")).await;
    assert!(lab.only().refused_by().is_some());
}
