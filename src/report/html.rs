//! One HTML page without anything from outside and without a script: for people who look, print or
//! send a report. What a server said is text in it, never markup: askama escapes it.

use askama::Template;

use super::from_the_worst;
use super::words::{best_fix, conclusion, coverage, described, followers, is_folded, line};
use crate::audit::{AuditReport, CheckResult, Coverage, Group, Verdict};

#[derive(Template)]
#[template(path = "report/audit.html")]
struct Page {
    issuer: String,
    conclusion: String,
    coverage: String,
    best_fix: Option<String>,
    version: &'static str,
    findings: Vec<Finding>,
    groups: Vec<Row>,
    sections: Vec<Section>,
}

struct Finding {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    confidence: &'static str,
    why: &'static str,
    fix: &'static str,
    expected: String,
    got: String,
    control: String,
    references: String,
    also: String,
    evidence: Vec<(&'static str, String)>,
}

/// How a group fared.
struct Row {
    name: &'static str,
    count: Coverage,
}

struct Section {
    heading: &'static str,
    entries: Vec<(&'static str, String)>,
}

/// The template has no step that can fail, and writing to a string cannot.
pub(super) fn render(report: &AuditReport) -> String {
    let findings = from_the_worst().flat_map(|severity| {
        report.results.iter().filter(move |result| {
            result.is_finding() && result.check.severity == severity && !is_folded(report, result)
        })
    });
    let page = Page {
        issuer: line(&report.issuer),
        conclusion: conclusion(report),
        coverage: coverage(report),
        best_fix: best_fix(report),
        version: env!("CARGO_PKG_VERSION"),
        findings: findings.map(|result| finding(report, result)).collect(),
        groups: groups(report),
        sections: sections(report),
    };
    page.render().unwrap_or_default()
}

fn finding(report: &AuditReport, result: &CheckResult) -> Finding {
    let (check, judgement) = (result.check, &result.judgement);
    let evidence = result.exchanges.iter();
    Finding {
        id: check.id,
        title: check.title,
        severity: check.severity.as_str(),
        confidence: check.confidence.as_str(),
        why: check.text.why,
        fix: check.text.fix,
        expected: line(&judgement.expected),
        got: line(&judgement.got),
        control: line(judgement.control.as_deref().unwrap_or_default()),
        references: check.references.join(", "),
        also: followers(report, result).join(", "),
        evidence: evidence.map(|one| (one.step, line(&described(one)))).collect(),
    }
}

fn groups(report: &AuditReport) -> Vec<Row> {
    let mut groups: Vec<Group> = report.results.iter().map(|result| result.check.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let row = |group: Group| {
        let mut count = Coverage::default();
        for result in report.results.iter().filter(|result| result.check.group == group) {
            count.add(result);
        }
        Row { name: group.as_str(), count }
    };
    groups.into_iter().map(row).collect()
}

fn sections(report: &AuditReport) -> Vec<Section> {
    let entries = |belongs: &dyn Fn(&CheckResult) -> bool| -> Vec<(&'static str, String)> {
        let results = report.results.iter().filter(|result| belongs(result));
        let told = |result: &CheckResult| {
            let why = result.accepted.as_deref().unwrap_or(&result.judgement.got);
            (result.check.id, line(why))
        };
        results.map(told).collect()
    };
    let all = [
        ("Accepted", entries(&|result| result.accepted.is_some())),
        ("Nothing is known", entries(&|result| result.verdict() == Verdict::Inconclusive)),
        ("Skipped", entries(&|result| matches!(result.verdict(), Verdict::Skipped(_)))),
        ("Not applicable", entries(&|result| result.verdict() == Verdict::NotApplicable)),
        ("Passed", entries(&|result| result.verdict() == Verdict::Pass)),
    ];
    let stale = report.stale.iter().map(|entry| (entry.check, entry.why.clone())).collect();
    let all = all.into_iter().chain([("The baseline accepts what is not there", stale)]);
    let filled = all.filter(|(_, entries)| !entries.is_empty());
    filled.map(|(heading, entries)| Section { heading, entries }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::report_of;

    fn page() -> String {
        let mut report = report_of(&[
            ("code-race", Verdict::Fail),
            ("code-reuse", Verdict::Fail),
            ("dcr-open", Verdict::Fail),
            ("pkce-downgrade", Verdict::Pass),
            ("redirect-port", Verdict::Inconclusive),
        ]);
        report.results[2].accepted = Some("a lesson".to_owned());
        render(&report)
    }

    #[test]
    fn the_page_stands_alone() {
        let page = page();
        for outside in ["http-equiv=\"refresh\"", "<script", "<link", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        for words in ["<html lang=\"en\">", "<main", "<h1>", "code-reuse", "a lesson", "<caption>"]
        {
            assert!(page.contains(words), "{words}\n{page}");
        }
    }

    #[test]
    fn what_a_server_says_is_text() {
        let page = page();
        assert!(!page.contains("<token>") && page.contains("&#60;token&#62;"), "{page}");
        assert!(!page.contains('\u{1b}'));
    }
}
