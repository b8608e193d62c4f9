//! Cross-origin requests (Fetch standard; RFC 9700 §2.6).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
