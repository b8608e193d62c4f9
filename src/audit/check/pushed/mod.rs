//! Pushed authorization requests and request objects (RFC 9126, RFC 9101).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
