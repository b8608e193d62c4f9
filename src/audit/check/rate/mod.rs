//! Limits on guessing and flooding.

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
