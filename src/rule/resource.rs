//! Rules of the protected APIs and of userinfo (RFC 6750, RFC 8707, RFC 9068, RFC 7662).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The request has an access token.
pub static BEARER_PRESENTED: Rule = Rule {
    id: "bearer.presented",
    title: "The request has an access token",
    spec: "RFC 6750 §3.1",
    stops: "The API is protected.",
    fix: "Send Authorization: Bearer with an access token.",
    face: Face::new(E::InvalidToken, "bearer.presented", "The request has no access token."),
};

/// The token does not stand in the URL.
pub static BEARER_NOT_IN_QUERY: Rule = Rule {
    id: "bearer.not_in_query",
    title: "The token does not stand in the URL",
    spec: "RFC 9700 §4.3.2",
    stops: "URLs are kept by logs, proxies and histories.",
    fix: "Send the token in the Authorization header.",
    face: Face::new(
        E::InvalidRequest,
        "bearer.not_in_query",
        "The access token must not be sent in the URL.",
    ),
};

/// The token is sent in one way only.
pub static BEARER_ONCE: Rule = Rule {
    id: "bearer.once",
    title: "The token is sent in one way only",
    spec: "RFC 6750 §2",
    stops: "Two tokens in one request make it unclear which one counted.",
    fix: "Send one Authorization header.",
    face: Face::new(
        E::InvalidRequest,
        "bearer.once",
        "The request uses more than one way to send the token.",
    ),
};

/// The header is Bearer with a well-formed token.
pub static BEARER_FORM: Rule = Rule {
    id: "bearer.form",
    title: "The header is Bearer with a well-formed token",
    spec: "RFC 6750 §2.1",
    stops: "Other bytes do not survive proxies.",
    fix: "Send Authorization: Bearer followed by one space and the token.",
    face: Face::new(E::InvalidRequest, "bearer.form", "The Authorization header is malformed."),
};

/// The issuer answers the API.
pub static RESOURCE_ISSUER_REACHABLE: Rule = Rule {
    id: "resource.issuer_reachable",
    title: "The issuer answers the API",
    spec: "RFC 9110 §15.6.4",
    stops: "An API that accepts what it cannot check accepts everything.",
    fix: "Start the issuer, and check its URL and certificate in the resource server's configuration.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "resource.issuer_reachable",
        "The token cannot be checked at the moment.",
    ),
};

/// A key of the issuer signed the token, with an expected algorithm.
pub static RESOURCE_SIGNATURE: Rule = Rule {
    id: "resource.signature",
    title: "A key of the issuer signed the token, with an expected algorithm",
    spec: "RFC 9068 §4",
    stops: "Tokens could be made up: alg none, a public key as an HMAC key, a key that the token itself brings.",
    fix: "Use a token from the configured issuer, unchanged.",
    face: Face::new(E::InvalidToken, "token.valid", "The access token is not valid here."),
};

/// The token is an access token.
pub static RESOURCE_TYPE: Rule = Rule {
    id: "resource.type",
    title: "The token is an access token",
    spec: "RFC 9068 §4",
    stops: "An ID token, which clients pass around, or a refresh token, which is active too, would open the API.",
    fix: "Send the access_token of the token response. A JWT has the type at+jwt; an introspection answer says token_type Bearer.",
    face: Face::new(E::InvalidToken, "token.valid", "The access token is not valid here."),
};

/// The token names the configured issuer.
pub static RESOURCE_ISSUER: Rule = Rule {
    id: "resource.issuer",
    title: "The token names the configured issuer",
    spec: "RFC 9068 §4",
    stops: "A token of another issuer with the same key store would be accepted.",
    fix: "Use a token from the issuer that the protected resource metadata names.",
    face: Face::new(E::InvalidToken, "token.valid", "The access token is not valid here."),
};

/// The token has not expired.
pub static RESOURCE_FRESH: Rule = Rule {
    id: "resource.fresh",
    title: "The token has not expired",
    spec: "RFC 9068 §4",
    stops: "The longer a token lives, the longer a leaked one is worth something.",
    fix: "Refresh, or start again.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};

/// The issuer says that the token is active.
pub static RESOURCE_ACTIVE: Rule = Rule {
    id: "resource.active",
    title: "The issuer says that the token is active",
    spec: "RFC 7662 §2.2",
    stops: "Revoked tokens would go on working.",
    fix: "Refresh, or start again.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};

/// The token is meant for this API.
pub static RESOURCE_AUDIENCE: Rule = Rule {
    id: "resource.audience",
    title: "The token is meant for this API",
    spec: "RFC 9068 §4",
    stops: "A token for one API, stolen or forwarded by it, would open another: the confused deputy.",
    fix: "Ask for a token with resource set to this API's identifier.",
    face: Face::new(
        E::InvalidToken,
        "resource.audience",
        "The access token is meant for another API.",
    ),
};

/// The token has the scope of the operation, or a detail that names it.
pub static RESOURCE_SCOPE: Rule = Rule {
    id: "resource.scope",
    title: "The token has the scope of the operation, or an authorization detail that names it",
    spec: "RFC 6750 §3.1",
    stops: "Least privilege means nothing if nobody checks it.",
    fix: "Ask for the scope that the challenge names.",
    face: Face::new(
        E::InsufficientScope,
        "resource.scope",
        "The access token lacks the scope that this operation needs.",
    ),
};

/// The token is meant for the issuer.
pub static USERINFO_AUDIENCE: Rule = Rule {
    id: "userinfo.audience",
    title: "The token is meant for the issuer",
    spec: "RFC 9700 §2.3",
    stops: "An API could read the user's claims with the token that it was given.",
    fix: "Ask for openid; the audience then contains the issuer.",
    face: Face::new(
        E::InvalidToken,
        "userinfo.audience",
        "The access token is meant for an API, not for userinfo.",
    ),
};

/// The token has the scope openid.
pub static USERINFO_OPENID: Rule = Rule {
    id: "userinfo.openid",
    title: "The token has the scope openid",
    spec: "OpenID Connect Core §5.3.1",
    stops: "Claims are released to clients that the user logged in to.",
    fix: "Ask for the scope openid.",
    face: Face::new(
        E::InsufficientScope,
        "userinfo.openid",
        "The access token lacks the scope openid.",
    ),
};

/// The token stands for a user.
pub static NOTE_USER: Rule = Rule {
    id: "note.user",
    title: "The token stands for a user",
    spec: "RFC 9068 §2.2",
    stops: "Machine tokens have no notes of their own.",
    fix: "Use a token from the authorization code grant.",
    face: Face::new(
        E::InsufficientScope,
        "note.user",
        "Notes belong to users, and this token has none.",
    ),
};

/// The note is JSON with a short text.
pub static NOTE_FORM: Rule = Rule {
    id: "note.form",
    title: "The note is JSON with a short text",
    spec: "RFC 9110 §15.5.1",
    stops: "Unbounded input fills the store.",
    fix: "Send {\"text\": \"…\"} with 1 to 2000 characters as application/json.",
    face: Face::new(
        E::InvalidRequest,
        "note.form",
        "The note is not JSON with a text of 1 to 2000 characters.",
    ),
};

/// The note is one of this user's.
pub static NOTE_KNOWN: Rule = Rule {
    id: "note.known",
    title: "The note is one of this user's",
    spec: "RFC 9110 §15.5.5",
    stops: "Guessing ids must not reveal the notes of others.",
    fix: "List the notes first.",
    face: Face::new(E::InvalidRequest, "note.known", "There is no such note.").with_status(404),
};

/// The user has fewer than 100 notes.
pub static NOTE_BOUND: Rule = Rule {
    id: "note.bound",
    title: "The user has fewer than 100 notes",
    spec: "RFC 9110 §15.5.10",
    stops: "Unbounded input fills the store.",
    fix: "Delete some notes.",
    face: Face::new(E::InvalidRequest, "note.bound", "The user has too many notes.")
        .with_status(409),
};

/// A browser's Origin is one that the lab admits.
pub static MCP_ORIGIN: Rule = Rule {
    id: "mcp.origin",
    title: "A browser's Origin is one that the lab admits",
    spec: "MCP 2026-07-28 Streamable HTTP, Security & Endpoint",
    stops: "DNS rebinding lets a web page of a stranger talk to a local server.",
    fix: "Add the origin to cors.origins in the lab file.",
    face: Face::new(E::AccessDenied, "mcp.origin", "The origin is not admitted."),
};

/// The body is one JSON-RPC request or notification.
pub static MCP_JSON: Rule = Rule {
    id: "mcp.json",
    title: "The body is one JSON-RPC request or notification",
    spec: "MCP 2026-07-28 Overview, Messages",
    stops: "Two parsers must not see two different requests.",
    fix: "Send one JSON object with jsonrpc 2.0, a method and, for requests, an id.",
    face: Face::new(E::InvalidRequest, "mcp.json", "The body is not a JSON-RPC 2.0 message."),
};

/// The protocol version is one that this server speaks.
pub static MCP_VERSION: Rule = Rule {
    id: "mcp.version",
    title: "The protocol version is one that this server speaks",
    spec: "MCP 2026-07-28 Versioning, Protocol Version Negotiation",
    stops: "A version that is guessed at gives answers that the client cannot read.",
    fix: "Send one of the versions that server/discover lists.",
    face: Face::new(E::InvalidRequest, "mcp.version", "The protocol version is not supported."),
};

/// MCP-Protocol-Version, Mcp-Method and Mcp-Name repeat what the body says.
pub static MCP_HEADERS: Rule = Rule {
    id: "mcp.headers",
    title: "MCP-Protocol-Version, Mcp-Method and Mcp-Name repeat what the body says",
    spec: "MCP 2026-07-28 Streamable HTTP, Server Validation",
    stops: "A proxy decides by headers; a server that reads another method from the body is tricked.",
    fix: "Send the headers with the values of the body. Requests before 2026-07-28 may leave them out.",
    face: Face::new(E::InvalidRequest, "mcp.headers", "The MCP headers do not match the body."),
};

/// The method is one that this server has.
pub static MCP_METHOD: Rule = Rule {
    id: "mcp.method",
    title: "The method is one that this server has",
    spec: "MCP 2026-07-28 Streamable HTTP, Protocol Version Header",
    stops: "An unknown method that succeeds teaches clients nothing.",
    fix: "Call server/discover and tools/list to see what there is.",
    face: Face::new(E::InvalidRequest, "mcp.method", "The method is not known.").with_status(404),
};

/// The parameters fit the method.
pub static MCP_PARAMS: Rule = Rule {
    id: "mcp.params",
    title: "The parameters fit the method",
    spec: "MCP 2026-07-28 Overview, _meta; Tools, Error Handling",
    stops: "Unchecked arguments are the tool's weak side.",
    fix: "Send protocol version and client capabilities in _meta, and arguments that fit the inputSchema of tools/list.",
    face: Face::new(E::InvalidRequest, "mcp.params", "The parameters do not fit the method."),
};
