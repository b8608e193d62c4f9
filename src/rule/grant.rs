//! Rules of the grants at the token endpoint, and of the tokens that come from them.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The request names its grant.
pub static GRANT_TYPE_PRESENTED: Rule = Rule {
    id: "grant_type.presented",
    title: "The request names its grant",
    spec: "RFC 6749 §4.1.3",
    stops: "A default would hide that the client forgot it.",
    fix: "Add grant_type.",
    face: Face::new(E::InvalidRequest, "grant_type.presented", "The request has no grant_type."),
};

/// The grant is one that this server has.
pub static GRANT_TYPE_SUPPORTED: Rule = Rule {
    id: "grant_type.supported",
    title: "The grant is one that this server has",
    spec: "RFC 6749 §5.2",
    stops: "Grants that hand passwords to clients are gone (RFC 9700 §2.4).",
    fix: "Take grants from grant_types_supported of the metadata.",
    face: Face::new(
        E::UnsupportedGrantType,
        "grant_type.supported",
        "The grant type is not supported.",
    ),
};

/// The request has a code.
pub static CODE_PRESENTED: Rule = Rule {
    id: "code.presented",
    title: "The request has a code",
    spec: "RFC 6749 §4.1.3",
    stops: "Nothing can be exchanged for nothing.",
    fix: "Add the code from the redirect.",
    face: Face::new(E::InvalidRequest, "code.presented", "The request has no code."),
};

/// The code was issued by this server.
pub static CODE_KNOWN: Rule = Rule {
    id: "code.known",
    title: "The code was issued by this server",
    spec: "RFC 6749 §4.1.3",
    stops: "Codes could be made up.",
    fix: "Use the code exactly as it came in the redirect, once, at the server that issued it.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The code was issued to this client.
pub static CODE_CLIENT: Rule = Rule {
    id: "code.client",
    title: "The code was issued to this client",
    spec: "RFC 6749 §4.1.3",
    stops: "A client could redeem what a user granted to another one.",
    fix: "Redeem the code with the client that asked for it.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The code was not used before.
pub static CODE_UNSPENT: Rule = Rule {
    id: "code.unspent",
    title: "The code was not used before",
    spec: "RFC 6749 §4.1.2",
    stops: "A code from a log or a history would work again. A second use revokes what the first one gave.",
    fix: "Use each code once; start again at the authorization endpoint.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The code has not expired.
pub static CODE_FRESH: Rule = Rule {
    id: "code.fresh",
    title: "The code has not expired",
    spec: "RFC 6749 §4.1.2",
    stops: "The longer a code lives, the longer a leaked one is worth something.",
    fix: "Redeem the code at once; the lab file says how long it lives.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The authorization behind the token has not been revoked.
pub static GRANT_LIVE: Rule = Rule {
    id: "grant.live",
    title: "The authorization behind the token has not been revoked",
    spec: "RFC 6749 §5.2",
    stops: "After a replay or a revocation nothing of that authorization may work.",
    fix: "Start again at the authorization endpoint.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// `redirect_uri` equals that of the authorization request.
pub static CODE_REDIRECT_URI: Rule = Rule {
    id: "code.redirect_uri",
    title: "redirect_uri equals that of the authorization request",
    spec: "RFC 6749 §4.1.3",
    stops: "A code that was sent to a manipulated URI could be injected at the right one.",
    fix: "Send the same redirect_uri as in the authorization request, byte for byte, or none in OAuth 2.1.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The verifier has 43 to 128 unreserved characters.
pub static PKCE_VERIFIER_FORM: Rule = Rule {
    id: "pkce.verifier_form",
    title: "The verifier has 43 to 128 unreserved characters",
    spec: "RFC 7636 §4.1",
    stops: "A short verifier can be guessed.",
    fix: "Make the verifier from 32 random bytes: BASE64URL gives 43 characters.",
    face: Face::new(E::InvalidRequest, "pkce.verifier_form", "The code_verifier is malformed."),
};

/// A code with a challenge is redeemed with a verifier.
pub static PKCE_VERIFIER_PRESENTED: Rule = Rule {
    id: "pkce.verifier_presented",
    title: "A code with a challenge is redeemed with a verifier",
    spec: "RFC 7636 §4.5",
    stops: "Leaving the verifier out would switch PKCE off for the thief.",
    fix: "Send the code_verifier of this authorization request.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// A verifier is sent only for a code with a challenge.
pub static PKCE_DOWNGRADE: Rule = Rule {
    id: "pkce.downgrade",
    title: "A verifier is sent only for a code with a challenge",
    spec: "RFC 9700 §4.8.2",
    stops: "A removed challenge goes unnoticed: the PKCE downgrade attack.",
    fix: "Send code_challenge in the authorization request.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The verifier fits the challenge.
pub static PKCE_VERIFIER: Rule = Rule {
    id: "pkce.verifier",
    title: "The verifier fits the challenge",
    spec: "RFC 7636 §4.6",
    stops: "A stolen code could be redeemed by the thief.",
    fix: "Send the code_verifier that belongs to this authorization request; hash its ASCII bytes, and encode without padding.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The request has a refresh token.
pub static REFRESH_PRESENTED: Rule = Rule {
    id: "refresh.presented",
    title: "The request has a refresh token",
    spec: "RFC 6749 §6",
    stops: "Nothing can be refreshed with nothing.",
    fix: "Add refresh_token.",
    face: Face::new(E::InvalidRequest, "refresh.presented", "The request has no refresh_token."),
};

/// The refresh token was issued by this server.
pub static REFRESH_KNOWN: Rule = Rule {
    id: "refresh.known",
    title: "The refresh token was issued by this server",
    spec: "RFC 6749 §6",
    stops: "Refresh tokens could be made up.",
    fix: "Use the newest refresh token of this authorization.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The refresh token was issued to this client.
pub static REFRESH_CLIENT: Rule = Rule {
    id: "refresh.client",
    title: "The refresh token was issued to this client",
    spec: "RFC 6749 §6",
    stops: "A client could use what a user granted to another one.",
    fix: "Refresh with the client that got the token.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The refresh token was not replaced by a newer one.
pub static REFRESH_UNROTATED: Rule = Rule {
    id: "refresh.unrotated",
    title: "The refresh token was not replaced by a newer one",
    spec: "RFC 9700 §4.14.2",
    stops: "Of thief and owner one comes second: that shows the theft, and the whole family is revoked.",
    fix: "Keep the newest refresh token of each answer, and never refresh twice at the same time.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The refresh token was used recently and its authorization is young enough.
pub static REFRESH_FRESH: Rule = Rule {
    id: "refresh.fresh",
    title: "The refresh token was used recently and its authorization is young enough",
    spec: "RFC 9700 §4.14.2",
    stops: "Forgotten tokens would work for ever.",
    fix: "Start again at the authorization endpoint.",
    face: Face::new(
        E::InvalidGrant,
        "grant.usable",
        "The grant is unknown, expired, revoked, or was issued to another client.",
    ),
};

/// The scope is no wider than what was granted.
pub static REFRESH_SCOPE: Rule = Rule {
    id: "refresh.scope",
    title: "The scope is no wider than what was granted",
    spec: "RFC 6749 §6",
    stops: "A refresh must not give what the user never saw.",
    fix: "Ask for less or the same; start a new authorization request for more.",
    face: Face::new(E::InvalidScope, "refresh.scope", "The scope is wider than what was granted."),
};

/// Each resource is one that was granted.
pub static TARGET_GRANTED: Rule = Rule {
    id: "target.granted",
    title: "Each resource is one that was granted",
    spec: "RFC 8707 §2.2",
    stops: "A token could be turned towards an API that the user never saw.",
    fix: "Ask for resources of the authorization request only.",
    face: Face::new(E::InvalidTarget, "target.granted", "A resource was not granted."),
};

/// No scope needs a user where there is none.
pub static SCOPE_USER: Rule = Rule {
    id: "scope.user",
    title: "No scope needs a user where there is none",
    spec: "OpenID Connect Core §5.4",
    stops: "A machine token that reads as a user's opens the wrong doors.",
    fix: "Leave openid, profile, email and offline_access out where nobody logs in: the client credentials and JWT bearer grants.",
    face: Face::new(
        E::InvalidScope,
        "scope.user",
        "A scope needs a user, and this grant has none.",
    ),
};

/// The caller has a credential.
pub static INTROSPECT_CONFIDENTIAL: Rule = Rule {
    id: "introspect.confidential",
    title: "The caller has a credential",
    spec: "RFC 7662 §2.1",
    stops: "Anyone could try strings until one is active, and read whose it is.",
    fix: "Introspect with a confidential client.",
    face: Face::new(
        E::InvalidClient,
        "introspect.confidential",
        "The caller must authenticate with a credential.",
    ),
};

/// The request has a token.
pub static TOKEN_PRESENTED: Rule = Rule {
    id: "token.presented",
    title: "The request has a token",
    spec: "RFC 7662 §2.1",
    stops: "Nothing can be said about nothing.",
    fix: "Add token to the form body.",
    face: Face::new(E::InvalidRequest, "token.presented", "The request has no token."),
};

/// The token was issued by this server.
pub static TOKEN_KNOWN: Rule = Rule {
    id: "token.known",
    title: "The token was issued by this server",
    spec: "RFC 7662 §2.2",
    stops: "Tokens could be made up.",
    fix: "Use a token from this issuer, unchanged.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};

/// The token has not expired.
pub static TOKEN_FRESH: Rule = Rule {
    id: "token.fresh",
    title: "The token has not expired",
    spec: "RFC 7662 §2.2",
    stops: "The longer a token lives, the longer a leaked one is worth something.",
    fix: "Refresh, or start again.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};

/// The token, and the authorization behind it, has not been revoked.
pub static TOKEN_LIVE: Rule = Rule {
    id: "token.live",
    title: "The token, and the authorization behind it, has not been revoked",
    spec: "RFC 7662 §2.2",
    stops: "After a replay, a logout or a revocation the token would go on working.",
    fix: "Start again at the authorization endpoint.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};

/// The token is meant for the caller, or was issued to it.
pub static INTROSPECT_AUDIENCE: Rule = Rule {
    id: "introspect.audience",
    title: "The token is meant for the caller, or was issued to it",
    spec: "RFC 7662 §4",
    stops: "One API could read what a token for another one says.",
    fix: "Introspect with the client of the API that the token is meant for, or with the client that got it.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};

/// The token was issued to this client.
pub static REVOKE_CLIENT: Rule = Rule {
    id: "revoke.client",
    title: "The token was issued to this client",
    spec: "RFC 7009 §2.1",
    stops: "One client could log the users of another one out.",
    fix: "Revoke with the client that got the token.",
    face: Face::new(
        E::InvalidToken,
        "token.active",
        "The access token is unknown, expired or revoked.",
    ),
};
