//! Weaknesses of registration (RFC 7591 §3).

use super::Weakness;
use crate::deviation::{Seam, Surface};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[&DCR_OPEN];

static DCR_OPEN: Weakness = Weakness {
    id: "dcr-open",
    title: "Anyone may register a client",
    seams: &[Seam::Surface(Surface::OpenRegistration)],
    dominates: &[],
};
