//! What answers give away (OWASP ASVS 5.0 13.4, 16.5; RFC 9700 §4.3).

mod debug_endpoints;
mod directory_listing;
mod in_url;
mod log;
mod secret_echo;
mod stack_trace;

use super::{Check, Group, Run, Seeded, Text};
use crate::audit::finding::{Confidence, Need, Severity};

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &debug_endpoints::DEBUG_ENDPOINTS,
    &directory_listing::DIRECTORY_LISTING,
    &in_url::TOKEN_IN_URL,
    &log::LOG_LEAK,
    &secret_echo::SECRET_ECHO,
    &stack_trace::STACK_TRACE,
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
        group: Group::Leak,
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
