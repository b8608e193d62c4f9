//! Weaknesses of introspection (RFC 7662 §2.1, §4).

use super::Weakness;
use crate::deviation::{Seam, Surface};
use crate::rule::{self, TOKEN_STATUS};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[&INTROSPECT_OPEN, &INTROSPECT_STALE];

static INTROSPECT_OPEN: Weakness = Weakness {
    id: "introspect-open",
    title: "Anyone may introspect a token",
    seams: &[Seam::Surface(Surface::AnonymousIntrospection)],
    dominates: &[],
};

static INTROSPECT_STALE: Weakness = Weakness {
    id: "introspect-stale",
    title: "Introspection calls a revoked token active",
    seams: &[Seam::WaiveAt(&TOKEN_STATUS, &rule::TOKEN_LIVE, |_, _| true)],
    dominates: &[],
};
