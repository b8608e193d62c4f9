//! Weaknesses. Cross-origin requests (Fetch standard; RFC 9700 §2.6): headers that admit whom they
//! should not, at the places that a check looks at.

use http::HeaderValue;
use http::header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN};

use super::Weakness;
use crate::deviation::{Outgoing, Seam};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &CORS_AUTHORIZE,
    &CORS_NULL,
    &CORS_PRIVATE_NETWORK,
    &CORS_REFLECT_CREDENTIALS,
    &CORS_SCHEME,
    &CORS_SESSION_PAGES,
    &CORS_SUFFIX,
];

static CORS_AUTHORIZE: Weakness = Weakness {
    id: "cors-authorize",
    title: "The authorization endpoint answers scripts of other sites",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint.ends_with("/authorize") && outgoing.asked.header("origin").is_some() {
            outgoing.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    })],
    dominates: &[],
};

static CORS_NULL: Weakness = Weakness {
    id: "cors-null",
    title: "The token endpoint admits the origin null with credentials",
    seams: &[Seam::Mangle(|outgoing| admit(outgoing, |origin| origin == "null"))],
    dominates: &[],
};

static CORS_PRIVATE_NETWORK: Weakness = Weakness {
    id: "cors-private-network",
    title: "Public sites may call the token endpoint in a private network",
    seams: &[Seam::Mangle(|outgoing| {
        let asked = outgoing.asked.header("access-control-request-private-network").is_some();
        if asked && outgoing.endpoint.ends_with("/token") {
            let name = "access-control-allow-private-network";
            outgoing.headers.insert(name, HeaderValue::from_static("true"));
        }
    })],
    dominates: &[],
};

static CORS_REFLECT_CREDENTIALS: Weakness = Weakness {
    id: "cors-reflect-credentials",
    title: "The token endpoint admits every origin with credentials",
    seams: &[Seam::Mangle(|outgoing| admit(outgoing, |_| true))],
    dominates: &["cors-null", "cors-scheme", "cors-suffix"],
};

static CORS_SCHEME: Weakness = Weakness {
    id: "cors-scheme",
    title: "The token endpoint admits http origins",
    seams: &[Seam::Mangle(|outgoing| admit(outgoing, |origin| origin.starts_with("http://")))],
    dominates: &[],
};

static CORS_SESSION_PAGES: Weakness = Weakness {
    id: "cors-session-pages",
    title: "Scripts of other sites may read the login page and the consent page",
    seams: &[Seam::Mangle(|outgoing| {
        if ["/login", "/consent"].iter().any(|path| outgoing.endpoint.ends_with(path)) {
            reflect(outgoing);
        }
    })],
    dominates: &[],
};

static CORS_SUFFIX: Weakness = Weakness {
    id: "cors-suffix",
    title: "The token endpoint admits every origin that ends like the name of this machine",
    seams: &[Seam::Mangle(|outgoing| {
        admit(outgoing, |origin| origin.starts_with("https://") && origin.ends_with("localhost"));
    })],
    dominates: &[],
};

fn admit(outgoing: &mut Outgoing<'_>, whom: fn(&str) -> bool) {
    let at = outgoing.endpoint.ends_with("/token");
    if at && outgoing.asked.header("origin").is_some_and(whom) {
        reflect(outgoing);
    }
}

fn reflect(outgoing: &mut Outgoing<'_>) {
    if let Some(origin) = outgoing.asked.headers.get("origin") {
        outgoing.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let yes = HeaderValue::from_static("true");
        outgoing.headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
}
