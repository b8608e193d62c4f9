//! Weaknesses of revocation (RFC 7009 §2.1).

use http::StatusCode;

use super::Weakness;
use super::client_auth::{method_not_asked_for, secret_not_asked_for};
use crate::deviation::{EffectName, Leniency, Seam};
use crate::rule::{self, REVOKE};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &REVOKE_ACCESS_NOOP,
    &REVOKE_HINT,
    &REVOKE_OPEN,
    &REVOKE_ORACLE,
    &REVOKE_OTHER_CLIENT,
    &REVOKE_REFRESH_LEAVES_ACCESS,
    &REVOKE_REFRESH_NOOP,
    &REVOKE_TAMPERED,
];

static REVOKE_ORACLE: Weakness = Weakness {
    id: "revoke-oracle",
    title: "A token that there is not is answered with 404 at revocation",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint.ends_with("/revoke") && outgoing.broken == Some(rule::TOKEN_KNOWN.id) {
            *outgoing.status = StatusCode::NOT_FOUND;
        }
    })],
    dominates: &[],
};

static REVOKE_TAMPERED: Weakness = Weakness {
    id: "revoke-tampered",
    title: "Revocation looks a JWT up by its jti, and verifies nothing",
    seams: &[Seam::Read(Leniency::UnverifiedRevocation)],
    dominates: &[],
};

static REVOKE_ACCESS_NOOP: Weakness = Weakness {
    id: "revoke-access-noop",
    title: "An access token survives its revocation",
    seams: &[Seam::DropEffect(EffectName::RevokeToken)],
    // What is not revoked is still active.
    dominates: &["introspect-stale"],
};

static REVOKE_HINT: Weakness = Weakness {
    id: "revoke-hint",
    title: "A token is revoked only where token_type_hint says that it is",
    seams: &[Seam::Read(Leniency::HintAlone)],
    dominates: &[],
};

static REVOKE_REFRESH_LEAVES_ACCESS: Weakness = Weakness {
    id: "revoke-refresh-leaves-access",
    title: "The revocation of a refresh token ends that token alone",
    seams: &[Seam::DropEffect(EffectName::RevokeGrant)],
    dominates: &[],
};

static REVOKE_OPEN: Weakness = Weakness {
    id: "revoke-open",
    title: "A confidential client's tokens are revoked without its credential",
    seams: &[method_not_asked_for(&REVOKE), secret_not_asked_for(&REVOKE)],
    dominates: &[],
};

static REVOKE_OTHER_CLIENT: Weakness = Weakness {
    id: "revoke-other-client",
    title: "One client revokes the tokens of another",
    seams: &[Seam::Waive(&rule::REVOKE_CLIENT, |_, _| true)],
    dominates: &[],
};

static REVOKE_REFRESH_NOOP: Weakness = Weakness {
    id: "revoke-refresh-noop",
    title: "A refresh token survives its revocation",
    seams: &[Seam::DropEffect(EffectName::RevokeRefreshToken)],
    // What is not revoked leaves everything else as it is.
    dominates: &["revoke-refresh-leaves-access"],
};
