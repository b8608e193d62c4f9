//! Weaknesses of the consent page (RFC 6749 §10.12).

use super::Weakness;
use crate::deviation::Seam;
use crate::rule::{self, CONSENT};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[&CONSENT_CSRF];

static CONSENT_CSRF: Weakness = Weakness {
    id: "consent-csrf",
    title: "The consent form is accepted without the token of its page",
    seams: &[Seam::WaiveAt(&CONSENT, &rule::FORM_CSRF, |_, _| true)],
    dominates: &[],
};
