//! Pushed authorization requests and request objects (RFC 9126, RFC 9101).

mod object;
mod push;
mod reference;
mod required;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &object::JAR_ALG_NONE,
    &object::JAR_CLAIMS,
    &object::JAR_CLIENT_MISMATCH,
    &object::JAR_OUTER_PARAMS,
    &push::PAR_ENTROPY,
    &push::PAR_NESTED,
    &push::PAR_UNAUTHENTICATED,
    &push::PAR_UNREGISTERED_REDIRECT,
    &reference::PAR_CLIENT_SWAP,
    &reference::PAR_OVERRIDE,
    &reference::PAR_REUSE,
    &required::PAR_BYPASS,
];
