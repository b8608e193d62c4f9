//! The authorization endpoint (RFC 6749 §3.1, §4.1.1, §4.1.2; RFC 9207).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
