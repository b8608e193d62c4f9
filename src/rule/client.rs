//! Rules about who the client is (RFC 6749 §2.3, §3.2.1).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The request names its client.
pub static CLIENT_PRESENTED: Rule = Rule {
    id: "client.presented",
    title: "The request names its client",
    spec: "RFC 6749 §3.2.1",
    stops: "Without a client a code or token could be redeemed by whoever found it.",
    fix: "Send client_id in the body, HTTP Basic credentials, or a client assertion.",
    face: Face::new(
        E::InvalidClient,
        "client.presented",
        "The request does not identify its client.",
    ),
};

/// An Authorization header holds well-formed Basic credentials.
pub static CLIENT_HEADER_FORM: Rule = Rule {
    id: "client.header_form",
    title: "An Authorization header holds well-formed Basic credentials",
    spec: "RFC 6749 §2.3.1",
    stops: "A header that is silently ignored turns an authenticated request into an anonymous one.",
    fix: "Send Authorization: Basic with base64 of the form-encoded client_id, a colon and the form-encoded secret.",
    face: Face::new(
        E::InvalidClient,
        "client.header_form",
        "The Authorization header is not usable.",
    ),
};

/// Only one way of authentication is used.
pub static CLIENT_ONE_METHOD: Rule = Rule {
    id: "client.one_method",
    title: "Only one way of authentication is used",
    spec: "RFC 6749 §2.3",
    stops: "Two credentials in one request make it unclear which one counted.",
    fix: "Send the secret in the Authorization header or in the body, or an assertion: one of them. client_id may always stand in the body.",
    face: Face::new(
        E::InvalidRequest,
        "client.one_method",
        "The client uses more than one authentication method.",
    ),
};

/// `client_id` in the body is the client of the header or the assertion.
pub static CLIENT_BODY_ID: Rule = Rule {
    id: "client.body_id",
    title: "client_id in the body is the client of the header or the assertion",
    spec: "RFC 6749 §3.2.1, RFC 7521 §4.2",
    stops: "A request that claims two clients may be judged as one and served as the other.",
    fix: "Leave client_id out of the body, or send the same one.",
    face: Face::new(
        E::InvalidRequest,
        "client.body_id",
        "The body names another client than the header or the assertion.",
    ),
};

/// The client is registered.
pub static CLIENT_KNOWN: Rule = Rule {
    id: "client.known",
    title: "The client is registered",
    spec: "RFC 6749 §5.2",
    stops: "A grant belongs to a client; an unknown one must register again rather than retry a dead grant.",
    fix: "Register the client, or check client_id. In-memory labs forget registered clients at exit.",
    face: Face::new(E::InvalidClient, "client.authenticated", "Client authentication failed."),
};

/// The client authenticates in its registered way.
pub static CLIENT_METHOD: Rule = Rule {
    id: "client.method",
    title: "The client authenticates in its registered way",
    spec: "RFC 7591 §2",
    stops: "A confidential client that may leave out its secret is no confidential client.",
    fix: "Use the token_endpoint_auth_method of the registration.",
    face: Face::new(E::InvalidClient, "client.authenticated", "Client authentication failed."),
};

/// The client secret is right.
pub static CLIENT_SECRET: Rule = Rule {
    id: "client.secret",
    title: "The client secret is right",
    spec: "RFC 6749 §2.3.1",
    stops: "Whoever knows a client_id, which is public, could act as that client.",
    fix: "Send the secret that registration gave out; mind the form-encoding of Basic credentials.",
    face: Face::new(E::InvalidClient, "client.authenticated", "Client authentication failed."),
};

/// The client stays below its rate of token requests, and of wrong secrets.
pub static CLIENT_RATE: Rule = Rule {
    id: "client.rate",
    title: "The client stays below its rate of token requests",
    spec: "RFC 6749 §10.10",
    stops: "Unlimited tries let codes, secrets and refresh tokens be guessed.",
    fix: "Wait for the time of the Retry-After header; reuse access tokens until they expire.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "client.rate",
        "Too many token requests or wrong secrets of this client.",
    )
    .with_status(429),
};

/// The client may use this grant.
pub static CLIENT_GRANT: Rule = Rule {
    id: "client.grant",
    title: "The client may use this grant",
    spec: "RFC 6749 §5.2",
    stops: "A stolen credential of a machine client must not open user grants, and the reverse.",
    fix: "Register the client with this grant type.",
    face: Face::new(
        E::UnauthorizedClient,
        "client.grant",
        "The client is not registered for this grant type.",
    ),
};

/// Only a confidential client acts for itself.
pub static CLIENT_CONFIDENTIAL: Rule = Rule {
    id: "client.confidential",
    title: "Only a confidential client acts for itself",
    spec: "RFC 6749 §4.4",
    stops: "A public client has no credential, so that anyone could be it.",
    fix: "Use a client with a secret, or the authorization code grant.",
    face: Face::new(
        E::UnauthorizedClient,
        "client.confidential",
        "A public client cannot use the client credentials grant.",
    ),
};
