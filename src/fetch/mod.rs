//! Outgoing HTTP: one small TLS client with a bound on everything a server can stretch.
//!
//! It sends one request and hands back one answer (RFC 9110). It follows no redirect, uses no
//! proxy, keeps no cookie, and speaks plain `http` to loopback only. Whoever needs more builds it
//! on top, in sight.

mod error;
mod guard;
mod http_client;
mod request;
mod resolver;
mod response;
#[cfg(test)]
mod tests;

pub use error::{FetchError, Refused, TlsFailure};
pub use guard::{Guarded, MAX_GUARDED_BODY, Reach};
pub use http_client::{Http, Roots};
pub use request::{FieldValue, Request};
pub use response::Response;

/// At most this many bytes of a body are read.
pub const MAX_BODY: usize = 1024 * 1024;

/// The header in which our own servers name the trace of an exchange.
pub const TRACE_HEADER: &str = "x-oauthlab-trace";
