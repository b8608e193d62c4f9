//! Dockets of client registration, and of the inspector.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::super::*;
use super::docket;

docket!(
    REGISTER,
    "register",
    "May this client be registered?",
    [
        REGISTRATION_OPEN,
        REGISTRATION_TOKEN,
        REGISTRATION_RATE,
        REGISTRATION_JSON,
        STATEMENT_PRESENTED,
        STATEMENT_FORM,
        STATEMENT_ISSUER,
        STATEMENT_SIGNATURE,
        STATEMENT_TIME,
        REGISTRATION_REDIRECT_URI,
        REGISTRATION_REDIRECT_PRESENT,
        REGISTRATION_AUTH_METHOD,
        REGISTRATION_GRANTS,
        REGISTRATION_RESPONSE_TYPES,
        REGISTRATION_GRANT_CLIENT,
        REGISTRATION_SCOPE,
        REGISTRATION_ALGORITHM,
        REGISTRATION_KEYS,
        REGISTRATION_AUTH_KEYS,
        REGISTRATION_CERTIFICATE,
        REGISTRATION_DETAILS,
        REGISTRATION_LOGOUT_URI,
        REGISTRATION_TEXT,
    ]
);

docket!(
    MANAGE_CLIENT,
    "register.manage",
    "May this registration be read, changed or deleted?",
    [
        MANAGE_TOKEN,
        REGISTRATION_JSON,
        STATEMENT_PRESENTED,
        STATEMENT_FORM,
        STATEMENT_ISSUER,
        STATEMENT_SIGNATURE,
        STATEMENT_TIME,
        MANAGE_MEMBERS,
        MANAGE_IDENTITY,
        REGISTRATION_REDIRECT_URI,
        REGISTRATION_REDIRECT_PRESENT,
        REGISTRATION_AUTH_METHOD,
        REGISTRATION_GRANTS,
        REGISTRATION_RESPONSE_TYPES,
        REGISTRATION_GRANT_CLIENT,
        REGISTRATION_SCOPE,
        REGISTRATION_ALGORITHM,
        REGISTRATION_KEYS,
        REGISTRATION_AUTH_KEYS,
        REGISTRATION_CERTIFICATE,
        REGISTRATION_DETAILS,
        REGISTRATION_LOGOUT_URI,
        REGISTRATION_TEXT,
    ]
);

docket!(
    INSPECT,
    "inspector",
    "May this caller look into the lab?",
    [INSPECTOR_HOST, INSPECTOR_TOKEN, INSPECTOR_KNOWN,]
);
