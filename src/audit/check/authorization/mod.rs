//! The authorization endpoint (RFC 6749 §3.1, §4.1.1, §4.1.2; RFC 9207).

mod answer;
mod repeat;
mod request;
mod response;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &answer::ISS_MISSING,
    &answer::ISS_MISSING_ON_ERROR,
    &answer::RESPONSE_POLLUTION,
    &answer::STATE_MANGLED,
    &repeat::CONSENT_SCOPE_CREEP,
    &repeat::CONSENT_SKIPPED_PUBLIC,
    &repeat::CONSENT_UNINFORMATIVE,
    &repeat::PROMPT_LOGIN_IGNORED,
    &repeat::PROMPT_NONE_GRANTS,
    &request::DUPLICATE_PARAMS,
    &request::REFLECTED_INPUT,
    &response::HYBRID_TOKEN_ENABLED,
    &response::IMPLICIT_ENABLED,
    &response::RESPONSE_MODE_QUERY_TOKEN,
    &response::RESPONSE_MODE_SWITCH,
    &response::RESPONSE_TYPE_NOT_BOUND,
];
