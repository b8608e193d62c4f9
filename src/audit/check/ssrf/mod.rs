//! What the server fetches because a client says so (RFC 7591 §5, RFC 9101 §10.4).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
