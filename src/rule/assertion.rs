//! Rules about client assertions: a signed JWT instead of a secret (RFC 7521 §4.2, RFC 7523 §2.2 and
//! §3). What can be said of the JWT alone has faces of its own; what depends on the registration
//! shares one, so that nobody learns which clients there are.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// An assertion comes with its type, and the type is the one for JWTs.
pub static CLIENT_ASSERTION_TYPE: Rule = Rule {
    id: "client.assertion_type",
    title: "An assertion comes with its type, and the type is the one for JWTs",
    spec: "RFC 7523 §2.2",
    stops: "An assertion that is read as something else than it was made for proves nothing.",
    fix: "Send client_assertion with client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
    face: Face::new(
        E::InvalidClient,
        "client.assertion_type",
        "client_assertion and client_assertion_type do not go together.",
    ),
};

/// The assertion is a signed JWT, and not one of another kind.
pub static CLIENT_ASSERTION_FORM: Rule = Rule {
    id: "client.assertion_form",
    title: "The assertion is a signed JWT, and not one of another kind",
    spec: "RFC 7523 §3, RFC 8725 §3.11",
    stops: "A token that was made for another purpose could be sent as proof of who the client is.",
    fix: "Send three base64url parts of at most 8 KiB together; leave typ out, or use JWT or client-authentication+jwt.",
    face: Face::new(
        E::InvalidClient,
        "client.assertion_form",
        "The client assertion is not a usable JWT.",
    ),
};

/// The client itself made the assertion: `iss` and `sub` are its id.
pub static CLIENT_ASSERTION_ISSUER: Rule = Rule {
    id: "client.assertion_issuer",
    title: "The client itself made the assertion: iss and sub are its id",
    spec: "RFC 7523 §3",
    stops: "One client could speak for another.",
    fix: "Set iss and sub to the client_id.",
    face: Face::new(
        E::InvalidClient,
        "client.assertion_issuer",
        "iss and sub of the client assertion are not both the client.",
    ),
};

/// The assertion is for this server.
pub static CLIENT_ASSERTION_AUDIENCE: Rule = Rule {
    id: "client.assertion_audience",
    title: "The assertion is for this server",
    spec: "RFC 7523 §3, RFC 9126 §2",
    stops: "An assertion that the client sent to another server would be good here as well.",
    fix: "Set aud to the issuer identifier, as a string.",
    face: Face::new(
        E::InvalidClient,
        "client.assertion_audience",
        "The client assertion is for another audience.",
    ),
};

/// The assertion is valid now, and not for long.
pub static CLIENT_ASSERTION_FRESH: Rule = Rule {
    id: "client.assertion_fresh",
    title: "The assertion is valid now, and not for long",
    spec: "RFC 7523 §3",
    stops: "An assertion that is found in a log would be good for ever.",
    fix: "Set exp a minute ahead, and make a new assertion for each request; check the clock.",
    face: Face::new(
        E::InvalidClient,
        "client.assertion_fresh",
        "The client assertion is expired, not yet valid, or valid for too long.",
    ),
};

/// The client's own key signed the assertion.
pub static CLIENT_ASSERTION_SIGNATURE: Rule = Rule {
    id: "client.assertion_signature",
    title: "The client's own key signed the assertion",
    spec: "RFC 7523 §3, RFC 7515 §5.2",
    stops: "Anybody could write an assertion for a client whose id is public.",
    fix: "Sign with the key that is registered, and with token_endpoint_auth_signing_alg where that is set; never with none.",
    face: Face::new(E::InvalidClient, "client.authenticated", "Client authentication failed."),
};

/// The assertion was not used before.
pub static CLIENT_ASSERTION_UNUSED: Rule = Rule {
    id: "client.assertion_unused",
    title: "The assertion was not used before",
    spec: "OpenID Connect Core §9, RFC 7523 §3",
    stops: "Whoever saw an assertion once could use it again until it expires.",
    fix: "Put a new random jti into each assertion, and send each one once.",
    face: Face::new(
        E::InvalidClient,
        "client.assertion_unused",
        "The client assertion was used before, or has no jti.",
    ),
};
