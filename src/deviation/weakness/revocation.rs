//! Weaknesses of revocation (RFC 7009 §2.1).

use super::Weakness;
use super::client_auth::{method_not_asked_for, secret_not_asked_for};
use crate::deviation::{EffectName, Seam};
use crate::rule::{self, REVOKE};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] =
    &[&REVOKE_OPEN, &REVOKE_OTHER_CLIENT, &REVOKE_REFRESH_NOOP];

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
    dominates: &[],
};
