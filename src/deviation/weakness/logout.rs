//! Weaknesses of logout (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout 1.0).

use super::Weakness;
use crate::deviation::{EffectName, Leniency, Seam};
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] =
    &[&LOGOUT_FORCED, &LOGOUT_HINT_FORGED, &LOGOUT_REDIRECT, &LOGOUT_SESSION_ALIVE];

static LOGOUT_FORCED: Weakness = Weakness {
    id: "logout-forced",
    title: "Nobody is asked before a session ends",
    seams: &[Seam::Read(Leniency::LogoutUnasked)],
    dominates: &[],
};

static LOGOUT_HINT_FORGED: Weakness = Weakness {
    id: "logout-hint-forged",
    title: "The signature of an ID token at logout is not looked at",
    seams: &[Seam::Read(Leniency::UnverifiedHint)],
    dominates: &[],
};

static LOGOUT_REDIRECT: Weakness = Weakness {
    id: "logout-redirect",
    title: "A post_logout_redirect_uri need only begin like a registered one",
    seams: &[Seam::Waive(&rule::LOGOUT_REDIRECT_URI, begins_like_a_registered_one)],
    dominates: &[],
};

static LOGOUT_SESSION_ALIVE: Weakness = Weakness {
    id: "logout-session-alive",
    title: "Logout takes the cookies away, and leaves the session",
    seams: &[Seam::DropEffect(EffectName::EndSession)],
    dominates: &[],
};

fn begins_like_a_registered_one(registered: &Fact, wanted: &Fact) -> bool {
    let wanted = wanted.text().unwrap_or_default();
    registered.alternatives().iter().any(|one| wanted.starts_with(one))
}
