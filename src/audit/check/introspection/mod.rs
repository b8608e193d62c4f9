//! Introspection (RFC 7662 §2.1, §2.2, §4).

mod foreign;
mod get;
mod kind;
mod members;
mod open;
mod stale;
mod tampered;

use super::Check;
use open::told;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &foreign::INTROSPECT_ANY_CLIENT,
    &get::INTROSPECT_GET,
    &kind::INTROSPECT_TOKEN_KIND,
    &kind::INTROSPECT_UNKNOWN_ERROR,
    &members::INTROSPECT_INACTIVE_DETAIL,
    &members::INTROSPECT_MISSING_MEMBERS,
    &open::INTROSPECT_OPEN,
    &stale::INTROSPECT_STALE,
    &tampered::INTROSPECT_TAMPERED,
];
