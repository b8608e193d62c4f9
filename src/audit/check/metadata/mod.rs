//! Published documents (RFC 8414, RFC 7517, RFC 9728): read, and judged as they are.

mod alg_none;
mod insecure_endpoint;
mod issuer_mismatch;
mod private_key;
mod protected_resource;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &alg_none::METADATA_ALG_NONE,
    &insecure_endpoint::METADATA_INSECURE_ENDPOINT,
    &issuer_mismatch::METADATA_ISSUER_MISMATCH,
    &private_key::JWKS_PRIVATE_KEY,
    &protected_resource::PRM_AS_MISMATCH,
    &protected_resource::PRM_RESOURCE_MISMATCH,
];
