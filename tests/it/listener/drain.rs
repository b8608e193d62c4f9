//! The end of a listener: requests in flight finish, the others do not start.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use oauthlab::server::listener::{Drained, Limits};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::{SHORT, Server, exchange, get_request, roomy, within};

/// A route that says when it has begun, and waits to be let go.
pub(super) fn gated() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (has_begun, may_go) = (Arc::clone(&begun), Arc::clone(&go));
    let handler = move || async move {
        has_begun.notify_one();
        may_go.notified().await;
        "finished"
    };
    (Router::new().route("/", get(handler)), begun, go)
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_the_port_is_free() {
    let (router, begun, go) = gated();
    let server = Server::start(router, None, roomy());
    let address = server.address;
    let request = tokio::spawn(exchange(server.connect().await, get_request("/")));
    within(begun.notified()).await;
    let stopping = tokio::spawn(server.stop());
    // The sockets close before the drain ends: soon nobody can connect.
    within(async { while TcpStream::connect(address).await.is_ok() {} }).await;
    assert!(!stopping.is_finished());
    go.notify_one();
    let answer = request.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("finished"), "{answer}");
    assert_eq!(stopping.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_at_the_deadline() {
    let (router, begun, _go) = gated();
    let server = Server::start(router, None, Limits { drain: SHORT, ..roomy() });
    let request = tokio::spawn(exchange(server.connect().await, get_request("/")));
    within(begun.notified()).await;
    assert_eq!(server.stop().await, Drained { cut: 1 });
    assert_eq!(request.await.unwrap(), "");
}

#[tokio::test]
async fn waiting_connections_do_not_hold_up_the_end() {
    let server = Server::plain(roomy());
    let silent = server.connect().await;
    let mut kept = server.connect().await;
    kept.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    within(kept.readable()).await.unwrap();
    let drained = server.stop().await;
    assert_eq!(drained, Drained { cut: 0 });
    drop(silent);
}
