//! Published documents (RFC 8414, RFC 7517, RFC 9728): read, and judged as they are.

mod alg_none;
mod insecure_endpoint;
mod issuer_mismatch;
mod private_key;
mod protected_resource;

pub(super) use alg_none::METADATA_ALG_NONE;
pub(super) use insecure_endpoint::METADATA_INSECURE_ENDPOINT;
pub(super) use issuer_mismatch::METADATA_ISSUER_MISMATCH;
pub(super) use private_key::JWKS_PRIVATE_KEY;
pub(super) use protected_resource::{PRM_AS_MISMATCH, PRM_RESOURCE_MISMATCH};
