//! The listening sockets of the lab: own accept loop, TLS, limits and drain.
//!
//! A connection is a task from its first byte: the TLS handshake runs inside it and never inside
//! `accept`, so a silent client holds up nobody. Everything that a client can stretch has a bound:
//! handshake, headers, body, idleness, header bytes, streams, connections, and the drain at the end.

mod accept;
mod activity;
mod bind;
mod body;
mod connection;
mod handshake;
mod holder;
mod limits;
mod odd;
mod slots;
mod wire;

pub use accept::{Drained, Served};
pub use bind::{ListenError, Listener};
pub use body::{BodyError, MAX_BODY, read_body};
pub use holder::PortHolder;
pub use limits::{Limits, Traffic};
pub use odd::SURFACES;
pub use wire::{Proxies, Wire};
