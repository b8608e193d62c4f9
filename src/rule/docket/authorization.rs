//! Dockets of the front channel: what a browser brings.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::super::*;
use super::docket;
use super::token::{CLIENT_STAGE, PROFILE_CLIENT_STAGE, PROOF_STAGE};

docket!(
    REQUEST,
    "request",
    "May this request be read at all?",
    [
        REQUEST_RATE,
        REQUEST_ENDPOINT,
        REQUEST_METHOD,
        REQUEST_MEDIA_TYPE,
        REQUEST_SIZE,
        REQUEST_ENCODING,
        REQUEST_PARAMETER_ONCE,
        REQUEST_NO_SECRET_IN_URL,
        SERVER_CAPACITY,
        SERVER_STORE,
        SERVER_CONDITION,
    ]
);

/// Is the request signed, where it is or must be?
pub(super) const OBJECT_STAGE: &[&Rule] = &[
    &REQUEST_OBJECT_REQUIRED,
    &REQUEST_OBJECT_FORM,
    &REQUEST_OBJECT_TYPE,
    &REQUEST_OBJECT_ISSUER,
    &REQUEST_OBJECT_CLIENT,
    &REQUEST_OBJECT_PLAIN,
    &REQUEST_OBJECT_AUDIENCE,
    &REQUEST_OBJECT_FRESH,
    &REQUEST_OBJECT_SIGNATURE,
];

/// May this client ask for this? Judged at the authorization endpoint, and where requests are pushed.
pub(super) const REQUEST_STAGE: &[&Rule] = &[
    &REDIRECT_URI_PRESENTED,
    &REDIRECT_URI_REGISTERED,
    &STATE_FORM,
    &REGISTRATION_PARAMETER_ABSENT,
    &RESPONSE_TYPE_PRESENTED,
    &RESPONSE_TYPE_SUPPORTED,
    &PROFILE_RESPONSE_TYPE,
    &RESPONSE_MODE_SUPPORTED,
    &AUTHORIZE_CLIENT_GRANT,
    &RESPONSE_TYPE_CLIENT,
    &RESPONSE_TYPE_BOUND,
    &PKCE_CHALLENGE_PRESENTED,
    &PKCE_METHOD,
    &PKCE_CHALLENGE_FORM,
    &SCOPE_FORM,
    &SCOPE_KNOWN,
    &SCOPE_CLIENT,
    &TARGET_FORM,
    &TARGET_KNOWN,
    &SCOPE_TARGET,
    &SCOPE_ONE_API,
    &DETAILS_FORM,
    &DETAILS_KNOWN,
    &DETAILS_CLIENT,
    &PROMPT_FORM,
    &MAX_AGE_FORM,
    &NONCE_FORM,
    &DPOP_JKT_FORM,
    &NONCE_PRESENTED,
    &CLAIMS_FORM,
    &HINT_ID_TOKEN,
    &ACR_ESSENTIAL,
];

/// Does the request say which client asks?
const NAME_STAGE: &[&Rule] = &[&AUTHORIZE_CLIENT_PRESENTED];

/// What does the address say that names the client?
const DOCUMENT_STAGE: &[&Rule] = &[
    &CIMD_URL,
    &CIMD_ALLOWED,
    &CIMD_RATE,
    &CIMD_FETCHED,
    &CIMD_IDENTITY,
    &CIMD_AUTH_METHOD,
    &CIMD_DOCUMENT,
];

/// Is the client known, and what does the request refer to?
const REFERENCE_STAGE: &[&Rule] = &[
    &AUTHORIZE_CLIENT_KNOWN,
    &REQUEST_URI_PUSHED,
    &REQUEST_URI_ALONE,
    &PAR_REQUIRED,
    &REQUEST_URI_KNOWN,
    &REQUEST_URI_CLIENT,
    &REQUEST_URI_BROWSER,
];

docket!(
    AUTHORIZE,
    "authorize",
    "May this client ask this user?",
    NAME_STAGE,
    DOCUMENT_STAGE,
    REFERENCE_STAGE,
    OBJECT_STAGE,
    REQUEST_STAGE,
    [PROMPT_LOGIN, PROMPT_CONSENT, CONSENT_MODE]
);

docket!(
    PAR,
    "par",
    "May this request be pushed?",
    DOCUMENT_STAGE,
    CLIENT_STAGE,
    PROFILE_CLIENT_STAGE,
    PUSH_STAGE,
    PROOF_STAGE,
    OBJECT_STAGE,
    REQUEST_STAGE,
    [DPOP_PUSHED_KEY]
);

/// Has a pushed request parameters of its own?
const PUSH_STAGE: &[&Rule] = &[&PAR_REQUEST_URI_ABSENT];

docket!(
    LOGIN,
    "login",
    "Is this the user, and did the user mean it?",
    [INTERACTION_KNOWN, FORM_CSRF, LOGIN_RATE, LOGIN_PASSWORD, LOGIN_EXPECTED,]
);

docket!(
    CONSENT,
    "consent",
    "Does the logged-in user grant the request?",
    [INTERACTION_KNOWN, SESSION_LIVE, FORM_CSRF, CONSENT_UNANSWERED, CONSENT_GRANTED,]
);
