//! Weaknesses of the authorization code (RFC 6749 §4.1, §10.5, §10.10; RFC 8707 §2.2).

use super::Weakness;
use crate::deviation::{Draft, EffectName, Seam};
use crate::protocol::Secret;
use crate::rule::{self, TOKEN_CODE};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] =
    &[&CODE_CLIENT_SWAP, &CODE_ENTROPY, &CODE_RESOURCE_WIDEN, &CODE_REUSE];

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
