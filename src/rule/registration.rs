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

/// A client of a redirect-based grant registers a redirect URI.
pub static REGISTRATION_REDIRECT_PRESENT: Rule = Rule {
    id: "registration.redirect_present",
    title: "A client of a redirect-based grant registers a redirect URI",
    spec: "RFC 7591 §2",
    stops: "Without one, any URI would have to do.",
    fix: "Add redirect_uris.",
    face: Face::new(
        E::InvalidRedirectUri,
        "registration.redirect_present",
        "The grants of the authorization endpoint need redirect_uris.",
    ),
};

/// The authentication method is supported.
pub static REGISTRATION_AUTH_METHOD: Rule = Rule {
    id: "registration.auth_method",
    title: "The authentication method is supported",
    spec: "RFC 7591 §2",
    stops: "A method that is accepted and ignored leaves the client open.",
    fix: "Take a method from token_endpoint_auth_methods_supported of the metadata.",
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
    fix: "Send a response type with code exactly for the grant authorization_code, and one with a token exactly for implicit; take them from response_types_supported.",
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

/// The signature algorithms are supported.
pub static REGISTRATION_ALGORITHM: Rule = Rule {
    id: "registration.algorithm",
    title: "The signature algorithms are supported",
    spec: "OpenID Connect Dynamic Client Registration §2",
    stops: "A side that expects another algorithm refuses every login.",
    fix: "Take algorithms from the lists of the metadata whose names end in signing_alg_values_supported; none and other people's algorithms are no choice.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.algorithm",
        "A signature algorithm is not supported.",
    ),
};

/// Keys come by value or by reference, public and bounded.
pub static REGISTRATION_KEYS: Rule = Rule {
    id: "registration.keys",
    title: "Keys come by value or by reference, public and bounded",
    spec: "RFC 7591 §2",
    stops: "Two sources of keys let an attacker choose the weaker one; a private key that was sent is private no more.",
    fix: "Send jwks with 1 to 16 public EC, RSA or OKP keys, or jwks_uri with an https URL, and never both. If a private member was sent, make a new key.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.keys",
        "The jwks or jwks_uri is not acceptable.",
    ),
};

/// The authentication method finds the keys that it needs.
pub static REGISTRATION_AUTH_KEYS: Rule = Rule {
    id: "registration.auth_keys",
    title: "The authentication method finds the keys that it needs",
    spec: "OpenID Connect Dynamic Client Registration §2",
    stops: "A client without the keys of its method can never authenticate, or is let in by something weaker.",
    fix: "Send jwks or jwks_uri for private_key_jwt; keys with x5c for self_signed_tls_client_auth; token_endpoint_auth_signing_alg only for methods with an assertion, HS256 only for client_secret_jwt.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.auth_keys",
        "The authentication method lacks its keys, or has a signing algorithm that it cannot use.",
    ),
};

/// Exactly one subject names the client's certificate.
pub static REGISTRATION_CERTIFICATE: Rule = Rule {
    id: "registration.certificate",
    title: "Exactly one subject names the client's certificate",
    spec: "RFC 8705 §2.1.2",
    stops: "Two names for one certificate leave open which of them counts.",
    fix: "Send exactly one of the five tls_client_auth_ members with the method tls_client_auth, and none with another.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.certificate",
        "The tls_client_auth_ members do not name one certificate.",
    ),
};

/// Notices of a logout go to the client and nobody else.
pub static REGISTRATION_LOGOUT_URI: Rule = Rule {
    id: "registration.logout_uri",
    title: "Notices of a logout go to the client and nobody else",
    spec: "OpenID Connect Front-Channel Logout §2",
    stops: "A page after logout, or a frame in it, is a place to send users to; a notice is a request that the server makes.",
    fix: "Register https URIs, or http on loopback, without fragment; frontchannel_logout_uri shares scheme, host and port with a redirect URI.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.logout_uri",
        "A logout URI is not acceptable.",
    ),
};

/// Every type of authorization details is known.
pub static REGISTRATION_DETAILS: Rule = Rule {
    id: "registration.details",
    title: "Every type of authorization details is known",
    spec: "RFC 9396 §10",
    stops: "A type that nobody understands is granted without meaning.",
    fix: "Take types from authorization_details_types_supported of the metadata.",
    face: Face::new(
        E::InvalidClientMetadata,
        "registration.details",
        "A type of authorization details is not known.",
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

/// The body leaves out what only the server writes.
pub static MANAGE_MEMBERS: Rule = Rule {
    id: "manage.members",
    title: "The body leaves out what only the server writes",
    spec: "RFC 7592 §2.2",
    stops: "A client that sends its credentials back as metadata shows them where nobody expects them.",
    fix: "Leave out registration_access_token, registration_client_uri, client_secret_expires_at and client_id_issued_at.",
    face: Face::new(
        E::InvalidClientMetadata,
        "manage.members",
        "The body has members that only the server writes.",
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
