//! The token endpoint (RFC 6749 §3.2, §5).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
