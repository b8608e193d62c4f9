//! Introspection (RFC 7662 §2.1, §2.2, §4).

mod open;
mod stale;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[&open::INTROSPECT_OPEN, &stale::INTROSPECT_STALE];
