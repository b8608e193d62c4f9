//! Weaknesses of what is issued (RFC 9068 §2.2, OpenID Connect Core §2, RFC 6749 §5.1).

use http::header::CACHE_CONTROL;

use super::Weakness;
use crate::deviation::{Draft, Seam};
use crate::protocol::Audience;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[&AT_AUDIENCE, &NO_STORE_TOKEN, &NONCE_DROPPED];

static AT_AUDIENCE: Weakness = Weakness {
    id: "at-audience",
    title: "Every access token is also meant for the issuer",
    seams: &[Seam::Draft(|draft| {
        if let Draft::AccessToken(token) = draft {
            let mut audience = token.claims.aud.as_slice().to_vec();
            if !audience.contains(&token.claims.iss) {
                audience.push(token.claims.iss.clone());
            }
            token.claims.aud = Audience::from_list(audience);
        }
    })],
    dominates: &[],
};

static NO_STORE_TOKEN: Weakness = Weakness {
    id: "no-store-token",
    title: "Token responses may be kept by caches",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint.ends_with("/token") && outgoing.status.is_success() {
            outgoing.headers.remove(CACHE_CONTROL);
        }
    })],
    dominates: &[],
};

static NONCE_DROPPED: Weakness = Weakness {
    id: "nonce-dropped",
    title: "ID tokens do not carry the nonce of the request",
    seams: &[Seam::Draft(|draft| {
        if let Draft::IdToken(token) = draft {
            token.claims.nonce = None;
        }
    })],
    dominates: &[],
};
