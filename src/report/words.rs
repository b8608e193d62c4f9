//! Words that several reports share, and untrusted text made harmless.

use std::fmt::Write as _;

use crate::audit::{AuditReport, CheckResult, Exchange};
use crate::protocol::deceives;

/// At most this many exchanges of a finding are shown: the last ones, where it was decided.
const EXCHANGES: usize = 4;

/// `64 checks: 2 failed (1 accepted), 60 passed, …`.
pub(super) fn coverage(report: &AuditReport) -> String {
    let c = report.coverage();
    let mut line = format!("{} checks: {} failed", c.selected, c.failed);
    if c.accepted > 0 {
        let _ = write!(line, " ({} accepted)", c.accepted);
    }
    let _ = write!(line, ", {} passed, {} inconclusive", c.passed, c.inconclusive);
    let _ = write!(line, ", {} not applicable, {} skipped", c.not_applicable, c.skipped);
    let _ = write!(line, " · {} of at most {} requests", report.requests, report.budget);
    line
}

/// What it comes to, in one sentence.
pub(super) fn conclusion(report: &AuditReport) -> String {
    match (report.worst(), report.coverage().inconclusive) {
        (Some(worst), _) => format!("The worst finding is {}.", worst.as_str()),
        (None, 0) => "Nothing was found.".to_owned(),
        (None, unknown) => format!("Nothing was found, but {unknown} checks found nothing out."),
    }
}

/// The repair that closes most findings, if one closes more than its own.
pub(super) fn best_fix(report: &AuditReport) -> Option<String> {
    let findings = report.results.iter().filter(|result| result.is_finding());
    let (best, closed) = findings
        .map(|result| (result, followers(report, result).len()))
        .max_by_key(|(result, closed)| (*closed, result.check.severity))?;
    (closed > 0).then(|| {
        format!("{} closes {} findings: {}", best.check.id, closed + 1, best.check.text.fix)
    })
}

/// The findings that fail because this one does.
pub(super) fn followers(report: &AuditReport, result: &CheckResult) -> Vec<&'static str> {
    let follow = |other: &&CheckResult| other.follows_from == Some(result.check.id);
    report.results.iter().filter(follow).map(|other| other.check.id).collect()
}

/// Whether a failure is told at the one that it follows from; not if that is accepted.
pub(super) fn is_folded(report: &AuditReport, result: &CheckResult) -> bool {
    let cause = result.follows_from;
    report.results.iter().any(|other| Some(other.check.id) == cause && other.is_finding())
}

/// The exchanges in which it was decided.
pub(super) fn decisive(exchanges: &[Exchange]) -> &[Exchange] {
    let from = exchanges.len().saturating_sub(EXCHANGES);
    exchanges.get(from..).unwrap_or_default()
}

/// `POST https://… [grant_type=…] → 400 invalid_grant`.
pub(super) fn described(exchange: &Exchange) -> String {
    let mut text = format!("{} {}", exchange.method, exchange.url);
    if !exchange.form.is_empty() {
        let fields: Vec<_> =
            exchange.form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = write!(text, " [{}]", fields.join(" "));
    }
    let status = exchange.status.map_or_else(|| "no answer".to_owned(), |code| code.to_string());
    let _ = write!(text, " → {status}");
    if let Some(said) = &exchange.said {
        let _ = write!(text, " {said}");
    }
    text
}

/// Untrusted text on one line: what could pose as something else becomes a visible escape.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if deceives(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Verdict, report_of};

    #[test]
    fn the_best_fix_is_the_one_that_closes_most() {
        let many = [("code-race", Verdict::Fail), ("code-reuse", Verdict::Fail)];
        let told = best_fix(&report_of(&many)).unwrap();
        assert!(told.starts_with("code-reuse closes 2 findings: "), "{told}");
        assert_eq!(best_fix(&report_of(&[("code-reuse", Verdict::Fail)])), None);
        let mut accepted = report_of(&many);
        accepted.results[1].accepted = Some("a lesson".to_owned());
        assert_eq!(best_fix(&accepted), None);
    }

    #[test]
    fn what_poses_as_something_else_is_escaped() {
        assert_eq!(line("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
    }
}
