//! Markdown: for a pull request, a wiki, or the summary of a workflow's step.

use std::fmt::Write as _;

use super::from_the_worst;
use super::words::{
    best_fix, conclusion, coverage, decisive, described, followers, is_folded, line,
};
use crate::audit::{AuditReport, CheckResult, Severity, Verdict};

/// Writing to a string cannot fail, so that results of `write!` are dropped below.
pub(super) fn render(report: &AuditReport) -> String {
    let mut out = format!("# Audit of {}\n\n", code(&report.issuer));
    let _ = writeln!(out, "{} {}\n", conclusion(report), coverage(report));
    if let Some(fix) = best_fix(report) {
        let _ = writeln!(out, "**Begin with** {}\n", text(&fix));
    }
    table(&mut out, report);
    for severity in from_the_worst() {
        for result in told(report, severity) {
            finding(&mut out, report, result);
        }
    }
    let others = [
        (
            "Accepted",
            Box::new(|r: &CheckResult| r.accepted.is_some()) as Box<dyn Fn(&CheckResult) -> bool>,
        ),
        ("Nothing is known", Box::new(|r| r.verdict() == Verdict::Inconclusive)),
        ("Skipped", Box::new(|r| matches!(r.verdict(), Verdict::Skipped(_)))),
        ("Not applicable", Box::new(|r| r.verdict() == Verdict::NotApplicable)),
    ];
    for (heading, belongs) in others {
        section(&mut out, report, heading, &*belongs);
    }
    if !report.stale.is_empty() {
        out.push_str("## The baseline accepts what is not there\n\n");
        for entry in &report.stale {
            let _ = writeln!(out, "- `{}`: {}; remove the entry", entry.check, entry.why);
        }
        out.push('\n');
    }
    out
}

/// The findings of a severity that are told on their own.
fn told(report: &AuditReport, severity: Severity) -> impl Iterator<Item = &CheckResult> {
    report.results.iter().filter(move |result| {
        result.is_finding() && result.check.severity == severity && !is_folded(report, result)
    })
}

fn table(out: &mut String, report: &AuditReport) {
    if from_the_worst().all(|severity| told(report, severity).next().is_none()) {
        return;
    }
    out.push_str("| severity | check | what is wrong |\n|---|---|---|\n");
    for severity in from_the_worst() {
        for result in told(report, severity) {
            let check = result.check;
            let _ = writeln!(out, "| {} | `{}` | {} |", severity.as_str(), check.id, check.title);
        }
    }
    out.push('\n');
}

fn finding(out: &mut String, report: &AuditReport, result: &CheckResult) {
    let (check, judgement) = (result.check, &result.judgement);
    let _ = writeln!(out, "## {} · {}\n", check.id, check.severity.as_str());
    let _ = writeln!(out, "{}. {}\n", check.title, check.text.why);
    let _ = writeln!(out, "- **Expected** {}", code(&judgement.expected));
    let _ = writeln!(out, "- **Got** {}", code(&judgement.got));
    if let Some(control) = &judgement.control {
        let _ = writeln!(out, "- **Control** {}", code(control));
    }
    let _ = writeln!(out, "- **Fix** {}", check.text.fix);
    let _ = writeln!(out, "- **Read** {}", check.references.join(", "));
    let folded = followers(report, result);
    if !folded.is_empty() {
        let _ = writeln!(out, "- **Also fails for this reason** {}", folded.join(", "));
    }
    let shown = decisive(&result.exchanges);
    if !shown.is_empty() {
        out.push_str("\n<details><summary>Evidence</summary>\n\n");
        for exchange in shown {
            let _ = writeln!(out, "- {}", code(&described(exchange)));
        }
        out.push_str("\n</details>\n");
    }
    out.push('\n');
}

fn section(
    out: &mut String,
    report: &AuditReport,
    heading: &str,
    belongs: &dyn Fn(&CheckResult) -> bool,
) {
    let mut results = report.results.iter().filter(|result| belongs(result)).peekable();
    if results.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "## {heading}\n");
    for result in results {
        let why = result.accepted.as_deref().unwrap_or(&result.judgement.got);
        let _ = writeln!(out, "- `{}`: {}", result.check.id, text(why));
    }
    out.push('\n');
}

/// Untrusted text as a code span: no backtick can end it, no markup is read in it.
fn code(untrusted: &str) -> String {
    let clean = line(untrusted).replace('`', "\u{2019}");
    if clean.is_empty() { String::new() } else { format!("`{clean}`") }
}

/// Untrusted text among ours: no markup, no HTML, no mention of a person.
fn text(untrusted: &str) -> String {
    let mut out = String::new();
    for c in line(untrusted).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.push_str("&#64;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::report_of;

    #[test]
    fn findings_stand_in_a_table_and_one_by_one() {
        let report = report_of(&[
            ("code-race", Verdict::Fail),
            ("code-reuse", Verdict::Fail),
            ("pkce-downgrade", Verdict::Pass),
            ("redirect-port", Verdict::Inconclusive),
        ]);
        let markdown = render(&report);
        assert!(markdown.starts_with("# Audit of `https://localhost:9443`\n"), "{markdown}");
        assert!(markdown.contains("| critical | `code-reuse` | "));
        assert!(!markdown.contains("## code-race"));
        assert!(markdown.contains("**Also fails for this reason** code-race"));
        assert!(markdown.contains("**Begin with** code-reuse closes 2 findings"));
        assert!(markdown.contains("## Nothing is known\n\n- `redirect-port`: "));
    }

    #[test]
    fn what_a_server_says_is_no_markup() {
        assert_eq!(code("a`b<script>"), "`a\u{2019}b<script>`");
        assert_eq!(text("<b>*x* @all [y](z)"), "&lt;b&gt;\\*x\\* &#64;all \\[y\\](z)");
        let report = report_of(&[("code-reuse", Verdict::Inconclusive)]);
        assert!(!render(&report).contains("<token>"));
    }
}
