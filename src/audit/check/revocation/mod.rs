//! Revocation (RFC 7009 §2.1).

mod access;
mod hint;
mod others;
mod refresh_noop;
mod unknown;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &access::REVOKE_ACCESS_NOOP,
    &access::REVOKE_REFRESH_LEAVES_ACCESS,
    &hint::REVOKE_HINT,
    &others::REVOKE_OPEN,
    &others::REVOKE_OTHER_CLIENT,
    &refresh_noop::REVOKE_REFRESH_NOOP,
    &unknown::REVOKE_ORACLE,
    &unknown::REVOKE_TAMPERED,
];
