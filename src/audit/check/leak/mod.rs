//! What answers give away.

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
