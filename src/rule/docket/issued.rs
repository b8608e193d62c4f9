//! Dockets about tokens that were issued: introspection, revocation, and the APIs that take them.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::super::*;
use super::docket;
use super::token::{CLIENT_STAGE, PROFILE_CLIENT_STAGE};

docket!(
    INTROSPECT,
    "introspect",
    "May this caller ask about a token?",
    CLIENT_STAGE,
    PROFILE_CLIENT_STAGE,
    [INTROSPECT_CONFIDENTIAL, TOKEN_PRESENTED,]
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
    CLIENT_STAGE,
    PROFILE_CLIENT_STAGE,
    [TOKEN_PRESENTED,]
);

docket!(
    REVOKE_TOKEN,
    "revoke.token",
    "Is there something for this client to revoke?",
    [TOKEN_KNOWN, REVOKE_CLIENT,]
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
        DPOP_SCHEME,
        DPOP_ONCE,
        DPOP_FORM,
        DPOP_SIGNATURE,
        DPOP_METHOD,
        DPOP_URI,
        DPOP_FRESH,
        DPOP_TOKEN_HASH,
        DPOP_TOKEN_KEY,
        DPOP_NONCE,
        DPOP_UNUSED,
        MTLS_TOKEN_KEY,
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
        DPOP_SCHEME,
        RESOURCE_SENDER_CONSTRAINED,
        DPOP_ONCE,
        DPOP_FORM,
        DPOP_SIGNATURE,
        DPOP_METHOD,
        DPOP_URI,
        DPOP_FRESH,
        DPOP_TOKEN_HASH,
        DPOP_TOKEN_KEY,
        DPOP_NONCE,
        DPOP_UNUSED,
        MTLS_TOKEN_KEY,
        RESOURCE_AUDIENCE,
        RESOURCE_SCOPE,
        RESOURCE_ACR,
        RESOURCE_AUTH_AGE,
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
