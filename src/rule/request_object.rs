//! Rules of pushed requests (RFC 9126) and of request objects (RFC 9101).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// One face for everything that makes a reference unusable: the difference would tell a stranger
/// which references exist.
const UNUSABLE: Face = Face::new(
    E::InvalidRequestUri,
    "request_uri.usable",
    "The request_uri is unknown, expired, used, or of another client.",
);

/// A `request_uri` refers to a pushed request.
pub static REQUEST_URI_PUSHED: Rule = Rule {
    id: "request_uri.pushed",
    title: "A request_uri refers to a pushed request",
    spec: "RFC 9101 §10.4.1",
    stops: "Fetching a URI that a stranger names is server-side request forgery.",
    fix: "Push the request to the pushed_authorization_request_endpoint, and use the request_uri of its answer.",
    face: Face::new(
        E::RequestUriNotSupported,
        "request_uri.pushed",
        "Only request_uri values of pushed requests are supported.",
    ),
};

/// A `request_uri` comes without a request object.
pub static REQUEST_URI_ALONE: Rule = Rule {
    id: "request_uri.alone",
    title: "A request_uri comes without a request object",
    spec: "OpenID Connect Core §6",
    stops: "With two requests in one, client and server can take different ones for the request.",
    fix: "Send request_uri or request, never both. A request object can be pushed.",
    face: Face::new(
        E::InvalidRequest,
        "request_uri.alone",
        "The request must not have both request and request_uri.",
    ),
};

/// The pushed request is known and has not expired.
pub static REQUEST_URI_KNOWN: Rule = Rule {
    id: "request_uri.known",
    title: "The pushed request is known and has not expired",
    spec: "RFC 9126 §4",
    stops: "References could be made up or kept for later. One ends when its request is answered.",
    fix: "Push the request anew, and send the browser on at once.",
    face: UNUSABLE,
};

/// The request was pushed by this client.
pub static REQUEST_URI_CLIENT: Rule = Rule {
    id: "request_uri.client",
    title: "The request was pushed by this client",
    spec: "RFC 9126 §2.2",
    stops: "A client could go on with a request that another one has authenticated.",
    fix: "Send the client_id of the client that pushed the request.",
    face: UNUSABLE,
};

/// The reference is used by one browser.
pub static REQUEST_URI_BROWSER: Rule = Rule {
    id: "request_uri.browser",
    title: "The reference is used by one browser",
    spec: "RFC 9126 §4",
    stops: "A reference that leaked could be opened elsewhere. Reloading in the same browser is no second use.",
    fix: "Push the request anew for every authorization.",
    face: UNUSABLE,
};

/// Who must push requests does.
pub static PAR_REQUIRED: Rule = Rule {
    id: "par.required",
    title: "Who must push requests does",
    spec: "RFC 9126 §5, §6",
    stops: "Parameters in a URL can be changed by whoever handles the URL.",
    fix: "Push the request first (oauthlab token --par), then send client_id and request_uri.",
    face: Face::new(E::InvalidRequest, "par.required", "The request must be pushed."),
};

/// A request that is pushed names no `request_uri`.
pub static PAR_REQUEST_URI_ABSENT: Rule = Rule {
    id: "par.request_uri_absent",
    title: "A request that is pushed names no request_uri",
    spec: "RFC 9126 §2.1",
    stops: "A pushed request that refers to another one has no parameters of its own.",
    fix: "Push the parameters themselves, or a request object.",
    face: Face::new(
        E::InvalidRequest,
        "par.request_uri_absent",
        "A pushed request must not have a request_uri.",
    ),
};

/// Who must sign requests does.
pub static REQUEST_OBJECT_REQUIRED: Rule = Rule {
    id: "request_object.required",
    title: "Who must sign requests does",
    spec: "RFC 9101 §10.5",
    stops: "An attacker could drop the signature together with the request object.",
    fix: "Sign the request (oauthlab token --request-object).",
    face: Face::new(E::InvalidRequest, "request_object.required", "The request must be signed."),
};

/// The request object is a signed JWT.
pub static REQUEST_OBJECT_FORM: Rule = Rule {
    id: "request_object.form",
    title: "The request object is a signed JWT",
    spec: "RFC 9101 §4",
    stops: "What cannot be read cannot be verified.",
    fix: "Send a compact JWS whose payload is a JSON object with the parameters.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.form",
        "The request object is not a signed JWT.",
    ),
};

/// The request object is one of authorization requests.
pub static REQUEST_OBJECT_TYPE: Rule = Rule {
    id: "request_object.type",
    title: "The JWT is of a type that a request object has",
    spec: "RFC 9101 §10.8",
    stops: "A JWT that was signed for something else could be replayed as a request.",
    fix: "Set typ to oauth-authz-req+jwt, or leave it out.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.type",
        "The type of the request object is wrong.",
    ),
};

/// The client has signed the request object.
pub static REQUEST_OBJECT_SIGNATURE: Rule = Rule {
    id: "request_object.signature",
    title: "The client has signed the request object",
    spec: "RFC 9101 §6.2",
    stops: "Anyone could write a request in the client's name.",
    fix: "Sign with a key of the client's jwks or jwks_uri, and the algorithm that it registered.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.signature",
        "The signature of the request object does not verify.",
    ),
};

/// The request object was issued by the client.
pub static REQUEST_OBJECT_ISSUER: Rule = Rule {
    id: "request_object.issuer",
    title: "The request object was issued by the client",
    spec: "RFC 9101 §4",
    stops: "A JWT of somebody else with the same key would do.",
    fix: "Set iss to the client_id.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.issuer",
        "iss of the request object is not the client_id.",
    ),
};

/// The request object is meant for this server.
pub static REQUEST_OBJECT_AUDIENCE: Rule = Rule {
    id: "request_object.audience",
    title: "The request object is meant for this server",
    spec: "RFC 9101 §4",
    stops: "A request object for another server could be replayed here.",
    fix: "Set aud to the issuer of the metadata.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.audience",
        "aud of the request object is not this issuer.",
    ),
};

/// The request object is fresh.
pub static REQUEST_OBJECT_FRESH: Rule = Rule {
    id: "request_object.fresh",
    title: "The request object is fresh",
    spec: "RFC 7519 §4.1.4, §4.1.5",
    stops: "An old request could be replayed for ever.",
    fix: "Set exp a few minutes ahead, and nbf, if at all, to now.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.fresh",
        "The request object has expired, or is not valid yet.",
    ),
};

/// The request object names the same client.
pub static REQUEST_OBJECT_CLIENT: Rule = Rule {
    id: "request_object.client",
    title: "The request object names the same client",
    spec: "RFC 9101 §5, §6.3",
    stops: "A request object of one client could be used under the name of another one.",
    fix: "Put the same client_id into the request object and beside it.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.client",
        "client_id of the request object is another one.",
    ),
};

/// The request object holds no other request.
pub static REQUEST_OBJECT_PLAIN: Rule = Rule {
    id: "request_object.plain",
    title: "The request object holds no other request",
    spec: "RFC 9101 §4",
    stops: "A chain of requests hides what is asked for.",
    fix: "Remove request and request_uri from the request object.",
    face: Face::new(
        E::InvalidRequestObject,
        "request_object.plain",
        "A request object must not have request or request_uri.",
    ),
};
