//! Rules of what a request wishes beyond its scope: claims, ways of authentication, a certain user
//! (OpenID Connect Core §3.1.2.1, §5.5), authorization details (RFC 9396), and tokens in the front
//! channel (OAuth 2.0 Multiple Response Type Encoding Practices).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The claims parameter is a claims request.
pub static CLAIMS_FORM: Rule = Rule {
    id: "claims.form",
    title: "claims is a JSON object of claims, within its bounds",
    spec: "OpenID Connect Core §5.5",
    stops: "JSON without bounds costs its reader memory; a request that is half understood gives the client claims of another user.",
    fix: "Send an object with userinfo and id_token, each an object of claims: at most 8 KiB, 5 levels and 64 members.",
    face: Face::new(E::InvalidRequest, "claims.form", "The claims parameter is malformed."),
};

/// An essential acr is one that this lab has.
pub static ACR_ESSENTIAL: Rule = Rule {
    id: "acr.essential",
    title: "An essential acr is one that this lab has",
    spec: "OpenID Connect Core §5.5.1.1",
    stops: "A client that cannot do without a way of authentication must not be told that a weaker one was it.",
    fix: "Ask for one of acr_values_supported, or send acr_values, which is a wish only.",
    face: Face::new(
        E::UnmetAuthenticationRequirements,
        "acr.essential",
        "The essential authentication context cannot be had here.",
    ),
};

/// The hint is an ID token of this server for this client.
pub static HINT_ID_TOKEN: Rule = Rule {
    id: "hint.id_token",
    title: "id_token_hint is an ID token of this server for this client",
    spec: "OpenID Connect Core §3.1.2.1",
    stops: "A hint that anybody can write would say of any client whether a certain user is logged in.",
    fix: "Send the last ID token that this client got from this server, unchanged; it may have expired.",
    face: Face::new(
        E::InvalidRequest,
        "hint.id_token",
        "The id_token_hint is not an ID token of this server for this client.",
    ),
};

/// The user who logs in is the one that the client expects.
pub static LOGIN_EXPECTED: Rule = Rule {
    id: "login.expected",
    title: "The user who logs in is the one that the client expects",
    spec: "OpenID Connect Core §3.1.2.1",
    stops: "A client that asked for one user would get tokens of another one.",
    fix: "Log in as the user whom the client asked for, or start again at the client.",
    face: Face::new(
        E::LoginRequired,
        "login.expected",
        "The client expects another user to log in.",
    ),
};

/// The details are a JSON array of typed objects.
pub static DETAILS_FORM: Rule = Rule {
    id: "details.form",
    title: "authorization_details is a short array of typed objects",
    spec: "RFC 9396 §2",
    stops: "JSON without bounds costs its reader memory, and a detail without a type means nothing.",
    fix: "Send an array of 1 to 16 objects, each with a type: at most 8 KiB and 4 levels.",
    face: Face::new(
        E::InvalidAuthorizationDetails,
        "details.form",
        "The authorization_details are malformed.",
    ),
};

/// Each detail has a type of this lab, and its fields fit.
pub static DETAILS_KNOWN: Rule = Rule {
    id: "details.known",
    title: "Each detail has a type of this lab, and fields that fit it",
    spec: "RFC 9396 §5",
    stops: "A field that is silently dropped was a limit that the client believes in.",
    fix: "Take the type from authorization_details_types_supported: notes_access has actions (read, write, delete), and may have locations (the notes API) and note_ids.",
    face: Face::new(
        E::InvalidAuthorizationDetails,
        "details.known",
        "An authorization detail has an unknown type, or fields that do not fit it.",
    ),
};

/// The client registered the types of its details.
pub static DETAILS_CLIENT: Rule = Rule {
    id: "details.client",
    title: "The client registered the types of its details",
    spec: "RFC 9396 §10",
    stops: "A client that may ask for more than it was registered for is a confused deputy waiting.",
    fix: "Register the client with authorization_details_types.",
    face: Face::new(
        E::InvalidAuthorizationDetails,
        "details.client",
        "The client is not registered for this type of authorization details.",
    ),
};

/// The details are no more than was granted.
pub static DETAILS_GRANTED: Rule = Rule {
    id: "details.granted",
    title: "The details of a token request are no more than was granted",
    spec: "RFC 9396 §6",
    stops: "A token could do what the user never saw.",
    fix: "Leave authorization_details out, or send some of what was granted, or less of it.",
    face: Face::new(
        E::InvalidAuthorizationDetails,
        "details.granted",
        "The authorization_details are malformed, or more than was granted.",
    ),
};

/// The response type is one that the lab's profile has.
pub static PROFILE_RESPONSE_TYPE: Rule = Rule {
    id: "profile.response_type",
    title: "The response type is one that the lab's profile has",
    spec: "RFC 9700 §2.1.2",
    stops: "Tokens in the front channel leak through histories, logs and referrers.",
    fix: "Use response_type=code with PKCE. Only the profile legacy has the implicit and hybrid types.",
    face: Face::new(
        E::UnsupportedResponseType,
        "profile.response_type",
        "The response type is not supported under the profile of this lab; legacy has it.",
    ),
};

/// A client that wants bound tokens asks for none in the front channel.
pub static RESPONSE_TYPE_BOUND: Rule = Rule {
    id: "response_type.bound",
    title: "A client that wants bound tokens asks for none in the front channel",
    spec: "RFC 9449 §5.2, RFC 8705 §3.4",
    stops: "A browser proves no key: the token would serve whoever finds it, against the wish of its client.",
    fix: "Use response_type=code and prove the key at the token endpoint, or register the client without dpop_bound_access_tokens and tls_client_certificate_bound_access_tokens.",
    face: Face::new(
        E::UnauthorizedClient,
        "response_type.bound",
        "The client wants bound access tokens, and none of the front channel is bound.",
    ),
};

/// The client is registered for the response type.
pub static RESPONSE_TYPE_CLIENT: Rule = Rule {
    id: "response_type.client",
    title: "The client is registered for the response type",
    spec: "OpenID Connect Dynamic Client Registration §2",
    stops: "A client that never expects tokens in the front channel does not protect them there.",
    fix: "Register the client with this response type.",
    face: Face::new(
        E::UnauthorizedClient,
        "response_type.client",
        "The client is not registered for this response type.",
    ),
};

/// A request for an ID token in the front channel has a nonce.
pub static NONCE_PRESENTED: Rule = Rule {
    id: "nonce.presented",
    title: "A request for an ID token in the front channel has a nonce",
    spec: "OpenID Connect Core §3.2.2.1, §3.3.2.11",
    stops: "An ID token of an earlier login could be put into this answer.",
    fix: "Send a fresh random nonce, and compare it with that of the ID token.",
    face: Face::new(E::InvalidRequest, "nonce.presented", "A nonce is required for an ID token."),
};
