//! Reports of a real audit: complete, and without anything that could be used.

use oauthlab::audit::{Selection, Severity, Verdict};
use oauthlab::report::{Format, render};
use serde_json::Value;

use super::labs::{Running, data, strict, weak};

const FORMATS: [Format; 7] = [
    Format::Human { colour: false },
    Format::Json,
    Format::Sarif,
    Format::Junit { fail_on: Some(Severity::Info) },
    Format::Github,
    Format::Markdown,
    Format::Html,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_report_holds_a_secret_of_the_lab() {
    let lab = Running::start(weak("pkce-unsupported"), &data()).await;
    let report = lab.audit().await;
    let target = lab.target();
    let mut secrets: Vec<String> =
        target.users.iter().map(|u| u.password.expose().into()).collect();
    let clients = target.clients.iter().map(|client| &client.credentials);
    let credentials = clients.chain(&target.introspector);
    secrets.extend(credentials.filter_map(|c| Some(c.secret.as_ref()?.expose().to_owned())));
    secrets.extend(target.registration_token.iter().map(|token| token.expose().to_owned()));
    assert!(secrets.len() >= 5, "there must be something to look for");
    for format in FORMATS {
        let text = render(&report, format);
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{format:?}");
        }
        // Every JWT begins with a header, every Basic credential with its scheme.
        for start in ["eyJ", "Basic ", "Bearer ey", "code=e", "state=e"] {
            assert!(!text.contains(start), "{format:?}: {start}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_cause_is_told_once_and_counts_in_the_exit_code() {
    let lab = Running::start(weak("pkce-verifier-wrong"), &data()).await;
    let selection = Selection::of(&["pkce".to_owned()], &[]).unwrap();
    let report = lab.audit_of(selection).await;
    assert_eq!(report.exit_code(Some(Severity::Low)), 15);
    let text = render(&report, Format::Human { colour: false });
    assert_eq!(text.matches("CRITICAL").count(), 1, "{text}");
    assert!(text.contains("3 more checks fail for this reason"), "{text}");
    assert!(text.contains("oauthlab serve --weaken pkce-verifier-wrong"), "{text}");
    let json: Value = serde_json::from_str(&render(&report, Format::Json)).unwrap();
    assert_eq!(json["coverage"]["failed"], 4);
    let log: Value = serde_json::from_str(&render(&report, Format::Sarif)).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_says_what_could_not_be_looked_at() {
    let lab = Running::start(strict(), &data()).await;
    let mut target = lab.target();
    target.users.clear();
    target.registration_token = None;
    let report = lab.audit_target(target, Selection::all()).await;
    let coverage = report.coverage();
    assert!(coverage.skipped > 30 && coverage.failed == 0, "{coverage:?}");
    let skipped = |verdict| matches!(verdict, Verdict::Skipped(_));
    let results = report.results.iter().filter(|result| skipped(result.verdict()));
    assert!(results.clone().all(|result| result.judgement.got.starts_with("needs ")));
    let text = render(&report, Format::Human { colour: false });
    assert!(text.contains("code-reuse: needs a confidential client"), "{text}");
}
