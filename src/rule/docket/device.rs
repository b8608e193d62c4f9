//! Dockets of the device authorization grant outside of the token endpoint (RFC 8628 §3.1, §3.3).

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::super::*;
use super::docket;
use super::token::{CLIENT_STAGE, GRANT_STAGE};

docket!(
    DEVICE,
    "device",
    "May this client ask for a user on another device?",
    CLIENT_STAGE,
    GRANT_STAGE,
    [
        PROFILE_GRANT,
        SCOPE_FORM,
        SCOPE_KNOWN,
        SCOPE_CLIENT,
        TARGET_FORM,
        TARGET_KNOWN,
        SCOPE_TARGET,
        SCOPE_ONE_API,
    ]
);

docket!(
    DEVICE_ANSWER,
    "device.answer",
    "Does the logged-in user allow the device?",
    [
        INTERACTION_KNOWN,
        SESSION_LIVE,
        FORM_CSRF,
        USER_CODE_FRESH,
        USER_CODE_UNANSWERED,
        CONSENT_MODE,
        CONSENT_GRANTED,
    ]
);

docket!(
    DEVICE_USER_CODE,
    "device.user_code",
    "Does a device wait for this user code?",
    [FORM_CSRF, USER_CODE_RATE, USER_CODE_KNOWN, USER_CODE_FRESH, USER_CODE_UNANSWERED,]
);
