//! What the wire and the inspector must say of a broken rule.

use oauthlab::protocol::ErrorCode;
use oauthlab::rule::{Docket, Rule};
use serde_json::Value;

use super::super::support::http::Answer;
use super::super::support::lab::{CALLBACK, TestLab, parameter};
use super::{CANARY, Row};

/// In which form a refusal leaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wire {
    /// JSON of RFC 6749 §5.2 or RFC 7591 §3.2.2.
    Json,
    /// A redirect to the registered URI (RFC 6749 §4.1.2.1).
    Redirect,
    /// As a redirect, with parameters in the fragment (OAuth 2.0 Multiple Response Type Encoding
    /// Practices §5).
    Fragment,
    /// A page that states the refusal.
    Page,
    /// A page with the form again.
    Form,
    /// `WWW-Authenticate: Bearer` with an error code (RFC 6750 §3), and JSON.
    Bearer,
    /// `WWW-Authenticate: DPoP` with an error code (RFC 9449 §7.1), and JSON.
    Dpop,
    /// A challenge without any error code (RFC 6750 §3.1).
    Bare,
    /// An answer that does not show the verdict: `{"active":false}`.
    Inactive,
    /// An answer that does not show the verdict: 200 without a body.
    Nothing,
    /// A JSON-RPC error.
    Rpc,
    /// JSON of the inspector, which names the rule.
    Inspector,
}

/// Judges the answer to one row.
#[track_caller]
pub(super) fn judge(lab: &TestLab, docket: &'static Docket, row: &Row, answer: &Answer) {
    let what = format!("{} on {}", row.rule.id, docket.id);
    let record = lab.record_of(answer);
    assert_recorded(&what, docket, row, &record);
    assert_face(lab, &what, row, answer);
    assert_silent(&what, row, answer, &record);
}

/// The inspector names the rule as broken, in the decision of this docket.
#[track_caller]
fn assert_recorded(what: &str, docket: &Docket, row: &Row, record: &Value) {
    let decisions = record["decisions"].as_array().unwrap();
    let Some(decision) = decisions.iter().find(|decision| decision["docket"] == docket.id) else {
        panic!("{what}: no such decision: {record:#}")
    };
    let rulings = decision["rulings"].as_array().unwrap();
    assert_eq!(rulings.len(), docket.rules.len(), "{what}");
    let ruling = rulings.iter().find(|ruling| ruling["rule"] == row.rule.id).unwrap();
    assert_eq!(ruling["verdict"], "broken", "{what}: {decision:#}");
    assert_eq!(decision["refused_by"], row.shown.id, "{what}: {decision:#}");
    for text in ["spec", "stops", "fix", "title"] {
        assert!(ruling[text].as_str().is_some_and(|text| !text.is_empty()), "{what}: {ruling:#}");
    }
}

/// The wire says what the face says.
#[track_caller]
fn assert_face(lab: &TestLab, what: &str, row: &Row, answer: &Answer) {
    let face = &row.shown.face;
    let whole = answer.whole();
    let page = lab.rule_page(face.page);
    match row.wire {
        Wire::Inactive => {
            assert_eq!(answer.status, 200, "{what}: {whole}");
            assert_eq!(answer.text(), r#"{"active":false}"#, "{what}");
        }
        Wire::Nothing => assert_eq!((answer.status, answer.text()), (200, String::new()), "{what}"),
        Wire::Redirect => assert_redirect(lab, what, row.shown, answer, answer.location()),
        Wire::Fragment => {
            assert!(!answer.location().contains('?'), "{what}: {whole}");
            let as_query = answer.location().replacen('#', "?", 1);
            assert_redirect(lab, what, row.shown, answer, &as_query);
        }
        Wire::Json | Wire::Bearer | Wire::Dpop => assert_json(what, row, answer, &page),
        Wire::Bare => {
            assert_eq!(answer.status, 401, "{what}: {whole}");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer"), "{what}: {whole}");
            assert!(!whole.contains("error"), "{what}: {whole}");
        }
        Wire::Page | Wire::Form => {
            assert_eq!(answer.status, face.status, "{what}: {whole}");
            assert!(answer.text().contains(face.description), "{what}: {whole}");
            assert_eq!(answer.header("location"), None, "{what}");
            let form = answer.text().contains("<form");
            assert_eq!(form, matches!(row.wire, Wire::Form), "{what}: {whole}");
        }
        Wire::Rpc => assert_rpc(what, row, answer, &page),
        Wire::Inspector => {
            assert_eq!(answer.status, face.status, "{what}: {whole}");
            assert_eq!(answer.json()["error"], face.error.as_str(), "{what}: {whole}");
            assert_eq!(answer.json()["rule"], row.shown.id, "{what}: {whole}");
        }
    }
}

/// An error of JSON-RPC 2.0.
#[track_caller]
fn assert_rpc(what: &str, row: &Row, answer: &Answer, page: &str) {
    let (face, whole) = (&row.shown.face, answer.whole());
    assert_eq!(answer.status, face.status, "{what}: {whole}");
    let error = &answer.json()["error"];
    assert!(error["code"].is_i64(), "{what}: {whole}");
    assert_eq!(error["message"], face.description, "{what}: {whole}");
    assert_eq!(error["data"]["error_uri"], page, "{what}: {whole}");
}

/// JSON of RFC 6749 §5.2. A proof that will not do is 401 at a resource (RFC 9449 §7.1, §9).
#[track_caller]
fn assert_json(what: &str, row: &Row, answer: &Answer, page: &str) {
    let (face, whole) = (&row.shown.face, answer.whole());
    let status = if matches!(row.wire, Wire::Dpop) { 401 } else { face.status };
    assert_eq!(answer.status, status, "{what}: {whole}");
    let body = answer.json();
    assert_eq!(body["error"], face.error.as_str(), "{what}: {whole}");
    assert_eq!(body["error_description"], face.description, "{what}: {whole}");
    assert_eq!(body["error_uri"], page, "{what}: {whole}");
    assert_eq!(body.as_object().unwrap().len(), 3, "{what}: {whole}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}: {whole}");
    assert_challenge(what, row, answer);
}

/// Who has to authenticate is told how (RFC 9110 §15.5.2, RFC 6750 §3).
#[track_caller]
fn assert_challenge(what: &str, row: &Row, answer: &Answer) {
    let face = &row.shown.face;
    let challenge = answer.header("www-authenticate");
    match row.wire {
        Wire::Bearer | Wire::Dpop => {
            let challenge = challenge.unwrap();
            let scheme = if matches!(row.wire, Wire::Dpop) { "DPoP " } else { "Bearer " };
            assert!(challenge.starts_with(scheme), "{what}: {challenge}");
            let algs = challenge.matches("algs=\"ES256 ").count();
            let at_manage =
                ["manage.", "registration."].iter().any(|of| row.rule.id.starts_with(of));
            assert_eq!(algs, usize::from(!at_manage), "{what}: {challenge}");
            let error = format!("error=\"{}\"", face.error);
            assert!(challenge.contains(&error), "{what}: {challenge}");
            let description = format!("error_description=\"{}\"", face.description);
            assert!(challenge.contains(&description), "{what}: {challenge}");
        }
        // Owed to those who tried the header (RFC 6749 §5.2).
        _ if face.error == ErrorCode::InvalidClient => {
            assert!(challenge.is_none_or(|c| c.starts_with("Basic realm=")), "{what}");
        }
        _ => assert_eq!(challenge, None, "{what}"),
    }
    let retry = answer.header("retry-after").is_some();
    assert_eq!(retry, matches!(answer.status, 429 | 503), "{what}: {}", answer.whole());
}

/// RFC 6749 §4.1.2.1 with `iss` of RFC 9207 §2, at the registered URI.
#[track_caller]
fn assert_redirect(lab: &TestLab, what: &str, shown: &Rule, answer: &Answer, location: &str) {
    assert_eq!(answer.status, 303, "{what}: {}", answer.whole());
    assert!(location.starts_with(&format!("{CALLBACK}?")), "{what}: {location}");
    let face = &shown.face;
    let page = lab.rule_page(face.page);
    for (name, value) in [
        ("error", face.error.as_str()),
        ("error_description", face.description),
        ("error_uri", page.as_str()),
        ("iss", lab.issuer()),
    ] {
        assert_eq!(parameter(location, name).as_deref(), Some(value), "{what}: {location}");
    }
    let state = parameter(location, "state");
    let kept = shown.id != "state.form";
    assert_eq!(state.as_deref(), kept.then_some("the-state"), "{what}: {location}");
    assert_eq!(parameter(location, "code"), None, "{what}: {location}");
}

/// No secret comes back, and no rule that hides behind a shared face.
#[track_caller]
fn assert_silent(what: &str, row: &Row, answer: &Answer, record: &Value) {
    let whole = answer.whole();
    assert!(!whole.contains(CANARY), "{what}: {whole}");
    assert!(!record.to_string().contains(CANARY), "{what}: {record:#}");
    let hidden = row.rule.face.page != row.rule.id;
    assert!(!hidden || !whole.contains(row.rule.id), "{what}: {whole}");
    for inside in ["panicked", ".rs:", "docket", "ruling"] {
        assert!(!whole.contains(inside), "{what}: {whole}");
    }
}
