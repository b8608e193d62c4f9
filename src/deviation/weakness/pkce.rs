//! Weaknesses of PKCE.

use super::Weakness;
use crate::deviation::Seam;
use crate::rule;

pub(super) static PKCE_VERIFIER_WRONG: Weakness = Weakness {
    id: "pkce-verifier-wrong",
    title: "Any well-formed code verifier is accepted",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER, |_, _| true)],
    dominates: &[],
};
