//! Published documents (RFC 8414, RFC 7517, RFC 9728): read, and judged as they are.

mod agreement;
mod alg_none;
mod form;
mod hidden_grant;
mod host_injection;
mod insecure_endpoint;
mod issuer_form;
mod issuer_mismatch;
mod missing;
mod offers;
mod private_key;
mod protected_resource;

use super::Check;
use crate::audit::evidence::{Document, Evidence};

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &agreement::METADATA_DOCUMENTS_DISAGREE,
    &agreement::METADATA_FOREIGN_HOST,
    &alg_none::METADATA_ALG_NONE,
    &form::METADATA_CONTENT_TYPE,
    &form::METADATA_INTERNAL_LEAK,
    &form::METADATA_PATH_INSERTION,
    &hidden_grant::METADATA_HIDDEN_GRANT,
    &host_injection::METADATA_HOST_INJECTION,
    &insecure_endpoint::METADATA_INSECURE_ENDPOINT,
    &issuer_form::METADATA_ISSUER_FORM,
    &issuer_mismatch::METADATA_ISSUER_MISMATCH,
    &missing::METADATA_MISSING,
    &offers::METADATA_ALG_WEAK,
    &offers::METADATA_IMPLICIT,
    &offers::METADATA_ISS_PARAM,
    &offers::METADATA_NO_ASYMMETRIC_AUTH,
    &offers::METADATA_PKCE_NOT_ADVERTISED,
    &offers::METADATA_PKCE_PLAIN,
    &offers::METADATA_ROPC,
    &private_key::JWKS_PRIVATE_KEY,
    &protected_resource::PRM_AS_MISMATCH,
    &protected_resource::PRM_RESOURCE_MISMATCH,
];

/// The metadata documents of the server that are there: at most two.
fn documents(evidence: &Evidence) -> Vec<&Document> {
    let both = [&evidence.oauth, &evidence.openid];
    both.into_iter().filter(|document| document.is_there()).collect()
}
