//! Refresh tokens (RFC 6749 §6, §10.4; RFC 9700 §4.14.2).

mod binding;
mod bound;
mod entropy;
mod escalation;
mod life;
mod race;
mod rotation;
mod tamper;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &bound::REFRESH_DPOP_UNBOUND,
    &life::REFRESH_NO_EXPIRY,
    &life::REFRESH_UNNEEDED,
    &race::REFRESH_RACE,
    &tamper::REFRESH_TAMPER,
    &binding::REFRESH_CLIENT_SWAP,
    &binding::REFRESH_WITHOUT_CLIENT_AUTH,
    &entropy::TOKEN_ENTROPY,
    &escalation::REFRESH_RESOURCE_ESCALATION,
    &escalation::REFRESH_SCOPE_ESCALATION,
    &rotation::REFRESH_FAMILY_SURVIVES,
    &rotation::REFRESH_NOT_ROTATED_PUBLIC,
    &rotation::REFRESH_REUSE,
];
