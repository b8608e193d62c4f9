//! Rules about the request as HTTP, before any endpoint reads it, and about the server itself.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The path is one that this server serves.
pub static REQUEST_ENDPOINT: Rule = Rule {
    id: "request.endpoint",
    title: "The path is one that this server serves",
    spec: "RFC 9110 §15.5.5",
    stops: "A page of HTML where a client expects JSON hides a wrong URL for hours.",
    fix: "Take endpoint URLs from the metadata document instead of building them.",
    face: Face::new(E::InvalidRequest, "request.endpoint", "There is nothing at this path.")
        .with_status(404),
};

/// The address stays below its rate of requests.
pub static REQUEST_RATE: Rule = Rule {
    id: "request.rate",
    title: "The address stays below its rate of requests",
    spec: "RFC 6585 §4",
    stops: "One flood from one place would take the lab from everybody else.",
    fix: "Wait as long as Retry-After says, or raise limits.address in the lab file.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "request.rate",
        "Too many requests from this address.",
    )
    .with_status(429),
};

/// The method is one that the endpoint has.
pub static REQUEST_METHOD: Rule = Rule {
    id: "request.method",
    title: "The method is one that the endpoint has",
    spec: "RFC 9110 §15.5.6",
    stops: "A token endpoint that answers GET puts codes and secrets into URLs, logs and histories (RFC 6749 §3.2).",
    fix: "Use the method that the Allow header names; token, introspection and revocation take POST.",
    face: Face::new(E::InvalidRequest, "request.method", "The endpoint does not have this method.")
        .with_status(405),
};

/// The body has the media type that the endpoint reads.
pub static REQUEST_MEDIA_TYPE: Rule = Rule {
    id: "request.media_type",
    title: "The body has the media type that the endpoint reads",
    spec: "RFC 6749 §4.1.3",
    stops: "Guessing at the format of a body makes two parsers see two different requests.",
    fix: "Send application/x-www-form-urlencoded, or application/json for registration and for the APIs.",
    face: Face::new(
        E::InvalidRequest,
        "request.media_type",
        "The request body has another media type than the endpoint reads.",
    ),
};

/// The body is at most 64 KiB.
pub static REQUEST_SIZE: Rule = Rule {
    id: "request.size",
    title: "The body is at most 64 KiB",
    spec: "RFC 9110 §15.5.14",
    stops: "Unbounded bodies let one client use up the memory of all.",
    fix: "Send a smaller request.",
    face: Face::new(E::InvalidRequest, "request.size", "The request body is larger than 64 KiB.")
        .with_status(413),
};

/// Parameters are well-formed and UTF-8.
pub static REQUEST_ENCODING: Rule = Rule {
    id: "request.encoding",
    title: "Parameters are well-formed and UTF-8",
    spec: "RFC 6749 Appendix B",
    stops: "Bytes that two decoders read differently slip past the one that checks.",
    fix: "Encode parameters as application/x-www-form-urlencoded with UTF-8.",
    face: Face::new(
        E::InvalidRequest,
        "request.encoding",
        "The parameters are not well-formed or not UTF-8.",
    ),
};

/// No parameter occurs twice.
pub static REQUEST_PARAMETER_ONCE: Rule = Rule {
    id: "request.parameter_once",
    title: "No parameter occurs twice",
    spec: "RFC 6749 §3.1",
    stops: "Of two values one is checked and the other is used: parameter pollution.",
    fix: "Send each parameter once; only resource may repeat (RFC 8707 §2).",
    face: Face::new(
        E::InvalidRequest,
        "request.parameter_once",
        "A parameter occurs more than once.",
    ),
};

/// No credential, code or token stands in the URL.
pub static REQUEST_NO_SECRET_IN_URL: Rule = Rule {
    id: "request.no_secret_in_url",
    title: "No credential, code or token stands in the URL",
    spec: "RFC 6749 §2.3.1",
    stops: "URLs are kept by logs, proxies and histories.",
    fix: "Send credentials in the Authorization header or in the body.",
    face: Face::new(
        E::InvalidRequest,
        "request.no_secret_in_url",
        "Credentials must not be sent in the URL.",
    ),
};

/// The server has room for one more record.
pub static SERVER_CAPACITY: Rule = Rule {
    id: "server.capacity",
    title: "The server has room for one more record",
    spec: "RFC 6749 §4.1.2.1",
    stops: "A server that evicts live tokens to make room breaks other clients without a word.",
    fix: "Try again later; a lab that is full holds more live records than its store admits.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "server.capacity",
        "The server cannot take more at the moment.",
    ),
};

/// What the server remembers is within reach.
pub static SERVER_STORE: Rule = Rule {
    id: "server.store",
    title: "What the server remembers is within reach",
    spec: "RFC 6749 §4.1.2.1",
    stops: "A server that goes on without its store forgets what it revoked, and issues what nobody \
            can look up.",
    fix: "Try again later; whoever runs the lab looks at its database: is the disk full, or does \
          another process hold it?",
    face: Face::new(
        E::TemporarilyUnavailable,
        "server.store",
        "The server cannot reach its records at the moment.",
    ),
};

/// The server meets no unexpected condition.
pub static SERVER_CONDITION: Rule = Rule {
    id: "server.condition",
    title: "The server meets no unexpected condition",
    spec: "RFC 6749 §4.1.2.1",
    stops: "An error page with internals teaches an attacker.",
    fix: "Look at the lab: the inspector and its log say what happened under this trace id.",
    face: Face::new(E::ServerError, "server.condition", "The server met an unexpected condition."),
};
