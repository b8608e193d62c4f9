//! What a client may take, and what was counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bounds of one listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at the same time. For one more, one that the lab waits for is closed; if there is
    /// none, the new one is.
    pub connections: usize,
    /// From accept to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the first wait for a request to the end of its headers (HTTP/1.1), keep-alive pauses
    /// included.
    pub headers: Duration,
    /// From the headers to the last byte of the request body, however it trickles.
    pub body: Duration,
    /// Without any request, HTTP/2 included.
    pub idle: Duration,
    /// For requests in flight, once the lab shuts down.
    pub drain: Duration,
    /// Bytes of a request's line and headers; at least 8192.
    pub header_bytes: u32,
    /// HTTP/2 streams at the same time on one connection.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Three listeners stay below the usual 1024 file descriptors of a process.
            connections: 300,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(15),
            body: Duration::from_secs(15),
            idle: Duration::from_secs(60),
            drain: Duration::from_secs(5),
            header_bytes: 32 * 1024,
            streams: 64,
        }
    }
}

/// What happened at one listener since it was bound.
#[derive(Debug, Default)]
pub struct Traffic {
    accepted: AtomicU64,
    over_limit: AtomicU64,
    gave_way: AtomicU64,
    failed_handshakes: AtomicU64,
    accept_errors: AtomicU64,
}

impl Traffic {
    /// Connections that were admitted.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Connections that were closed at once because too many were open.
    pub fn over_limit(&self) -> u64 {
        self.over_limit.load(Ordering::Relaxed)
    }

    /// Connections that the lab waited for, closed for newer ones because too many were open.
    pub fn gave_way(&self) -> u64 {
        self.gave_way.load(Ordering::Relaxed)
    }

    /// TLS handshakes that failed, timed out, or were no TLS at all.
    pub fn failed_handshakes(&self) -> u64 {
        self.failed_handshakes.load(Ordering::Relaxed)
    }

    /// Times that the system could give no connection, for instance for want of file descriptors.
    pub fn accept_errors(&self) -> u64 {
        self.accept_errors.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, event: Event) {
        let counter = match event {
            Event::Accepted => &self.accepted,
            Event::OverLimit => &self.over_limit,
            Event::GaveWay => &self.gave_way,
            Event::FailedHandshake => &self.failed_handshakes,
            Event::AcceptError => &self.accept_errors,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Accepted,
    OverLimit,
    GaveWay,
    FailedHandshake,
    AcceptError,
}
