//! Weaknesses of the consent page (RFC 6749 §10.12).

use super::Weakness;
use crate::deviation::{Leniency, Seam, Surface};
use crate::rule::{self, CONSENT, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &CONSENT_CROSS_USER,
    &CONSENT_CSRF,
    &CONSENT_HEAD,
    &CONSENT_REPLAY,
    &CONSENT_SESSION_POISON,
    &CONSENT_TAMPER,
    &CONSENT_TOKEN_UNBOUND,
];

static CONSENT_CROSS_USER: Weakness = Weakness {
    id: "consent-cross-user",
    title: "Whoever knows the id of a waiting request may finish it",
    seams: &[Seam::Read(Leniency::AnybodysInteraction)],
    dominates: &[],
};

static CONSENT_CSRF: Weakness = Weakness {
    id: "consent-csrf",
    title: "The consent form is accepted without the token of its page",
    seams: &[Seam::WaiveAt(&CONSENT, &rule::FORM_CSRF, |_, _| true)],
    dominates: &["consent-token-unbound"],
};

static CONSENT_HEAD: Weakness = Weakness {
    id: "consent-head",
    title: "A HEAD request answers the consent page",
    seams: &[Seam::Surface(Surface::ConsentByHead)],
    dominates: &[],
};

static CONSENT_REPLAY: Weakness = Weakness {
    id: "consent-replay",
    title: "The same consent form gives a second code",
    seams: &[Seam::WaiveAt(&CONSENT, &rule::CONSENT_UNANSWERED, |_, _| true)],
    dominates: &[],
};

static CONSENT_SESSION_POISON: Weakness = Weakness {
    id: "consent-session-poison",
    title: "A browser has one waiting request, and the newest takes the place of the others",
    seams: &[Seam::Read(Leniency::OneInteraction)],
    dominates: &[],
};

static CONSENT_TAMPER: Weakness = Weakness {
    id: "consent-tamper",
    title: "Fields of the consent form change the request that is answered",
    seams: &[Seam::Read(Leniency::FormOverRequest)],
    dominates: &[],
};

static CONSENT_TOKEN_UNBOUND: Weakness = Weakness {
    id: "consent-token-unbound",
    title: "The token of any consent page is accepted",
    seams: &[Seam::WaiveAt(&CONSENT, &rule::FORM_CSRF, |_, got| !matches!(got, Fact::Absent))],
    dominates: &[],
};
