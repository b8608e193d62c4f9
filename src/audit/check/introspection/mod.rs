//! Introspection (RFC 7662 §2.1, §2.2, §4).

mod open;
mod stale;

pub(super) use open::INTROSPECT_OPEN;
pub(super) use stale::INTROSPECT_STALE;
