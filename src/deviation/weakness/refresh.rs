//! Weaknesses of refresh tokens (RFC 6749 §6, §10.4; RFC 9700 §4.14).

use std::time::Duration;

use super::Weakness;
use super::client_auth::{method_not_asked_for, secret_not_asked_for};
use crate::deviation::{Draft, EffectName, Leniency, Seam, Surface};
use crate::protocol::Secret;
use crate::rule::{self, TOKEN_REFRESH};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &REFRESH_CLIENT_SWAP,
    &REFRESH_DPOP_UNBOUND,
    &REFRESH_FAMILY_SURVIVES,
    &REFRESH_NOT_ROTATED_PUBLIC,
    &REFRESH_NO_EXPIRY,
    &REFRESH_RESOURCE_ESCALATION,
    &REFRESH_REUSE,
    &REFRESH_SCOPE_ESCALATION,
    &REFRESH_TAMPER,
    &REFRESH_UNNEEDED,
    &REFRESH_WITHOUT_CLIENT_AUTH,
    &TOKEN_ENTROPY,
];

static REFRESH_NO_EXPIRY: Weakness = Weakness {
    id: "refresh-no-expiry",
    title: "Refresh tokens live for a hundred years",
    seams: &[Seam::Draft(|draft| {
        if let Draft::RefreshLife(life) = draft {
            **life = Duration::from_secs(100 * 365 * 24 * 3600);
        }
    })],
    dominates: &[],
};

static REFRESH_TAMPER: Weakness = Weakness {
    id: "refresh-tamper",
    title: "What stands behind a dot in a refresh token is not looked at",
    seams: &[Seam::Read(Leniency::SuffixedRefreshToken)],
    dominates: &[],
};

static REFRESH_UNNEEDED: Weakness = Weakness {
    id: "refresh-unneeded",
    title: "Every client gets refresh tokens",
    seams: &[Seam::Surface(Surface::RefreshForEveryone)],
    dominates: &[],
};

static REFRESH_CLIENT_SWAP: Weakness = Weakness {
    id: "refresh-client-swap",
    title: "A refresh token of one client is used by another",
    seams: &[Seam::Waive(&rule::REFRESH_CLIENT, |_, _| true)],
    dominates: &[],
};

static REFRESH_DPOP_UNBOUND: Weakness = Weakness {
    id: "refresh-dpop-unbound",
    title: "A bound refresh token works without its key",
    seams: &[Seam::Waive(&rule::DPOP_REFRESH_KEY, |_, _| true)],
    dominates: &[],
};

static REFRESH_FAMILY_SURVIVES: Weakness = Weakness {
    id: "refresh-family-survives",
    title: "The second use of a refresh token is refused and revokes nothing",
    seams: &[Seam::DropEffect(EffectName::RevokeFamily)],
    dominates: &[],
};

static REFRESH_NOT_ROTATED_PUBLIC: Weakness = Weakness {
    id: "refresh-not-rotated-public",
    title: "A refresh token stays the same when it is used",
    seams: &[Seam::DropEffect(EffectName::RotateRefreshToken)],
    dominates: &[],
};

static REFRESH_RESOURCE_ESCALATION: Weakness = Weakness {
    id: "refresh-resource-escalation",
    title: "A refresh token gives access to an API that the user never saw",
    seams: &[Seam::WaiveAt(&TOKEN_REFRESH, &rule::TARGET_GRANTED, |_, _| true)],
    dominates: &[],
};

static REFRESH_REUSE: Weakness = Weakness {
    id: "refresh-reuse",
    title: "A refresh token that was replaced still works",
    seams: &[Seam::Waive(&rule::REFRESH_UNROTATED, |_, _| true)],
    // What is not noticed revokes nothing.
    dominates: &["refresh-family-survives", "refresh-race"],
};

static REFRESH_SCOPE_ESCALATION: Weakness = Weakness {
    id: "refresh-scope-escalation",
    title: "A refresh gives scopes that the user never granted",
    seams: &[Seam::Waive(&rule::REFRESH_SCOPE, |_, _| true)],
    dominates: &[],
};

static REFRESH_WITHOUT_CLIENT_AUTH: Weakness = Weakness {
    id: "refresh-without-client-auth",
    title: "A confidential client refreshes without its credential",
    seams: &[method_not_asked_for(&TOKEN_REFRESH), secret_not_asked_for(&TOKEN_REFRESH)],
    dominates: &[],
};

static TOKEN_ENTROPY: Weakness = Weakness {
    id: "token-entropy",
    title: "A refresh token has so few characters that it can be guessed",
    seams: &[Seam::Draft(|draft| {
        if let Draft::RefreshToken(token) = draft {
            let short: String = token.expose().chars().take(8).collect();
            **token = Secret::new(short);
        }
    })],
    dominates: &[],
};
