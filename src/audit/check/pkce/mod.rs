//! Proof Key for Code Exchange (RFC 7636, RFC 9700 §2.1.1 and §4.8).

mod challenge;
mod unsupported;
mod verifier;

pub(super) use challenge::{PKCE_DOWNGRADE, PKCE_OPTIONAL_PUBLIC, PKCE_UNKNOWN_METHOD};
pub(super) use unsupported::PKCE_UNSUPPORTED;
pub(super) use verifier::{
    PKCE_CROSS_TRANSACTION, PKCE_METHOD_CONFUSION, PKCE_VERIFIER_SKIPPED, PKCE_VERIFIER_WRONG,
};
