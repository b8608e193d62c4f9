//! Weaknesses of what a client may ask for (RFC 6749 §3.3, §5.2; RFC 7591 §2).

use super::Weakness;
use crate::deviation::Seam;
use crate::rule::{self, AUTHORIZE, TOKEN_CLIENT_CREDENTIALS};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] =
    &[&CC_SCOPE_ESCALATION, &GRANT_NOT_BOUND, &SCOPE_NOT_RESTRICTED];

static CC_SCOPE_ESCALATION: Weakness = Weakness {
    id: "cc-scope-escalation",
    title: "A client gets scopes for itself that it is not registered for",
    seams: &[Seam::WaiveAt(&TOKEN_CLIENT_CREDENTIALS, &rule::SCOPE_CLIENT, |_, _| true)],
    dominates: &[],
};

static GRANT_NOT_BOUND: Weakness = Weakness {
    id: "grant-not-bound",
    title: "A client uses a grant that it is not registered for",
    seams: &[Seam::Waive(&rule::CLIENT_GRANT, |_, _| true)],
    dominates: &[],
};

static SCOPE_NOT_RESTRICTED: Weakness = Weakness {
    id: "scope-not-restricted",
    title: "A client asks users for scopes that it is not registered for",
    seams: &[Seam::WaiveAt(&AUTHORIZE, &rule::SCOPE_CLIENT, |_, _| true)],
    dominates: &[],
};
