//! Workflow commands of GitHub Actions: an annotation for each finding. The summary of the step is
//! the Markdown report, which the command line appends to the file that the runner names.

use std::fmt::Write as _;

use super::words::{conclusion, coverage, followers, is_folded, line};
use super::{from_the_worst, place};
use crate::audit::{AuditReport, CheckResult, Severity, Verdict};

/// Writing to a string cannot fail, so that results of `write!` are dropped below.
pub(super) fn render(report: &AuditReport) -> String {
    let mut out = String::new();
    for severity in from_the_worst() {
        let findings = report.results.iter().filter(|result| {
            result.is_finding() && result.check.severity == severity && !is_folded(report, result)
        });
        for result in findings {
            annotate(&mut out, report, result);
        }
    }
    for result in report.results.iter().filter(|r| r.verdict() == Verdict::Inconclusive) {
        let title = property(&format!("{}: nothing is known", result.check.id));
        let _ = writeln!(out, "::notice title={title}::{}", message(&result.judgement.got));
    }
    for entry in &report.stale {
        let title = property(&format!("{}: stale in the baseline", entry.check));
        let _ = writeln!(out, "::warning title={title}::{}", message(&entry.why));
    }
    let _ = writeln!(out, "{} {}", conclusion(report), line(&coverage(report)));
    out
}

fn annotate(out: &mut String, report: &AuditReport, result: &CheckResult) {
    let (check, judgement) = (result.check, &result.judgement);
    let kind = match check.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let title = property(&format!("{} ({})", check.id, check.severity.as_str()));
    let at = place::of(report, check);
    let (file, row) = (property(&at.file), at.line);
    let mut text = format!(
        "{}. Expected: {}. Got: {}.\nFix: {}",
        check.title, judgement.expected, judgement.got, check.text.fix
    );
    let folded = followers(report, result);
    if !folded.is_empty() {
        let _ = write!(text, "\nAlso fails for this reason: {}", folded.join(", "));
    }
    let _ = writeln!(out, "::{kind} file={file},line={row},title={title}::{}", message(&text));
}

/// Text behind the second pair of colons. A line break would begin a command of its own.
fn message(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|part| line(part).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// The value of a property, in which colons and commas have a meaning.
fn property(text: &str) -> String {
    line(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::report_of;

    #[test]
    fn each_finding_is_one_line_and_no_answer_is_a_command() {
        let mut report = report_of(&[
            ("code-race", Verdict::Fail),
            ("code-reuse", Verdict::Fail),
            ("dcr-open", Verdict::Fail),
            ("pkce-downgrade", Verdict::Inconclusive),
        ]);
        report.results[1].judgement.got = "50%\n::add-mask::x\r::stop-commands::y".to_owned();
        report.results[2].accepted = Some("a lesson".to_owned());
        let text = render(&report);
        let commands: Vec<_> = text.lines().filter(|line| line.starts_with("::")).collect();
        assert_eq!(commands.len(), 2, "{text}");
        assert!(
            commands[0]
                .starts_with("::error file=oauthlab.yaml,line=1,title=code-reuse (critical)::")
        );
        assert!(commands[0].contains("50%25%0A::add-mask::x\\u{d}::stop"), "{text}");
        assert!(commands[1].starts_with("::notice title=pkce-downgrade%3A nothing is known::"));
    }
}
