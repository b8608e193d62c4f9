//! Proof Key for Code Exchange (RFC 7636, RFC 9700 §2.1.1 and §4.8).

mod challenge;
mod method;
mod spelling;
mod unsupported;
mod verifier;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &challenge::PKCE_DOWNGRADE,
    &challenge::PKCE_OPTIONAL_CONFIDENTIAL,
    &challenge::PKCE_OPTIONAL_PUBLIC,
    &challenge::PKCE_UNKNOWN_METHOD,
    &method::PKCE_CHALLENGE_LEAKED,
    &method::PKCE_DEFAULT_METHOD,
    &method::PKCE_PLAIN,
    &spelling::PKCE_LOOSE_COMPARE,
    &spelling::PKCE_SHORT_VERIFIER,
    &unsupported::PKCE_UNSUPPORTED,
    &verifier::PKCE_CROSS_TRANSACTION,
    &verifier::PKCE_METHOD_CONFUSION,
    &verifier::PKCE_VERIFIER_EMPTY,
    &verifier::PKCE_VERIFIER_SKIPPED,
    &verifier::PKCE_VERIFIER_WRONG,
];
