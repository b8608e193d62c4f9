//! Limits on guessing and flooding (RFC 6749 §10.10, RFC 8628 §5.1). What counts against accounts
//! and clients is run last, one check after the other, and only where the operator allows it.

mod client_secret;
mod enumeration;
mod login;

use super::{Check, Group, Run, Seeded, Text};
use crate::audit::finding::{Confidence, Need, Severity};

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &client_secret::CLIENT_BRUTEFORCE,
    &enumeration::USER_ENUMERATION,
    &login::LOGIN_BRUTEFORCE,
    &login::RATE_LIMIT_BYPASS,
];

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
        group: Group::RateLimit,
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
