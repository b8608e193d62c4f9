//! Weaknesses of the redirect URI.

use super::Weakness;
use crate::deviation::Seam;
use crate::rule;

pub(super) static REDIRECT_FOREIGN_HOST: Weakness = Weakness {
    id: "redirect-foreign-host",
    title: "A redirect URI on any host is accepted",
    seams: &[Seam::Waive(&rule::REDIRECT_URI_REGISTERED, |_, _| true)],
    dominates: &[],
};
