//! Demonstrating proof of possession (RFC 9449).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
