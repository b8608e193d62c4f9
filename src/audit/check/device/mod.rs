//! The device authorization grant (RFC 8628).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
