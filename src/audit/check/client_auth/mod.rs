//! Client authentication at the token endpoint (RFC 6749 §2.3.1, §3.2.1, RFC 7523).

mod assertion;
mod enumeration;
mod issued;
mod loose;
mod method;
mod missing;
mod secret;
mod secret_in_url;
mod spoof;
mod two;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &assertion::ASSERTION_ALG_CONFUSION,
    &assertion::ASSERTION_ALG_NONE,
    &assertion::ASSERTION_AUD_NOT_ISSUER,
    &assertion::ASSERTION_AUD_WRONG,
    &assertion::ASSERTION_CROSS_JWT,
    &assertion::ASSERTION_EXPIRY,
    &assertion::ASSERTION_HEADER_KEY,
    &assertion::ASSERTION_ISS_SUB,
    &assertion::ASSERTION_REPLAY,
    &assertion::ASSERTION_SIGNATURE,
    &enumeration::CLIENT_ENUMERATION,
    &issued::ISSUED_SECRET_ENTROPY,
    &loose::CLIENT_SECRET_LOOSE,
    &method::CLIENT_AUTH_METHOD_NOT_BOUND,
    &missing::CLIENT_AUTH_MISSING,
    &secret::CLIENT_SECRET_EMPTY,
    &secret::CLIENT_SECRET_WRONG,
    &secret_in_url::CLIENT_SECRET_IN_URL,
    &spoof::MTLS_HEADER_SPOOF,
    &two::CLIENT_AUTH_ID_MISMATCH,
    &two::CLIENT_AUTH_TWO_METHODS,
];
