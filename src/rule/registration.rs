//! Rules of dynamic client registration (RFC 7591) and its management (RFC 7592).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// Registration is on.
pub static REGISTRATION_OPEN: Rule = Rule {
    id: "registration.open",
    title: "Registration is on",
    spec: "RFC 7591 §3",
    stops: "A server whose clients are fixed has no use for strangers.",
    fix: "Set registration.mode in the lab file, or list the client there.",
    face: Face::new(E::AccessDenied, "registration.open", "Registration is switched off."),
};

/// The initial access token is right.
pub static REGISTRATION_TOKEN: Rule = Rule {
    id: "registration.token",
    title: "The initial access token is right",
    spec: "RFC 7591 §3",
    stops: "Whoever may register a client may send users to a page of their choice.",
    fix: "Send the initial access token of the ready record as a bearer token.",
    face: Face::new(
        E::InvalidToken,
        "registration.token",
        "The initial access token is missing or wrong.",
    ),
};

/// The lab stays below its rate of registrations.
pub static REGISTRATION_RATE: Rule = Rule {
    id: "registration.rate",
    title: "The lab stays below its rate of registrations",
    spec: "RFC 7591 §3",
    stops: "Registrations would fill the store.",
    fix: "Wait, or reuse a registered client.",
    face: Face::new(E::TemporarilyUnavailable, "registration.rate", "Too many registrations.")
        .with_status(429),
};

/// The body is a JSON object with members of the right types.
pub static REGISTRATION_JSON: Rule = Rule {
    id: "registration.json",
    title: "The body is a JSON object with members of the right types",
    spec: "RFC 7591 §3.1",
    stops: "A member that is silently dropped leaves the client with other metadata than it believes.",
    fix: "Send application/json; leave out what is not known instead of sending null.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.json",
        "The metadata is not a JSON object with members of the right types.",
    ),
};

/// Each redirect URI is safe to send a code to.
pub static REGISTRATION_REDIRECT_URI: Rule = Rule {
    id: "registration.redirect_uri",
    title: "Each redirect URI is safe to send a code to",
    spec: "RFC 9700 §2.6",
    stops: "Script schemes run in the server's origin, http leaks the code, wildcards admit strangers.",
    fix: "Register https URIs, http on loopback for native apps, or a reversed-domain scheme; no fragment, no user info, no wildcard.",
    face: Face::new(
        E::InvalidRedirectUri,
        "registration.redirect_uri",
        "A redirect_uri is not acceptable.",
    ),
};

/// A client of the code grant registers a redirect URI.
pub static REGISTRATION_REDIRECT_PRESENT: Rule = Rule {
    id: "registration.redirect_present",
    title: "A client of the code grant registers a redirect URI",
    spec: "RFC 7591 §2",
    stops: "Without one, any URI would have to do.",
    fix: "Add redirect_uris.",
    face: Face::new(
        E::InvalidRedirectUri,
        "registration.redirect_present",
        "The authorization code grant needs redirect_uris.",
    ),
};

/// The authentication method is supported.
pub static REGISTRATION_AUTH_METHOD: Rule = Rule {
    id: "registration.auth_method",
    title: "The authentication method is supported",
    spec: "RFC 7591 §2",
    stops: "A method that is accepted and ignored leaves the client open.",
    fix: "Use none, client_secret_basic or client_secret_post.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.auth_method",
        "The token_endpoint_auth_method is not supported.",
    ),
};

/// The grant types are supported.
pub static REGISTRATION_GRANTS: Rule = Rule {
    id: "registration.grants",
    title: "The grant types are supported",
    spec: "RFC 7591 §2",
    stops: "A grant that is accepted and never works misleads the client.",
    fix: "Take grants from grant_types_supported of the metadata.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.grants",
        "A grant type is not supported.",
    ),
};

/// The response types belong to the grant types.
pub static REGISTRATION_RESPONSE_TYPES: Rule = Rule {
    id: "registration.response_types",
    title: "The response types belong to the grant types",
    spec: "RFC 7591 §2.1",
    stops: "Contradicting metadata is read differently by both sides.",
    fix: "Send response_types code together with the grant type authorization_code.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.response_types",
        "The response types do not belong to the grant types.",
    ),
};

/// A public client does not register for client credentials.
pub static REGISTRATION_GRANT_CLIENT: Rule = Rule {
    id: "registration.grant_client",
    title: "A public client does not register for client credentials",
    spec: "RFC 6749 §4.4",
    stops: "Anyone could be that client.",
    fix: "Register with client_secret_basic, or without client_credentials.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.grant_client",
        "A public client cannot use the client credentials grant.",
    ),
};

/// Every registered scope exists.
pub static REGISTRATION_SCOPE: Rule = Rule {
    id: "registration.scope",
    title: "Every registered scope exists",
    spec: "RFC 7591 §2",
    stops: "A typo shows up at the first login only.",
    fix: "Take scopes from scopes_supported of the metadata.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.scope",
        "A scope is unknown or malformed.",
    ),
};

/// The ID token algorithm is supported.
pub static REGISTRATION_ALGORITHM: Rule = Rule {
    id: "registration.algorithm",
    title: "The ID token algorithm is supported",
    spec: "OpenID Connect Dynamic Client Registration §2",
    stops: "A client that expects another algorithm refuses every login.",
    fix: "Take algorithms from id_token_signing_alg_values_supported of the metadata.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.algorithm",
        "The id_token_signed_response_alg is not supported.",
    ),
};

/// Names and URLs are short, printable and safe to show.
pub static REGISTRATION_TEXT: Rule = Rule {
    id: "registration.text",
    title: "Names and URLs are short, printable and safe to show",
    spec: "RFC 7591 §5",
    stops: "A name with control or direction characters deceives on the consent page; a script URL runs there.",
    fix: "Use up to 200 printable characters, and https URLs.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.text",
        "A name or URL is too long or has characters that are not allowed.",
    ),
};

/// The registration access token is right.
pub static MANAGE_TOKEN: Rule = Rule {
    id: "manage.token",
    title: "The registration access token is right",
    spec: "RFC 7592 §2",
    stops: "Whoever knows a client_id could change where its users are sent.",
    fix: "Send the registration_access_token of this client as a bearer token.",
    face: Face::new(
        E::InvalidToken,
        "manage.token",
        "The registration access token is missing or wrong.",
    ),
};

/// The body names this client, and its secret if any.
pub static MANAGE_IDENTITY: Rule = Rule {
    id: "manage.identity",
    title: "The body names this client, and its secret if any",
    spec: "RFC 7592 §2.2",
    stops: "A client must not choose its own identifier or secret.",
    fix: "Send client_id as registered; leave out client_secret or send the current one.",
    face: Face::new(
        E::InvalidClientMetadata,
        "manage.identity",
        "The client_id or client_secret is not that of this registration.",
    ),
};
