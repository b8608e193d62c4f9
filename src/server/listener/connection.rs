//! One connection, from its first byte to its last: handshake, requests, idleness, drain.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::activity::{Activity, BusyBody};
use super::limits::Event;
use super::odd::{self, Course};
use super::slots::Work;
use super::wire::{Peer, Proxies, Wire};
use super::{Limits, Traffic, body, handshake};
use crate::deviation::Deviations;
use crate::protocol::PeerCertificate;

type Http = Builder<TokioExecutor>;

/// What all connections of a listener share.
pub(super) struct Shared {
    router: Router,
    door: Door,
    http: Http,
    pub(super) limits: Limits,
    pub(super) traffic: Arc<Traffic>,
}

impl Shared {
    pub(super) fn new(router: Router, wire: Wire, limits: Limits) -> Self {
        let http = http(&limits);
        let door = match wire {
            Wire::Plain => Door::Open,
            Wire::Tls(config) => Door::Tls(config.into(), None),
            Wire::Odd(config, deviations) => Door::Tls(config.into(), Some(deviations)),
            Wire::Proxied(proxies) => Door::Behind(proxies),
        };
        Self { router, door, http, limits, traffic: Arc::default() }
    }
}

/// How a connection comes in.
enum Door {
    Open,
    Tls(TlsAcceptor, Option<Arc<Deviations>>),
    Behind(Arc<Proxies>),
}

/// The protocol settings. Without a timer hyper would panic on the first time limit.
fn http(limits: &Limits) -> Http {
    let mut http = Http::new(TokioExecutor::new());
    let buffer = usize::try_from(limits.header_bytes).unwrap_or(usize::MAX).max(8192);
    http.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers).max_buf_size(buffer);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(limits.header_bytes)
        .max_concurrent_streams(limits.streams)
        // Bodies are small: no stream needs more than the protocol's own default window.
        .initial_stream_window_size(65_535)
        .initial_connection_window_size(4 * 65_535)
        .keep_alive_interval(limits.idle / 2)
        .keep_alive_timeout(limits.headers);
    http
}

/// What the requests of one connection share.
struct Session<'s> {
    shared: &'s Shared,
    working: Arc<AtomicUsize>,
}

/// Serves one connection until it ends, is idle, or the lab drains.
pub(super) async fn serve(
    stream: TcpStream,
    address: SocketAddr,
    (shared, working): (Arc<Shared>, Arc<AtomicUsize>),
    mut stop: watch::Receiver<bool>,
) {
    let session = Session { shared: &shared, working };
    // Answers are small and complete: waiting for more bytes would only add delay.
    let _ = stream.set_nodelay(true);
    let plain = Peer { address, certificate: None };
    let Door::Tls(acceptor, odd) = &shared.door else {
        return drive(shared.http.clone(), TokioIo::new(stream), plain, &session, stop).await;
    };
    let stream = match odd {
        None => stream,
        Some(deviations) => match odd::course(stream, deviations, shared.limits.handshake).await {
            Course::Tls(stream) => stream,
            Course::Over => return,
            Course::Plain(stream) => {
                let (http, io) = (shared.http.clone(), TokioIo::new(stream));
                return drive(http, io, plain, &session, stop).await;
            }
        },
    };
    let handshake = timeout(shared.limits.handshake, handshake::accept(acceptor, stream));
    let stream = tokio::select! {
        () = stopped(&mut stop) => return,
        done = handshake => match done {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return failed(&shared, address, &error.to_string()),
            Err(_) => return failed(&shared, address, "it took too long"),
        },
    };
    let http = shared.http.clone();
    let tls = stream.get_ref().1;
    let chain = tls.peer_certificates().unwrap_or_default();
    let certificate = PeerCertificate::new(chain.iter().map(|der| der.to_vec()).collect());
    let peer = Peer { address, certificate };
    let http = match tls.alpn_protocol() {
        Some(b"h2") => http.http2_only(),
        _ => http.http1_only(),
    };
    drive(http, TokioIo::new(stream), peer, &session, stop).await;
}

fn failed(shared: &Shared, peer: SocketAddr, error: &str) {
    shared.traffic.count(Event::FailedHandshake);
    tracing::debug!(%peer, error, "no TLS handshake");
}

async fn drive<I>(
    http: Http,
    io: I,
    peer: Peer,
    session: &Session<'_>,
    mut stop: watch::Receiver<bool>,
) where
    I: Read + Write + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let shared = session.shared;
    let service = service_fn(|request| answer(request, &peer, session, &activity));
    let mut connection = pin!(http.serve_connection(io, service));
    let draining = tokio::select! {
        // How a peer broke its own connection is nobody's business here.
        _ = connection.as_mut() => return,
        () = activity.idle(shared.limits.idle) => false,
        () = stopped(&mut stop) => true,
    };
    connection.as_mut().graceful_shutdown();
    if draining {
        // The accept loop holds the deadline, and counts whom it cuts off.
        let _ = connection.await;
    } else {
        let _ = timeout(shared.limits.drain, connection).await;
    }
}

/// Hands a request to the routes, with bounded body, known peer, and the peer's certificate.
fn answer(
    request: Request<Incoming>,
    peer: &Peer,
    session: &Session<'_>,
    activity: &Activity,
) -> impl Future<Output = Result<Response<BusyBody>, Infallible>> + use<> {
    let (busy, shared) = (activity.begin(), session.shared);
    let work = Work::of(Arc::clone(&session.working));
    let mut request =
        request.map(|incoming| body::bounded(incoming, shared.limits.body, Arc::clone(&work)));
    let client = match &shared.door {
        Door::Open | Door::Tls(..) => Some(peer.clone()),
        Door::Behind(proxies) if proxies.trust(peer.address.ip()) => {
            Some(proxies.client(request.headers(), peer.address))
        }
        Door::Behind(_) => None,
    };
    let response = client.map(|client| {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(client.address));
        if let Some(certificate) = client.certificate {
            extensions.insert(certificate);
        }
        shared.router.clone().oneshot(request)
    });
    async move {
        let response = match response {
            Some(response) => response.await?,
            None => no_proxy(),
        };
        // An answer is work, whatever came of the request's body.
        work.begin();
        Ok(response.map(|body| BusyBody::new(body, (busy, work))))
    }
}

/// For whoever comes past the proxy.
fn no_proxy() -> Response<Body> {
    let text = "This lab answers the proxies of `tls.behind-proxy.trusted` only.\n";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// Resolves when the lab drains. In its own function, so that no guard lives across an await.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the accept loop is gone, which is a stop as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
