//! Transport and the headers of every answer.

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
