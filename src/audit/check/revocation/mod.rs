//! Revocation (RFC 7009 §2.1).

mod others;
mod refresh_noop;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] =
    &[&others::REVOKE_OPEN, &others::REVOKE_OTHER_CLIENT, &refresh_noop::REVOKE_REFRESH_NOOP];
