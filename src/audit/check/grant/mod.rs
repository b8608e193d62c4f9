//! What a client may ask for (RFC 6749 §3.3, §5.2; RFC 7591 §2).

mod not_bound;
mod scope;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] =
    &[&not_bound::GRANT_NOT_BOUND, &scope::CC_SCOPE_ESCALATION, &scope::SCOPE_NOT_RESTRICTED];
