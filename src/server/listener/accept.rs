//! The accept loop: one task per listener, one task per connection, and the drain at the end.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::connection::{self, Shared};
use super::limits::Event;
use super::slots::{Place, Slot, Slots};
use super::{Limits, Traffic, Wire};

/// How long to leave a system alone that has no more file descriptors or memory.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener that serves. Dropping it changes nothing: it ends by its shutdown future.
#[derive(Debug)]
pub struct Served {
    traffic: Arc<Traffic>,
    task: JoinHandle<Drained>,
}

/// How the end went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the deadline, and were cut off.
    pub cut: usize,
}

impl Served {
    /// What was counted so far.
    pub const fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// Waits until the shutdown future has resolved and the last connection has ended.
    pub async fn drained(self) -> Drained {
        // The task does not panic and is not aborted; if the runtime ends, nothing is left open.
        self.task.await.unwrap_or(Drained { cut: 0 })
    }
}

pub(super) fn start(
    sockets: Vec<TcpListener>,
    router: Router,
    wire: Wire,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Served {
    let shared = Arc::new(Shared::new(router, wire, limits));
    let traffic = Arc::clone(&shared.traffic);
    Served { traffic, task: tokio::spawn(run(sockets, shared, shutdown)) }
}

async fn run(
    sockets: Vec<TcpListener>,
    shared: Arc<Shared>,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let mut connections = JoinSet::new();
    let (stop, stopped) = watch::channel(false);
    let slots = Slots::new(shared.limits.connections);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            // Also collects those that panicked.
            Some(_) = connections.join_next() => continue,
            accepted = accept(&sockets) => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if belongs_to_one_connection(&error) => continue,
            Err(error) => {
                shared.traffic.count(Event::AcceptError);
                tracing::error!(%error, "the system gives no more connections");
                tokio::select! {
                    () = &mut shutdown => break,
                    () = sleep(PAUSE) => continue,
                }
            }
        };
        let Some(slot) = place(&slots, peer, &shared.traffic) else { continue };
        let door = (Arc::clone(&shared), slot.counter());
        let connection = connection::serve(stream, peer, door, stopped.clone());
        connections.spawn(async move {
            tokio::select! {
                () = connection => {}
                () = slot.given_away() => {}
            }
        });
    }
    drop(sockets);
    // Without a receiver there is nobody to stop.
    let _ = stop.send(true);
    drain(connections, shared.limits.drain).await
}

/// The place of a new connection, if it gets one.
fn place(slots: &Arc<Slots>, peer: SocketAddr, traffic: &Traffic) -> Option<Slot> {
    let slot = match slots.take(peer.ip()) {
        None => {
            traffic.count(Event::OverLimit);
            tracing::debug!(%peer, "too many connections: this one is closed");
            return None;
        }
        Some(Place::Free(slot)) => slot,
        Some(Place::Of(slot)) => {
            traffic.count(Event::GaveWay);
            slot
        }
    };
    traffic.count(Event::Accepted);
    Some(slot)
}

/// The next connection on any of the sockets.
async fn accept(sockets: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        for socket in sockets {
            if let Poll::Ready(accepted) = socket.poll_accept(context) {
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    })
    .await
}

/// Whether the peer gave up between its SYN and our accept: the next one may be fine.
fn belongs_to_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn drain(mut connections: JoinSet<()>, limit: Duration) -> Drained {
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(limit, ended).await.is_ok() {
        return Drained { cut: 0 };
    }
    // Some may have ended since; what is collected without waiting was not cut.
    while connections.try_join_next().is_some() {}
    let cut = connections.len();
    connections.shutdown().await;
    Drained { cut }
}
