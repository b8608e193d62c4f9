//! `oauthlab.audit/v1`: its own type, so that what programs read does not change with our insides.

use serde::Serialize;

use super::{fingerprint, pretty};
use crate::audit::{AuditReport, CheckResult, Coverage, Exchange};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    issuer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<&'static str>,
    coverage: Counts,
    requests: Requests,
    left_behind: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stale: Vec<Stale<'a>>,
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Stale<'a> {
    check: &'static str,
    why: &'a str,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Counts {
    selected: usize,
    failed: usize,
    accepted: usize,
    passed: usize,
    inconclusive: usize,
    not_applicable: usize,
    skipped: usize,
}

#[derive(Serialize)]
struct Requests {
    sent: usize,
    budget: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'static str,
    title: &'static str,
    group: &'static str,
    severity: &'static str,
    confidence: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    expected: &'a str,
    got: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows_from: Option<&'static str>,
    why: &'static str,
    fix: &'static str,
    references: &'static [&'static str],
    fingerprint: String,
    #[serde(skip_serializing_if = "<[Exchange]>::is_empty")]
    exchanges: &'a [Exchange],
}

pub(super) fn render(report: &AuditReport) -> String {
    let version = env!("CARGO_PKG_VERSION");
    pretty(&Document {
        schema: "oauthlab.audit/v1",
        tool: Tool { name: "oauthlab", version },
        issuer: &report.issuer,
        worst: report.worst().map(crate::audit::Severity::as_str),
        coverage: report.coverage().into(),
        requests: Requests { sent: report.requests, budget: report.budget },
        left_behind: report.left_behind,
        stale: report.stale.iter().map(|one| Stale { check: one.check, why: &one.why }).collect(),
        results: report.results.iter().map(Entry::from).collect(),
    })
}

impl From<Coverage> for Counts {
    fn from(coverage: Coverage) -> Self {
        let Coverage { selected, failed, accepted, passed, inconclusive, not_applicable, skipped } =
            coverage;
        Self { selected, failed, accepted, passed, inconclusive, not_applicable, skipped }
    }
}

impl<'a> From<&'a CheckResult> for Entry<'a> {
    fn from(result: &'a CheckResult) -> Self {
        let (check, judgement) = (result.check, &result.judgement);
        Self {
            id: check.id,
            title: check.title,
            group: check.group.as_str(),
            severity: check.severity.as_str(),
            confidence: check.confidence.as_str(),
            verdict: judgement.verdict.as_str(),
            expected: &judgement.expected,
            got: &judgement.got,
            control: judgement.control.as_deref(),
            accepted: result.accepted.as_deref(),
            follows_from: result.follows_from,
            why: check.text.why,
            fix: check.text.fix,
            references: check.references,
            fingerprint: fingerprint(check.id),
            exchanges: &result.exchanges,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::audit::{Verdict, report_of};

    #[test]
    fn the_document_is_versioned_and_has_no_nulls() {
        let report = report_of(&[("code-race", Verdict::Fail), ("code-reuse", Verdict::Fail)]);
        let text = render(&report);
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["schema"], "oauthlab.audit/v1");
        assert_eq!(document["worst"], "critical");
        assert_eq!(document["coverage"]["failed"], 2);
        assert_eq!(document["results"][0]["follows_from"], "code-reuse");
        assert_eq!(document["results"][1]["verdict"], "fail");
        assert!(!text.contains("null"));
    }
}
