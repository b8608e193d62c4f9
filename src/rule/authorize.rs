//! Rules of the authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1, OpenID Connect Core §3.1.2).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The request names its client.
pub static AUTHORIZE_CLIENT_PRESENTED: Rule = Rule {
    id: "authorize.client_presented",
    title: "The request names its client",
    spec: "RFC 6749 §4.1.1",
    stops: "Nobody can be asked for consent to an unnamed client.",
    fix: "Add client_id to the authorization request.",
    face: Face::new(
        E::InvalidRequest,
        "authorize.client_presented",
        "The request has no client_id.",
    ),
};

/// The client is registered.
pub static AUTHORIZE_CLIENT_KNOWN: Rule = Rule {
    id: "authorize.client_known",
    title: "The client is registered",
    spec: "RFC 6749 §4.1.2.1",
    stops: "Redirecting for an unknown client makes the server an open redirector.",
    fix: "Register the client, or check client_id. In-memory labs forget registered clients at exit.",
    face: Face::new(
        E::InvalidClient,
        "authorize.client_known",
        "The client is not registered here.",
    )
    .with_status(400),
};

/// The request says where to return to.
pub static REDIRECT_URI_PRESENTED: Rule = Rule {
    id: "redirect_uri.presented",
    title: "The request says where to return to",
    spec: "RFC 6749 §3.1.2.3",
    stops: "With several registered URIs, or only a loopback one, guessing sends the code to the wrong place.",
    fix: "Add redirect_uri; it may be left out only when exactly one is registered.",
    face: Face::new(
        E::InvalidRequest,
        "redirect_uri.presented",
        "The request has no redirect_uri.",
    ),
};

/// The redirect URI equals a registered one.
pub static REDIRECT_URI_REGISTERED: Rule = Rule {
    id: "redirect_uri.registered",
    title: "The redirect URI equals a registered one",
    spec: "RFC 9700 §2.1",
    stops: "Codes would go to whoever put a URI of their own into the link.",
    fix: "Register this exact URI: scheme, host, port, path and query are compared as strings. Only the port of an http loopback URI may differ (RFC 8252 §7.3).",
    face: Face::new(
        E::InvalidRequest,
        "redirect_uri.registered",
        "The redirect_uri is not registered for this client.",
    ),
};

/// state has at most 2048 printable characters.
pub static STATE_FORM: Rule = Rule {
    id: "state.form",
    title: "state has at most 2048 printable characters",
    spec: "RFC 6749 Appendix A.5",
    stops: "Control characters in state end up in headers and pages of the client.",
    fix: "Send a short random state.",
    face: Face::new(
        E::InvalidRequest,
        "state.form",
        "The state is too long or has characters that are not printable.",
    ),
};

/// No registration parameter is sent.
pub static REGISTRATION_PARAMETER_ABSENT: Rule = Rule {
    id: "request.registration_absent",
    title: "No registration parameter is sent",
    spec: "OpenID Connect Core §3.1.2.6",
    stops: "An ignored parameter would leave the client with other metadata than it believes.",
    fix: "Register the client beforehand.",
    face: Face::new(
        E::RegistrationNotSupported,
        "request.registration_absent",
        "The registration parameter is not supported.",
    ),
};

/// The request says what it wants.
pub static RESPONSE_TYPE_PRESENTED: Rule = Rule {
    id: "response_type.presented",
    title: "The request says what it wants",
    spec: "RFC 6749 §3.1.1",
    stops: "A default would hide that the client forgot it.",
    fix: "Add response_type=code.",
    face: Face::new(
        E::InvalidRequest,
        "response_type.presented",
        "The request has no response_type.",
    ),
};

/// The response type is a registered one.
pub static RESPONSE_TYPE_SUPPORTED: Rule = Rule {
    id: "response_type.supported",
    title: "The response type is a registered one",
    spec: "RFC 6749 §3.1.1",
    stops: "A type that is guessed at gives the client what it did not ask for.",
    fix: "Use response_type=code with PKCE.",
    face: Face::new(
        E::UnsupportedResponseType,
        "response_type.supported",
        "The response type is not known.",
    ),
};

/// The response mode is offered, and fits the response type.
pub static RESPONSE_MODE_SUPPORTED: Rule = Rule {
    id: "response_mode.supported",
    title: "The response mode is offered, and fits the response type",
    spec: "OAuth 2.0 Multiple Response Type Encoding Practices §2.1",
    stops: "An ignored mode sends the answer where the client does not look, and tokens in a query stay in histories and logs.",
    fix: "Leave response_mode out, or send one of response_modes_supported; tokens never go into the query.",
    face: Face::new(
        E::InvalidRequest,
        "response_mode.supported",
        "The response mode is not supported for this response type.",
    ),
};

/// The client may use the grants of the response type.
pub static AUTHORIZE_CLIENT_GRANT: Rule = Rule {
    id: "authorize.client_grant",
    title: "The client may use the grants of the response type",
    spec: "RFC 6749 §4.1.2.1",
    stops: "A client for machines must not be able to ask users.",
    fix: "Register the client with the grant type authorization_code; tokens in the front channel need implicit.",
    face: Face::new(
        E::UnauthorizedClient,
        "authorize.client_grant",
        "The client is not registered for the grant of this response type.",
    ),
};

/// The request has a code challenge.
pub static PKCE_CHALLENGE_PRESENTED: Rule = Rule {
    id: "pkce.challenge_presented",
    title: "The request has a code challenge",
    spec: "RFC 9700 §2.1.1",
    stops: "A stolen code could be redeemed by the thief.",
    fix: "Make a random code_verifier and send code_challenge = BASE64URL(SHA256(code_verifier)).",
    face: Face::new(E::InvalidRequest, "pkce.challenge_presented", "A code_challenge is required."),
};

/// The challenge method is S256.
pub static PKCE_METHOD: Rule = Rule {
    id: "pkce.method",
    title: "The challenge method is S256",
    spec: "RFC 7636 §4.4.1",
    stops: "With plain, whoever sees the request knows the verifier. A missing method means plain (RFC 7636 §4.3).",
    fix: "Send code_challenge_method=S256.",
    face: Face::new(E::InvalidRequest, "pkce.method", "The code_challenge_method must be S256."),
};

/// The challenge has 43 to 128 unreserved characters.
pub static PKCE_CHALLENGE_FORM: Rule = Rule {
    id: "pkce.challenge_form",
    title: "The challenge has 43 to 128 unreserved characters",
    spec: "RFC 7636 §4.2",
    stops: "A short challenge can be inverted by trying.",
    fix: "Send BASE64URL without padding of a SHA-256 hash: 43 characters.",
    face: Face::new(E::InvalidRequest, "pkce.challenge_form", "The code_challenge is malformed."),
};

/// The scope is well-formed.
pub static SCOPE_FORM: Rule = Rule {
    id: "scope.form",
    title: "The scope is well-formed",
    spec: "RFC 6749 §3.3",
    stops: "Characters outside of the grammar break the parsers behind us.",
    fix: "Separate printable ASCII tokens with single spaces.",
    face: Face::new(E::InvalidScope, "scope.form", "The scope is malformed."),
};

/// Every requested scope exists.
pub static SCOPE_KNOWN: Rule = Rule {
    id: "scope.known",
    title: "Every requested scope exists",
    spec: "RFC 6749 §3.3",
    stops: "A typo that is silently dropped shows up later as a 403.",
    fix: "Take scopes from scopes_supported of the metadata.",
    face: Face::new(E::InvalidScope, "scope.known", "The scope is unknown."),
};

/// The client may ask for this scope.
pub static SCOPE_CLIENT: Rule = Rule {
    id: "scope.client",
    title: "The client may ask for this scope",
    spec: "RFC 7591 §2",
    stops: "A client that may ask for more than it was registered for is a confused deputy waiting.",
    fix: "Register the client with this scope.",
    face: Face::new(
        E::InvalidScope,
        "scope.client",
        "The client is not registered for this scope.",
    ),
};

/// Each resource is an absolute URI without fragment.
pub static TARGET_FORM: Rule = Rule {
    id: "target.form",
    title: "Each resource is an absolute URI without fragment",
    spec: "RFC 8707 §2",
    stops: "Audiences are compared as strings; a relative one means different things to different APIs.",
    fix: "Send the resource identifier that the protected resource metadata names.",
    face: Face::new(
        E::InvalidTarget,
        "target.form",
        "A resource is not an absolute URI without fragment.",
    ),
};

/// Each resource is an API of this server.
pub static TARGET_KNOWN: Rule = Rule {
    id: "target.known",
    title: "Each resource is an API of this server",
    spec: "RFC 8707 §2",
    stops: "A token for an API that we do not know would carry whatever audience the client wished.",
    fix: "Send the resource identifier that the protected resource metadata names, byte for byte.",
    face: Face::new(E::InvalidTarget, "target.known", "A resource is not known here."),
};

/// Every scope belongs to a requested resource.
pub static SCOPE_TARGET: Rule = Rule {
    id: "scope.target",
    title: "Every scope belongs to a requested resource",
    spec: "RFC 9068 §2.2.3",
    stops: "A scope of one API in a token for another is a privilege nobody checked.",
    fix: "Ask for scopes of the named resource only.",
    face: Face::new(
        E::InvalidScope,
        "scope.target",
        "A scope does not belong to the requested resource.",
    ),
};

/// Without resource, the scopes are those of one API.
pub static SCOPE_ONE_API: Rule = Rule {
    id: "scope.one_api",
    title: "Without resource, the scopes are those of one API",
    spec: "RFC 9068 §3",
    stops: "A token for two APIs lets one of them use it at the other.",
    fix: "Ask for the scopes of one API, or name the APIs with resource.",
    face: Face::new(
        E::InvalidScope,
        "scope.one_api",
        "The scopes belong to more than one API: name a resource.",
    ),
};

/// Each prompt is known, and none stands alone.
pub static PROMPT_FORM: Rule = Rule {
    id: "prompt.form",
    title: "Each prompt is known, and none stands alone",
    spec: "OpenID Connect Core §3.1.2.1",
    stops: "An unknown prompt that is ignored gives the client a login that it did not ask for.",
    fix: "Send none alone, or some of login, consent and select_account.",
    face: Face::new(E::InvalidRequest, "prompt.form", "The prompt is not supported."),
};

/// `max_age` is a number of seconds.
pub static MAX_AGE_FORM: Rule = Rule {
    id: "max_age.form",
    title: "max_age is a number of seconds",
    spec: "OpenID Connect Core §3.1.2.1",
    stops: "An unreadable limit would be no limit.",
    fix: "Send a whole number of seconds.",
    face: Face::new(E::InvalidRequest, "max_age.form", "The max_age is not a number of seconds."),
};

/// nonce has at most 1024 printable characters.
pub static NONCE_FORM: Rule = Rule {
    id: "nonce.form",
    title: "nonce has at most 1024 printable characters",
    spec: "OpenID Connect Core §3.1.2.1",
    stops: "A huge nonce makes huge tokens.",
    fix: "Send a short random nonce.",
    face: Face::new(
        E::InvalidRequest,
        "nonce.form",
        "The nonce is too long or has characters that are not printable.",
    ),
};

/// With prompt=none, a fresh enough login exists.
pub static PROMPT_LOGIN: Rule = Rule {
    id: "prompt.login",
    title: "With prompt=none, a fresh enough login exists",
    spec: "OpenID Connect Core §3.1.2.6",
    stops: "A silent request must not show a page inside of a hidden frame.",
    fix: "Send the user without prompt=none first.",
    face: Face::new(
        E::LoginRequired,
        "prompt.login",
        "Nobody is logged in, or not recently enough.",
    ),
};

/// With prompt=none, consent is not needed.
pub static PROMPT_CONSENT: Rule = Rule {
    id: "prompt.consent",
    title: "With prompt=none, consent is not needed",
    spec: "OpenID Connect Core §3.1.2.6",
    stops: "A silent request must not be granted what no person saw. Consent to a public client is never remembered (RFC 8252 §8.6).",
    fix: "Send the user without prompt=none.",
    face: Face::new(E::ConsentRequired, "prompt.consent", "The user has to be asked for consent."),
};

/// The lab lets consent be given.
pub static CONSENT_MODE: Rule = Rule {
    id: "consent.mode",
    title: "The lab lets consent be given",
    spec: "RFC 6749 §4.1.2.1",
    stops: "Clients that never meet a refusal handle it badly.",
    fix: "Set consent.mode to ask in the lab file; deny refuses every request on purpose.",
    face: Face::new(E::AccessDenied, "consent.mode", "The request was denied."),
};
