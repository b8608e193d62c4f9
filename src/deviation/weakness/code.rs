//! Weaknesses of the authorization code (RFC 6749 §4.1, §10.5, §10.10; RFC 8707 §2.2).

use super::Weakness;
use crate::deviation::{Draft, EffectName, Leniency, Seam};
use crate::protocol::Secret;
use crate::rule::{self, CONSENT, TOKEN_CODE};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &CODE_CLIENT_SWAP,
    &CODE_ENTROPY,
    &CODE_REPLAY_DOS,
    &CODE_REPLAY_NO_REVOCATION,
    &CODE_RESOURCE_WIDEN,
    &CODE_REUSE,
    &CODE_SCOPE_UPGRADE,
    &CODE_SURVIVES_DENIAL,
];

static CODE_CLIENT_SWAP: Weakness = Weakness {
    id: "code-client-swap",
    title: "A code that was issued to one client is redeemed by another",
    seams: &[Seam::Waive(&rule::CODE_CLIENT, |_, _| true)],
    dominates: &[],
};

static CODE_ENTROPY: Weakness = Weakness {
    id: "code-entropy",
    title: "A code has so few characters that it can be guessed",
    seams: &[Seam::Draft(|draft| {
        if let Draft::Code(code) = draft {
            let short: String = code.code.expose().chars().take(6).collect();
            code.code = Secret::new(short);
        }
    })],
    dominates: &[],
};

static CODE_REPLAY_DOS: Weakness = Weakness {
    id: "code-replay-dos",
    title: "Any replay of a code revokes the tokens that it gave",
    seams: &[Seam::Read(Leniency::AnyReplay)],
    dominates: &[],
};

static CODE_REPLAY_NO_REVOCATION: Weakness = Weakness {
    id: "code-replay-no-revocation",
    title: "A replay of a code is refused, and the tokens that it gave live on",
    seams: &[Seam::DropEffect(EffectName::RevokeCodeFamily)],
    dominates: &[],
};

static CODE_RESOURCE_WIDEN: Weakness = Weakness {
    id: "code-resource-widen",
    title: "A code is redeemed for an API that the user never saw",
    seams: &[Seam::WaiveAt(&TOKEN_CODE, &rule::TARGET_GRANTED, |_, _| true)],
    dominates: &[],
};

static CODE_REUSE: Weakness = Weakness {
    id: "code-reuse",
    title: "An authorization code can be redeemed again",
    seams: &[
        Seam::Waive(&rule::CODE_UNSPENT, |_, _| true),
        Seam::DropEffect(EffectName::SpendCode),
    ],
    dominates: &["code-race"],
};

static CODE_SCOPE_UPGRADE: Weakness = Weakness {
    id: "code-scope-upgrade",
    title: "The scope of a token request counts more than the one that was granted",
    seams: &[Seam::Read(Leniency::ScopeForCode)],
    dominates: &[],
};

static CODE_SURVIVES_DENIAL: Weakness = Weakness {
    id: "code-survives-denial",
    title: "A code is issued though the user said no",
    seams: &[Seam::WaiveAt(&CONSENT, &rule::CONSENT_GRANTED, |_, _| true)],
    dominates: &[],
};
