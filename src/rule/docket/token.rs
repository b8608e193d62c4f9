//! Dockets of the token endpoint, and the stages that they share.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::super::*;
use super::docket;

/// Who is the client? Every back-channel docket begins with these rules.
pub(super) const CLIENT_STAGE: &[&Rule] = &[
    &CLIENT_PRESENTED,
    &CLIENT_HEADER_FORM,
    &CLIENT_ONE_METHOD,
    &CLIENT_ASSERTION_TYPE,
    &CLIENT_ASSERTION_FORM,
    &CLIENT_BODY_ID,
    &CLIENT_ASSERTION_ISSUER,
    &CLIENT_ASSERTION_AUDIENCE,
    &CLIENT_ASSERTION_FRESH,
    &CLIENT_KNOWN,
    &CLIENT_METHOD,
    &CLIENT_SECRET,
    &CLIENT_CERTIFICATE_PRESENTED,
    &CLIENT_CERTIFICATE_TRUSTED,
    &CLIENT_CERTIFICATE_SUBJECT,
    &CLIENT_CERTIFICATE_REGISTERED,
    &CLIENT_ASSERTION_SIGNATURE,
    &CLIENT_ASSERTION_UNUSED,
    &CLIENT_RATE,
];

/// Does a proof show its key? Wherever the authorization server takes one.
pub(super) const PROOF_STAGE: &[&Rule] = &[
    &DPOP_ONCE,
    &DPOP_FORM,
    &DPOP_SIGNATURE,
    &DPOP_METHOD,
    &DPOP_URI,
    &DPOP_FRESH,
    &DPOP_NONCE,
    &DPOP_UNUSED,
];

/// Must tokens be bound? Every docket that ends in tokens has these rules, after those about the
/// client and its proof.
pub(super) const SENDER_STAGE: &[&Rule] = &[&DPOP_REQUIRED, &MTLS_REQUIRED];

/// Does the profile take this client? Only on dockets that some profile with such a rule reaches:
/// at the others `profile.grant` has refused before.
pub(super) const PROFILE_CLIENT_STAGE: &[&Rule] = &[&PROFILE_CLIENT_AUTH];

/// Does the profile take this sender? As above.
pub(super) const PROFILE_SENDER_STAGE: &[&Rule] = &[&PROFILE_SENDER_CONSTRAINED];

/// May this client use this grant?
pub(super) const GRANT_STAGE: &[&Rule] = &[&CLIENT_GRANT];

docket!(CLIENT, "client", "Who is the client?", CLIENT_STAGE, []);

docket!(
    TOKEN_ANY,
    "token",
    "Is this a token request?",
    [GRANT_TYPE_PRESENTED, GRANT_TYPE_SUPPORTED, PROFILE_GRANT]
);

docket!(
    TOKEN_CODE,
    "token.authorization_code",
    "May this code become tokens?",
    CLIENT_STAGE,
    PROFILE_CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    PROFILE_SENDER_STAGE,
    [
        CODE_PRESENTED,
        PKCE_VERIFIER_FORM,
        TARGET_FORM,
        CODE_KNOWN,
        CODE_CLIENT,
        CODE_UNSPENT,
        CODE_FRESH,
        GRANT_LIVE,
        CODE_REDIRECT_URI,
        PKCE_VERIFIER_PRESENTED,
        PKCE_DOWNGRADE,
        PKCE_VERIFIER,
        DPOP_CODE_KEY,
        TARGET_GRANTED,
        DETAILS_GRANTED,
    ]
);

docket!(
    TOKEN_CLIENT_CREDENTIALS,
    "token.client_credentials",
    "May this client act for itself?",
    CLIENT_STAGE,
    PROFILE_CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    PROFILE_SENDER_STAGE,
    [
        CLIENT_CONFIDENTIAL,
        SCOPE_FORM,
        SCOPE_KNOWN,
        SCOPE_CLIENT,
        SCOPE_USER,
        TARGET_FORM,
        TARGET_KNOWN,
        SCOPE_TARGET,
        SCOPE_ONE_API,
        DETAILS_FORM,
        DETAILS_KNOWN,
        DETAILS_CLIENT,
    ]
);

docket!(
    TOKEN_REFRESH,
    "token.refresh_token",
    "May this refresh token become a new access token?",
    CLIENT_STAGE,
    PROFILE_CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    PROFILE_SENDER_STAGE,
    [
        REFRESH_PRESENTED,
        SCOPE_FORM,
        TARGET_FORM,
        REFRESH_KNOWN,
        REFRESH_CLIENT,
        REFRESH_UNROTATED,
        REFRESH_FRESH,
        DPOP_REFRESH_KEY,
        MTLS_REFRESH_KEY,
        GRANT_LIVE,
        REFRESH_SCOPE,
        TARGET_GRANTED,
        DETAILS_GRANTED,
    ]
);

docket!(
    TOKEN_DEVICE,
    "token.device_code",
    "May this device have tokens?",
    CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    [
        DEVICE_CODE_PRESENTED,
        TARGET_FORM,
        DEVICE_CODE_KNOWN,
        DEVICE_CODE_CLIENT,
        DEVICE_CODE_UNSPENT,
        DEVICE_CODE_FRESH,
        GRANT_LIVE,
        DEVICE_CODE_ALLOWED,
        DEVICE_CODE_INTERVAL,
        DEVICE_CODE_ANSWERED,
        TARGET_GRANTED,
    ]
);

docket!(
    TOKEN_PASSWORD,
    "token.password",
    "May this client have tokens for a password?",
    CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    [
        PASSWORD_PRESENTED,
        SCOPE_FORM,
        SCOPE_KNOWN,
        SCOPE_CLIENT,
        TARGET_FORM,
        TARGET_KNOWN,
        SCOPE_TARGET,
        SCOPE_ONE_API,
        LOGIN_RATE,
        PASSWORD_RIGHT,
    ]
);

docket!(
    TOKEN_EXCHANGE,
    "token.exchange",
    "May this token become another one?",
    CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    [
        EXCHANGE_CONFIDENTIAL,
        EXCHANGE_SUBJECT_PRESENTED,
        EXCHANGE_SUBJECT_TYPE,
        EXCHANGE_ACTOR_FORM,
        EXCHANGE_REQUESTED_TYPE,
        SCOPE_FORM,
        EXCHANGE_TARGET_KNOWN,
        EXCHANGE_SUBJECT_KNOWN,
        EXCHANGE_SUBJECT_LIVE,
        EXCHANGE_SUBJECT_CLIENT,
        EXCHANGE_ACTOR_KNOWN,
        EXCHANGE_ACTOR_LIVE,
        EXCHANGE_SENDER,
        EXCHANGE_MAY_ACT,
        EXCHANGE_CHAIN,
        EXCHANGE_TARGET_GRANTED,
        EXCHANGE_SCOPE,
        DETAILS_GRANTED,
    ]
);

docket!(
    TOKEN_JWT_BEARER,
    "token.jwt_bearer",
    "May this assertion become an access token?",
    CLIENT_STAGE,
    GRANT_STAGE,
    PROOF_STAGE,
    SENDER_STAGE,
    [
        ASSERTION_GRANT_PRESENTED,
        ASSERTION_GRANT_FORM,
        ASSERTION_GRANT_ISSUER,
        ASSERTION_GRANT_SIGNATURE,
        ASSERTION_GRANT_AUDIENCE,
        ASSERTION_GRANT_FRESH,
        ASSERTION_GRANT_UNUSED,
        ASSERTION_GRANT_SUBJECT,
        SCOPE_FORM,
        SCOPE_KNOWN,
        SCOPE_CLIENT,
        SCOPE_USER,
        TARGET_FORM,
        TARGET_KNOWN,
        SCOPE_TARGET,
        SCOPE_ONE_API,
    ]
);
