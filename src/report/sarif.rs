//! SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), as code scanning reads it: one
//! rule a check, one result a failure, and what is accepted as a suppression.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{fingerprint, place, pretty};
use crate::audit::{AuditReport, Check, CheckResult, Confidence, Severity, Verdict};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: Identified,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<&'static str>,
    precision: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

#[derive(Serialize)]
struct Identified {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Value; 1],
    partial_fingerprints: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(report: &AuditReport) -> String {
    let rules = report.results.iter().map(|result| Rule::from(result.check));
    let version = env!("CARGO_PKG_VERSION");
    let driver =
        Driver { name: "oauthlab", version, semantic_version: version, rules: rules.collect() };
    let told = report.results.iter().enumerate();
    let told = told
        .filter(|(_, result)| matches!(result.verdict(), Verdict::Fail | Verdict::Inconclusive));
    let run = Run {
        tool: Tool { driver },
        automation_details: Identified { id: "oauthlab-audit/" },
        invocations: [Invocation { execution_successful: true }],
        column_kind: "unicodeCodePoints",
        results: told.map(|(index, result)| finding(report, index, result)).collect(),
    };
    pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

fn finding(report: &AuditReport, rule_index: usize, result: &CheckResult) -> Finding {
    let (check, judgement) = (result.check, &result.judgement);
    let failed = result.verdict() == Verdict::Fail;
    // Code scanning shows the first sentence alone where there is little room.
    let text = format!(
        "{}. At {}, expected: {}. Got: {}.{}",
        if failed { check.title } else { "Nothing is known about this check" },
        report.issuer,
        judgement.expected,
        judgement.got,
        judgement.control.as_ref().map(|c| format!(" Control: {c}.")).unwrap_or_default(),
    );
    let suppression = |reason: &String| Suppression {
        kind: "external",
        status: "accepted",
        justification: reason.clone(),
    };
    let mut partial_fingerprints = Map::new();
    partial_fingerprints.insert("oauthlabCheck/v1".to_owned(), fingerprint(check.id).into());
    partial_fingerprints.insert("primaryLocationLineHash".to_owned(), fingerprint(check.id).into());
    Finding {
        rule_id: check.id,
        rule_index,
        kind: if failed { "fail" } else { "review" },
        // SARIF §3.27.10: a result of another kind than fail has no level.
        level: if failed { level(check.severity) } else { "none" },
        message: Text { text },
        locations: [location(report, check)],
        partial_fingerprints,
        suppressions: result.accepted.iter().map(suppression).collect(),
    }
}

/// Code scanning shows a result at a file of the repository: that of the lab.
fn location(report: &AuditReport, check: &Check) -> Value {
    let at = place::of(report, check);
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": at.file },
            "region": { "startLine": at.line },
        },
        "logicalLocations": [{ "name": check.group.as_str(), "kind": "module" }],
    })
}

impl From<&'static Check> for Rule {
    fn from(check: &'static Check) -> Self {
        let text = &check.text;
        let references = check.references.join(", ");
        Self {
            id: check.id,
            short_description: Text { text: check.title.to_owned() },
            full_description: Text { text: format!("{} {}", text.does, text.why) },
            help: Help {
                text: format!("{}\n\nFix: {}\n\nRead: {references}", text.why, text.fix),
                markdown: format!(
                    "{}\n\n**Fix.** {}\n\n**Read.** {references}\n\n`oauthlab audit --explain {}`",
                    text.why, text.fix, check.id
                ),
            },
            default_configuration: Configuration { level: level(check.severity) },
            properties: Properties {
                tags: vec!["security", "oauth", check.group.as_str()],
                precision: match check.confidence {
                    Confidence::High => "very-high",
                    Confidence::Medium => "high",
                    Confidence::Low => "medium",
                },
                security_severity: security_severity(check.severity),
            },
        }
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The middle of each band in which code scanning sorts severities; info has none.
const fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("3.0"),
        Severity::Info => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::report_of;

    const SUBSET: &str = include_str!("../../fixtures/audit/sarif-subset.json");

    fn rendered(results: &[(&str, Verdict)], accepted: &[usize]) -> Value {
        let mut report = report_of(results);
        for &at in accepted {
            report.results[at].accepted = Some("a lesson".to_owned());
        }
        serde_json::from_str(&render(&report)).unwrap()
    }

    #[test]
    fn the_log_has_what_sarif_requires() {
        let log = rendered(
            &[
                ("code-reuse", Verdict::Fail),
                ("dcr-open", Verdict::Fail),
                ("pkce-downgrade", Verdict::Pass),
                ("refresh-reuse", Verdict::Inconclusive),
            ],
            &[1],
        );
        let subset: Value = serde_json::from_str(SUBSET).unwrap();
        let validator = jsonschema::validator_for(&subset).unwrap();
        assert!(!validator.is_valid(&json!({ "version": "2.1.0", "runs": [{ "tool": {} }] })));
        let errors: Vec<_> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        assert_eq!(results[0]["level"], "error");
        assert_eq!(results[1]["suppressions"][0]["status"], "accepted");
        assert_eq!(results[2]["kind"], "review");
    }

    #[test]
    fn fingerprints_say_nothing_of_host_or_time() {
        let fingerprints = |issuer: &str| {
            let mut report = report_of(&[("code-reuse", Verdict::Fail)]);
            issuer.clone_into(&mut report.issuer);
            let log: Value = serde_json::from_str(&render(&report)).unwrap();
            log["runs"][0]["results"][0]["partialFingerprints"].clone()
        };
        assert_eq!(fingerprints("https://localhost:1"), fingerprints("https://localhost:2"));
    }
}
