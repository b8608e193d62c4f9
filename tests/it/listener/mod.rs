//! The listener under friendly, silent, slow, greedy and confused clients. Nothing here sleeps:
//! a test waits for what the server does to the socket.

mod drain;
mod limits;
mod proxy;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use http::StatusCode;
use oauthlab::config::Bind;
use oauthlab::server::listener::{BodyError, Drained, Limits, Listener, Served, Wire, read_body};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Longer than any test takes, shorter than patience.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(60);

/// A running listener that ends with the test.
struct Server {
    address: SocketAddr,
    addresses: Vec<SocketAddr>,
    served: Served,
    stop: oneshot::Sender<()>,
}

impl Server {
    fn plain(limits: Limits) -> Self {
        Self::start(router(), None, limits)
    }

    fn start(
        router: Router,
        tls: Option<std::sync::Arc<rustls::ServerConfig>>,
        limits: Limits,
    ) -> Self {
        Self::on(router, tls.map_or(Wire::Plain, Wire::Tls), limits)
    }

    fn on(router: Router, wire: Wire, limits: Limits) -> Self {
        let listener = Listener::bind(Bind::Loopback, 0).unwrap();
        let addresses = listener.addresses().to_vec();
        let (stop, stopped) = oneshot::channel();
        let served = listener.serve(router, wire, limits, async {
            let _ = stopped.await;
        });
        Self { address: addresses[0], addresses, served, stop }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) -> Drained {
        let _ = self.stop.send(());
        within(self.served.drained()).await
    }
}

/// Limits that no test meets by accident; each test tightens the one it is about.
fn roomy() -> Limits {
    let ample = LONG * 2;
    let times = Limits { handshake: ample, headers: ample, body: ample, ..Limits::default() };
    Limits { idle: ample, drain: ample, ..times }
}

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/peer",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }),
        )
        .route("/panic", get(|| async { panic!("a handler that fails") as &str }))
        .route("/body", post(echo_length))
}

async fn echo_length(body: Body) -> (StatusCode, String) {
    match read_body(body).await {
        Ok(bytes) => (StatusCode::OK, bytes.len().to_string()),
        Err(error @ BodyError::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
        Err(error @ BodyError::TooSlow) => (StatusCode::REQUEST_TIMEOUT, error.to_string()),
        Err(error @ BodyError::Broken) => (StatusCode::BAD_REQUEST, error.to_string()),
    }
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// Sends bytes and reads until the server closes; a reset counts as a close.
async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: impl AsRef<[u8]>,
) -> String {
    let _ = stream.write_all(request.as_ref()).await;
    let mut answer = Vec::new();
    let _ = within(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A broken server makes a test fail instead of hang.
async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(LONG, future).await.expect("the server does nothing")
}
