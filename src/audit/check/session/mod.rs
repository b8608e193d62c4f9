//! Sessions and their cookies.

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
