//! Dockets: the rules of each decision point, in the fixed order that the wire follows. The first
//! broken rule of this order is the one that a refusal names.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::*;

/// A decision point and its rules in their published order.
#[derive(Debug, PartialEq, Eq)]
pub struct Docket {
    /// Stable id: `token.authorization_code`.
    pub id: &'static str,
    /// What is decided, in words.
    pub title: &'static str,
    /// Its rules in order.
    pub rules: &'static [&'static Rule],
}

macro_rules! docket {
    ($name:ident, $id:literal, $title:literal, [$($rule:ident),* $(,)?]) => {
        #[doc = $title]
        pub static $name: Docket = Docket { id: $id, title: $title, rules: &[$(&$rule),*] };
    };
}

docket!(
    REQUEST,
    "request",
    "May this request be read at all?",
    [
        REQUEST_ENDPOINT,
        REQUEST_METHOD,
        REQUEST_MEDIA_TYPE,
        REQUEST_SIZE,
        REQUEST_ENCODING,
        REQUEST_PARAMETER_ONCE,
        REQUEST_NO_SECRET_IN_URL,
        SERVER_CAPACITY,
        SERVER_CONDITION,
    ]
);

docket!(
    AUTHORIZE,
    "authorize",
    "May this client ask this user?",
    [
        AUTHORIZE_CLIENT_PRESENTED,
        AUTHORIZE_CLIENT_KNOWN,
        REDIRECT_URI_PRESENTED,
        REDIRECT_URI_REGISTERED,
        STATE_FORM,
        REQUEST_OBJECT_ABSENT,
        REQUEST_URI_ABSENT,
        REGISTRATION_PARAMETER_ABSENT,
        RESPONSE_TYPE_PRESENTED,
        RESPONSE_TYPE_SUPPORTED,
        RESPONSE_MODE_SUPPORTED,
        AUTHORIZE_CLIENT_GRANT,
        PKCE_CHALLENGE_PRESENTED,
        PKCE_METHOD,
        PKCE_CHALLENGE_FORM,
        SCOPE_FORM,
        SCOPE_KNOWN,
        SCOPE_CLIENT,
        TARGET_FORM,
        TARGET_KNOWN,
        SCOPE_TARGET,
        SCOPE_ONE_API,
        PROMPT_FORM,
        MAX_AGE_FORM,
        NONCE_FORM,
        PROMPT_LOGIN,
        PROMPT_CONSENT,
        CONSENT_MODE,
    ]
);

docket!(
    LOGIN,
    "login",
    "Is this the user, and did the user mean it?",
    [INTERACTION_KNOWN, FORM_CSRF, LOGIN_RATE, LOGIN_PASSWORD,]
);

docket!(
    CONSENT,
    "consent",
    "Does the logged-in user grant the request?",
    [INTERACTION_KNOWN, SESSION_LIVE, FORM_CSRF, CONSENT_UNANSWERED, CONSENT_GRANTED,]
);

docket!(
    CLIENT,
    "client",
    "Who is the client?",
    [
        CLIENT_PRESENTED,
        CLIENT_HEADER_FORM,
        CLIENT_ONE_METHOD,
        CLIENT_BODY_ID,
        CLIENT_KNOWN,
        CLIENT_METHOD,
        CLIENT_SECRET,
        CLIENT_RATE,
    ]
);

docket!(
    TOKEN_ANY,
    "token",
    "Is this a token request?",
    [GRANT_TYPE_PRESENTED, GRANT_TYPE_SUPPORTED]
);

docket!(
    TOKEN_CODE,
    "token.authorization_code",
    "May this code become tokens?",
    [
        CLIENT_PRESENTED,
        CLIENT_HEADER_FORM,
        CLIENT_ONE_METHOD,
        CLIENT_BODY_ID,
        CLIENT_KNOWN,
        CLIENT_METHOD,
        CLIENT_SECRET,
        CLIENT_RATE,
        CLIENT_GRANT,
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
        TARGET_GRANTED,
    ]
);

docket!(
    TOKEN_CLIENT_CREDENTIALS,
    "token.client_credentials",
    "May this client act for itself?",
    [
        CLIENT_PRESENTED,
        CLIENT_HEADER_FORM,
        CLIENT_ONE_METHOD,
        CLIENT_BODY_ID,
        CLIENT_KNOWN,
        CLIENT_METHOD,
        CLIENT_SECRET,
        CLIENT_RATE,
        CLIENT_GRANT,
        CLIENT_CONFIDENTIAL,
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

docket!(
    TOKEN_REFRESH,
    "token.refresh_token",
    "May this refresh token become a new access token?",
    [
        CLIENT_PRESENTED,
        CLIENT_HEADER_FORM,
        CLIENT_ONE_METHOD,
        CLIENT_BODY_ID,
        CLIENT_KNOWN,
        CLIENT_METHOD,
        CLIENT_SECRET,
        CLIENT_RATE,
        CLIENT_GRANT,
        REFRESH_PRESENTED,
        SCOPE_FORM,
        TARGET_FORM,
        REFRESH_KNOWN,
        REFRESH_CLIENT,
        REFRESH_UNROTATED,
        REFRESH_FRESH,
        GRANT_LIVE,
        REFRESH_SCOPE,
        TARGET_GRANTED,
    ]
);

docket!(
    INTROSPECT,
    "introspect",
    "May this caller ask about a token?",
    [
        CLIENT_PRESENTED,
        CLIENT_HEADER_FORM,
        CLIENT_ONE_METHOD,
        CLIENT_BODY_ID,
        CLIENT_KNOWN,
        CLIENT_METHOD,
        CLIENT_SECRET,
        CLIENT_RATE,
        INTROSPECT_CONFIDENTIAL,
        TOKEN_PRESENTED,
    ]
);

docket!(
    TOKEN_STATUS,
    "token.status",
    "Is this token active, and may the caller know?",
    [TOKEN_KNOWN, TOKEN_FRESH, TOKEN_LIVE, INTROSPECT_AUDIENCE,]
);

docket!(
    REVOKE,
    "revoke",
    "May this client revoke this token?",
    [
        CLIENT_PRESENTED,
        CLIENT_HEADER_FORM,
        CLIENT_ONE_METHOD,
        CLIENT_BODY_ID,
        CLIENT_KNOWN,
        CLIENT_METHOD,
        CLIENT_SECRET,
        CLIENT_RATE,
        TOKEN_PRESENTED,
    ]
);

docket!(
    REVOKE_TOKEN,
    "revoke.token",
    "Is there something for this client to revoke?",
    [TOKEN_KNOWN, REVOKE_CLIENT,]
);

docket!(
    REGISTER,
    "register",
    "May this client be registered?",
    [
        REGISTRATION_OPEN,
        REGISTRATION_TOKEN,
        REGISTRATION_RATE,
        REGISTRATION_JSON,
        REGISTRATION_REDIRECT_URI,
        REGISTRATION_REDIRECT_PRESENT,
        REGISTRATION_AUTH_METHOD,
        REGISTRATION_GRANTS,
        REGISTRATION_RESPONSE_TYPES,
        REGISTRATION_GRANT_CLIENT,
        REGISTRATION_SCOPE,
        REGISTRATION_ALGORITHM,
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
        MANAGE_IDENTITY,
        REGISTRATION_REDIRECT_URI,
        REGISTRATION_REDIRECT_PRESENT,
        REGISTRATION_AUTH_METHOD,
        REGISTRATION_GRANTS,
        REGISTRATION_RESPONSE_TYPES,
        REGISTRATION_GRANT_CLIENT,
        REGISTRATION_SCOPE,
        REGISTRATION_ALGORITHM,
        REGISTRATION_TEXT,
    ]
);

docket!(
    USERINFO,
    "userinfo",
    "May this token read the user's claims?",
    [
        BEARER_PRESENTED,
        BEARER_NOT_IN_QUERY,
        BEARER_ONCE,
        BEARER_FORM,
        TOKEN_KNOWN,
        TOKEN_FRESH,
        TOKEN_LIVE,
        USERINFO_AUDIENCE,
        USERINFO_OPENID,
    ]
);

docket!(
    RESOURCE,
    "resource",
    "May this token use this API?",
    [
        BEARER_PRESENTED,
        BEARER_NOT_IN_QUERY,
        BEARER_ONCE,
        BEARER_FORM,
        RESOURCE_ISSUER_REACHABLE,
        RESOURCE_SIGNATURE,
        RESOURCE_TYPE,
        RESOURCE_ISSUER,
        RESOURCE_FRESH,
        RESOURCE_ACTIVE,
        RESOURCE_AUDIENCE,
        RESOURCE_SCOPE,
    ]
);

docket!(
    NOTE,
    "resource.note",
    "Is this a note of this user?",
    [NOTE_USER, NOTE_FORM, NOTE_KNOWN, NOTE_BOUND]
);

docket!(
    MCP,
    "resource.mcp",
    "Is this a Model Context Protocol request?",
    [MCP_ORIGIN, MCP_JSON, MCP_HEADERS, MCP_VERSION, MCP_METHOD, MCP_PARAMS,]
);

docket!(
    INSPECT,
    "inspector",
    "May this caller look into the lab?",
    [INSPECTOR_HOST, INSPECTOR_TOKEN, INSPECTOR_KNOWN,]
);

/// Every docket, sorted by id.
pub static DOCKETS: &[&Docket] = &[
    &AUTHORIZE,
    &CLIENT,
    &CONSENT,
    &INSPECT,
    &INTROSPECT,
    &LOGIN,
    &REGISTER,
    &MANAGE_CLIENT,
    &REQUEST,
    &RESOURCE,
    &MCP,
    &NOTE,
    &REVOKE,
    &REVOKE_TOKEN,
    &TOKEN_ANY,
    &TOKEN_CODE,
    &TOKEN_CLIENT_CREDENTIALS,
    &TOKEN_REFRESH,
    &TOKEN_STATUS,
    &USERINFO,
];
