//! Weaknesses of introspection (RFC 7662 §2.1, §4).

use http::StatusCode;
use serde_json::Value;

use super::{Weakness, json};
use crate::deviation::{Leniency, Seam, Surface};
use crate::rule::{self, TOKEN_STATUS};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &INTROSPECT_ANY_CLIENT,
    &INTROSPECT_GET,
    &INTROSPECT_INACTIVE_DETAIL,
    &INTROSPECT_MISSING_MEMBERS,
    &INTROSPECT_OPEN,
    &INTROSPECT_STALE,
    &INTROSPECT_TAMPERED,
    &INTROSPECT_TOKEN_KIND,
    &INTROSPECT_UNKNOWN_ERROR,
];

static INTROSPECT_GET: Weakness = Weakness {
    id: "introspect-get",
    title: "The introspection endpoint answers GET",
    seams: &[Seam::Read(Leniency::IntrospectionByGet)],
    dominates: &[],
};

static INTROSPECT_TOKEN_KIND: Weakness = Weakness {
    id: "introspect-token-kind",
    title: "Introspection calls a refresh token a bearer token, to its client",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.asked.body.expose().contains("token_type_hint=refresh_token") {
            json::change(outgoing, "/introspect", |answer| {
                answer.insert("token_type".to_owned(), "Bearer".into());
            });
        }
    })],
    dominates: &[],
};

static INTROSPECT_UNKNOWN_ERROR: Weakness = Weakness {
    id: "introspect-unknown-error",
    title: "Introspection answers a long token that it does not know with 404",
    seams: &[Seam::Mangle(|outgoing| {
        let long = outgoing.asked.body.expose().len() > 5000;
        if long && outgoing.endpoint.ends_with("/introspect") {
            *outgoing.status = StatusCode::NOT_FOUND;
        }
    })],
    dominates: &[],
};

static INTROSPECT_ANY_CLIENT: Weakness = Weakness {
    id: "introspect-any-client",
    title: "Every client may know everything of every token",
    seams: &[Seam::WaiveAt(&TOKEN_STATUS, &rule::INTROSPECT_AUDIENCE, |_, _| true)],
    dominates: &[],
};

static INTROSPECT_INACTIVE_DETAIL: Weakness = Weakness {
    id: "introspect-inactive-detail",
    title: "Introspection says more of a token that is not active",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, "/introspect", |answer| {
            if answer.get("active") == Some(&Value::Bool(false)) {
                answer.insert("reason".to_owned(), "revoked, expired or unknown".into());
            }
        });
    })],
    dominates: &[],
};

static INTROSPECT_MISSING_MEMBERS: Weakness = Weakness {
    id: "introspect-missing-members",
    title: "Introspection does not say until when a token is active",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, "/introspect", |answer| {
            // Of access tokens, that is: a refresh token has no type.
            if answer.contains_key("token_type") {
                answer.remove("exp");
            }
        });
    })],
    dominates: &[],
};

static INTROSPECT_OPEN: Weakness = Weakness {
    id: "introspect-open",
    title: "Anyone may introspect a token",
    seams: &[Seam::Surface(Surface::AnonymousIntrospection)],
    // Who may ask without a name may ask as anybody.
    dominates: &["introspect-any-client"],
};

static INTROSPECT_STALE: Weakness = Weakness {
    id: "introspect-stale",
    title: "Introspection calls a revoked token active",
    seams: &[Seam::WaiveAt(&TOKEN_STATUS, &rule::TOKEN_LIVE, |_, _| true)],
    // Whether a token is dead is read from introspection.
    dominates: &["code-replay-no-revocation", "revoke-access-noop", "revoke-refresh-leaves-access"],
};

static INTROSPECT_TAMPERED: Weakness = Weakness {
    id: "introspect-tampered",
    title: "Introspection looks a JWT up by its jti, and believes the rest",
    seams: &[Seam::Read(Leniency::UnverifiedIntrospection)],
    dominates: &[],
};
