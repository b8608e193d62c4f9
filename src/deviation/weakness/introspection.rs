//! Weaknesses of introspection (RFC 7662 §2.1, §4).

use serde_json::Value;

use super::{Weakness, json};
use crate::deviation::{Leniency, Seam, Surface};
use crate::rule::{self, TOKEN_STATUS};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &INTROSPECT_ANY_CLIENT,
    &INTROSPECT_INACTIVE_DETAIL,
    &INTROSPECT_MISSING_MEMBERS,
    &INTROSPECT_OPEN,
    &INTROSPECT_STALE,
    &INTROSPECT_TAMPERED,
];

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
            answer.remove("exp");
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
    dominates: &["revoke-access-noop", "revoke-refresh-leaves-access"],
};

static INTROSPECT_TAMPERED: Weakness = Weakness {
    id: "introspect-tampered",
    title: "Introspection looks a JWT up by its jti, and believes the rest",
    seams: &[Seam::Read(Leniency::UnverifiedIntrospection)],
    dominates: &[],
};
