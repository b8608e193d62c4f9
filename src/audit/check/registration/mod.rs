//! Registration (RFC 7591).

mod open;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[&open::DCR_OPEN];
