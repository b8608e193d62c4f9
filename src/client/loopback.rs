//! The redirect URI of a native app (RFC 8252 §7.3): a listener on loopback that exists before the
//! authorization URL does, takes one answer in the way that was asked for, and ignores everything
//! else that knocks.

mod knock;
mod page;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

use super::arrival::{Arrival, Carrier};
use super::error::ClientError;
use knock::Knock;

/// A listener that waits for one redirect.
#[derive(Debug)]
pub struct LoopbackListener {
    listeners: Vec<TcpListener>,
    path: String,
    redirect_uri: String,
    carrier: Carrier,
}

/// A browser opens a few connections; more wait.
const MAX_CONNECTIONS: usize = 16;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

impl LoopbackListener {
    /// Opens a free port of both loopback addresses, the IPv6 one if there is one. The redirect
    /// URI names `127.0.0.1`, since a name could resolve to somewhere else (RFC 8252 §8.3).
    pub async fn bind(path: &str) -> Result<Self, ClientError> {
        let first = open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let port = first.local_addr().map_err(|error| refused("127.0.0.1", &error))?.port();
        let second = open(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await.ok();
        let listeners = std::iter::once(first).chain(second).collect();
        Ok(Self::new(listeners, &format!("127.0.0.1:{port}"), path))
    }

    /// Opens exactly this address, or fails. Only loopback: codes travel here without TLS.
    pub async fn bind_to(address: SocketAddr, path: &str) -> Result<Self, ClientError> {
        if !address.ip().is_loopback() {
            let detail = format!("{address} is not a loopback address");
            return Err(ClientError::Input { what: "the callback", detail });
        }
        let listener = open(address).await?;
        let bound = listener.local_addr().map_err(|error| refused(&address.to_string(), &error))?;
        Ok(Self::new(vec![listener], &bound.to_string(), path))
    }

    fn new(listeners: Vec<TcpListener>, authority: &str, path: &str) -> Self {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let redirect_uri = format!("http://{authority}{path}");
        Self { listeners, redirect_uri, path, carrier: Carrier::Query }
    }

    /// With the way in which the answer is to come. What comes in the query is taken always: a
    /// refusal may come back so, and whoever judges the answer sees how it came.
    #[must_use]
    pub fn expecting(self, carrier: Carrier) -> Self {
        Self { carrier, ..self }
    }

    /// The redirect URI that leads here.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The port.
    pub fn port(&self) -> u16 {
        let address = self.listeners.first().and_then(|listener| listener.local_addr().ok());
        address.map_or(0, |address| address.port())
    }

    /// Waits for the first answer, a code or an error, and hands it back whole. The port is closed
    /// afterwards.
    pub async fn wait(self, timeout: Duration) -> Result<Arrival, ClientError> {
        let Self { listeners, path, redirect_uri, carrier } = self;
        let (send, mut arrivals) = mpsc::channel(1);
        let expected = Expected { path, redirect_uri: redirect_uri.clone(), carrier, send };
        let expected = Arc::new(expected);
        // Dropped at the end, and with it every listener and connection.
        let mut accepting = JoinSet::new();
        for listener in listeners {
            accepting.spawn(accept(listener, Arc::clone(&expected)));
        }
        drop(expected);
        match tokio::time::timeout(timeout, arrivals.recv()).await {
            Ok(Some(Taken { arrival, answered })) => {
                // The page is on its way: a moment for the browser to read it.
                let _ = tokio::time::timeout(Duration::from_secs(1), answered).await;
                Ok(arrival)
            }
            Ok(None) | Err(_) => Err(ClientError::NobodyCame { redirect_uri, after: timeout }),
        }
    }
}

struct Expected {
    path: String,
    redirect_uri: String,
    carrier: Carrier,
    send: mpsc::Sender<Taken>,
}

struct Taken {
    arrival: Arrival,
    answered: oneshot::Receiver<Infallible>,
}

/// What tells the waiter that the page was sent; the first answer of a connection takes it along.
type Answered = Mutex<Option<oneshot::Receiver<Infallible>>>;

async fn accept(listener: TcpListener, expected: Arc<Expected>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, or a connection that is gone already.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let expected = Arc::clone(&expected);
        connections.spawn(async move {
            serve(stream, &expected).await;
            drop(place);
        });
    }
}

/// One exchange. When the connection is done, `answered` is dropped, and the waiter goes on.
async fn serve(stream: TcpStream, expected: &Expected) {
    let (keep, answered) = oneshot::channel::<Infallible>();
    let answered: Answered = Mutex::new(Some(answered));
    let service = service_fn(|request| async {
        Ok::<_, Infallible>(expected.reply(request, &answered).await)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(false)
        .max_headers(100)
        .serve_connection(TokioIo::new(stream), service);
    // A browser that leaves early has its answer, or does not want one.
    let _ = connection.await;
    drop(keep);
}

impl Expected {
    async fn reply(
        &self,
        request: Request<Incoming>,
        answered: &Answered,
    ) -> Response<Full<Bytes>> {
        match self.knock(request).await {
            Knock::Answer(arrival) => {
                if self.take(arrival, answered) {
                    page::done()
                } else {
                    page::nothing()
                }
            }
            Knock::Stray => page::nothing(),
            Knock::ForFragment => page::relay(),
        }
    }

    /// Hands the answer to the waiter, if it is the first one.
    fn take(&self, arrival: Arrival, answered: &Answered) -> bool {
        let answered = answered.lock().ok().and_then(|mut answered| answered.take());
        // Full: another one came first.
        answered.is_some_and(|answered| self.send.try_send(Taken { arrival, answered }).is_ok())
    }
}

async fn open(address: SocketAddr) -> Result<TcpListener, ClientError> {
    TcpListener::bind(address).await.map_err(|error| refused(&address.to_string(), &error))
}

fn refused(address: &str, error: &std::io::Error) -> ClientError {
    ClientError::Listen { address: address.to_owned(), reason: error.to_string() }
}

/// Reads `ADDR:PORT/PATH`, `ADDR:PORT` or `PORT`, as a callback is named on the command line.
pub fn parse_callback(text: &str) -> Result<(SocketAddr, String), ClientError> {
    let (address, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let path = if path.is_empty() { "/callback" } else { path };
    let port = address.parse::<u16>().ok();
    let address = match port {
        Some(port) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        None => address.parse().ok(),
    };
    match address {
        Some(address) => Ok((address, path.to_owned())),
        None => Err(ClientError::Input {
            what: "the callback",
            detail: "write 127.0.0.1:PORT or 127.0.0.1:PORT/PATH".to_owned(),
        }),
    }
}
