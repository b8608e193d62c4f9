//! For people: what failed, by severity, then what is accepted, unknown, and left out.

use std::fmt::Write as _;

use console::Style;

use super::from_the_worst;
use super::words::{self, coverage, decisive, described, followers, is_folded, line};
use crate::audit::{AuditReport, CheckResult, Seeded, Severity, Verdict};

/// Writing to a string cannot fail, so that results of `write!` are dropped below.
pub(super) fn render(report: &AuditReport, colour: bool) -> String {
    let mut out = format!("Audit of {}\n{}\n", line(&report.issuer), coverage(report));
    for severity in from_the_worst() {
        let findings = report.results.iter().filter(|result| {
            result.is_finding() && result.check.severity == severity && !is_folded(report, result)
        });
        for result in findings {
            out.push('\n');
            finding(&mut out, report, result, colour);
        }
    }
    accepted(&mut out, report);
    section(&mut out, report, "Nothing is known", |verdict| verdict == Verdict::Inconclusive);
    section(&mut out, report, "Skipped", |verdict| matches!(verdict, Verdict::Skipped(_)));
    section(&mut out, report, "Not applicable", |verdict| verdict == Verdict::NotApplicable);
    stale(&mut out, report);
    conclusion(&mut out, report);
    out
}

fn finding(out: &mut String, report: &AuditReport, result: &CheckResult, colour: bool) {
    let check = result.check;
    let severity = painted(check.severity, colour);
    let confidence = check.confidence.as_str();
    let _ = writeln!(out, "{severity} {} · confidence {confidence}", check.id);
    let _ = writeln!(out, "  {}", check.title);
    let judgement = &result.judgement;
    let mut field = |name: &str, words: &str| {
        let _ = writeln!(out, "  {name:<9} {}", line(words));
    };
    field("expected", &judgement.expected);
    field("got", &judgement.got);
    if let Some(control) = &judgement.control {
        field("control", control);
    }
    for exchange in decisive(&result.exchanges) {
        field("evidence", &described(exchange));
    }
    field("why", check.text.why);
    field("fix", check.text.fix);
    field("read", &check.references.join(", "));
    if check.seeded == Seeded::Weakness {
        field("try", &format!("oauthlab serve --weaken {}", check.id));
    }
    let folded = followers(report, result);
    match folded.as_slice() {
        [] => {}
        [one] => field("also", &format!("1 more check fails for this reason: {one}")),
        many => {
            let names = many.join(", ");
            field("also", &format!("{} more checks fail for this reason: {names}", many.len()));
        }
    }
}

fn accepted(out: &mut String, report: &AuditReport) {
    let accepted: Vec<_> =
        report.results.iter().filter_map(|r| Some((r, r.accepted.as_ref()?))).collect();
    if accepted.is_empty() {
        return;
    }
    out.push_str("\nAccepted\n");
    for (result, reason) in accepted {
        let (id, severity) = (result.check.id, result.check.severity.as_str());
        let _ = writeln!(out, "  {id} ({severity}): {}. {}", result.check.title, line(reason));
    }
}

fn stale(out: &mut String, report: &AuditReport) {
    if report.stale.is_empty() {
        return;
    }
    out.push_str("\nThe baseline accepts what is not there\n");
    for entry in &report.stale {
        let _ = writeln!(out, "  {}: {}; remove the entry", entry.check, entry.why);
    }
}

fn section(
    out: &mut String,
    report: &AuditReport,
    heading: &str,
    belongs: impl Fn(Verdict) -> bool,
) {
    let results: Vec<_> = report.results.iter().filter(|r| belongs(r.verdict())).collect();
    if results.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}");
    for result in results {
        let _ = writeln!(out, "  {}: {}", result.check.id, line(&result.judgement.got));
    }
}

fn conclusion(out: &mut String, report: &AuditReport) {
    if report.left_behind > 0 {
        let _ = writeln!(out, "\n{} tokens or clients could not be removed", report.left_behind);
    }
    let _ = writeln!(out, "\n{}", words::conclusion(report));
    if let Some(fix) = words::best_fix(report) {
        let _ = writeln!(out, "Begin with {fix}");
    }
}

fn painted(severity: Severity, colour: bool) -> String {
    let style = match severity {
        Severity::Critical | Severity::High => Style::new().red().bold(),
        Severity::Medium => Style::new().yellow().bold(),
        Severity::Low | Severity::Info => Style::new().cyan(),
    };
    let text = severity.as_str().to_ascii_uppercase();
    style.force_styling(colour).apply_to(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::report_of;

    #[test]
    fn findings_stand_by_severity_and_dominated_ones_are_folded() {
        let text = render(
            &report_of(&[
                ("code-race", Verdict::Fail),
                ("code-reuse", Verdict::Fail),
                ("redirect-port", Verdict::Fail),
                ("pkce-downgrade", Verdict::Pass),
                ("refresh-reuse", Verdict::Inconclusive),
            ]),
            false,
        );
        let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in\n{text}"));
        assert!(at("CRITICAL code-reuse") < at("HIGH redirect-port"));
        assert!(!text.contains("HIGH code-race"));
        at("1 more check fails for this reason: code-race");
        at("5 checks: 3 failed, 1 passed, 1 inconclusive, 0 not applicable, 0 skipped");
        at("Nothing is known\n  refresh-reuse: ");
        at("The worst finding is critical.");
        at("try       oauthlab serve --weaken redirect-port");
    }

    #[test]
    fn what_is_accepted_is_said_and_is_no_finding() {
        let mut report = report_of(&[("dcr-open", Verdict::Fail)]);
        report.results[0].accepted = Some("a lesson".to_owned());
        let text = render(&report, false);
        assert!(text.contains("1 failed (1 accepted)"));
        assert!(
            text.contains("Accepted\n  dcr-open (medium): Anyone may register a client. a lesson")
        );
        assert!(text.ends_with("Nothing was found.\n"));
    }

    #[test]
    fn what_a_server_says_does_not_reach_the_terminal_raw() {
        let text = render(&report_of(&[("code-reuse", Verdict::Fail)]), false);
        assert!(!text.contains('\u{1b}'), "{text}");
        let coloured = render(&report_of(&[("code-reuse", Verdict::Fail)]), true);
        assert!(coloured.contains("\u{1b}[31m"));
    }
}
