//! Cross-origin requests: what scripts of other sites may read (Fetch standard; RFC 9700 §2.6).

mod origins;
mod places;

use super::{Check, Group, Run, Seeded, Text};
use crate::audit::finding::{Confidence, Need, Severity};

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &origins::CORS_NULL,
    &origins::CORS_REFLECT_CREDENTIALS,
    &origins::CORS_SCHEME,
    &origins::CORS_SUFFIX,
    &places::CORS_AUTHORIZE,
    &places::CORS_PRIVATE_NETWORK,
    &places::CORS_SESSION_PAGES,
];

/// A site that nobody knows.
const ATTACKER: &str = "https://attacker.example";

/// One check of this group.
const fn of(
    (id, title, severity): (&'static str, &'static str, Severity),
    needs: &'static [Need],
    references: &'static [&'static str],
    text: Text,
    run: Run,
) -> Check {
    Check {
        id,
        group: Group::Cors,
        title,
        severity,
        confidence: Confidence::High,
        needs,
        references,
        text,
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}
