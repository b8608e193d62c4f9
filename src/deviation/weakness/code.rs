//! Weaknesses of the authorization code.

use super::Weakness;
use crate::deviation::{EffectName, Seam};
use crate::rule;

pub(super) static CODE_REUSE: Weakness = Weakness {
    id: "code-reuse",
    title: "An authorization code can be redeemed again",
    seams: &[
        Seam::Waive(&rule::CODE_UNSPENT, |_, _| true),
        Seam::DropEffect(EffectName::SpendCode),
    ],
    dominates: &["code-race"],
};
