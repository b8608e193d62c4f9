//! Both metadata documents say the same, under names that belong together (RFC 8414 §5, §6.2).

use serde_json::Value;
use url::Url;

use super::super::{Check, Group, Seeded, Text};
use super::documents;
use crate::audit::evidence::{Document, Evidence};
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static METADATA_DOCUMENTS_DISAGREE: Check = Check {
    id: "metadata-documents-disagree",
    group: Group::Metadata,
    title: "The two metadata documents disagree",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 8414 §5"],
    text: Text {
        does: "Compares endpoints, keys, challenge methods and authentication methods of the OAuth document with those of the OpenID Connect document.",
        why: "Which protections a client uses then depends on where it looked: the other document is the one that nobody keeps up to date.",
        shown: "A member that both documents have differs.",
        fix: "Serve both documents from one source.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge(&evidence.oauth, &evidence.openid)) }),
};

pub(in crate::audit::check) static METADATA_FOREIGN_HOST: Check = Check {
    id: "metadata-foreign-host",
    group: Group::Metadata,
    title: "The metadata names an endpoint at an unrelated host",
    severity: Severity::Low,
    confidence: Confidence::Low,
    needs: &[],
    references: &["RFC 8414 §6.2", "RFC 9700 §4.4"],
    text: Text {
        does: "Compares the host of every endpoint, of the key set and of the session frame with the host of the issuer.",
        why: "An endpoint elsewhere may be meant so, or be a slip of configuration that sends codes and secrets to strangers.",
        shown: "A URL of the metadata is at a host that shares no domain with the issuer.",
        fix: "Serve the endpoints under the issuer's own domain, or accept this finding with the reason.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge_hosts(evidence)) }),
};

/// What clients act upon. The issuer itself is judged by a check of its own.
const COMPARED: &[&str] = &[
    "authorization_endpoint",
    "code_challenge_methods_supported",
    "device_authorization_endpoint",
    "end_session_endpoint",
    "grant_types_supported",
    "introspection_endpoint",
    "jwks_uri",
    "pushed_authorization_request_endpoint",
    "registration_endpoint",
    "require_pushed_authorization_requests",
    "response_types_supported",
    "revocation_endpoint",
    "token_endpoint",
    "token_endpoint_auth_methods_supported",
    "userinfo_endpoint",
];

fn judge(oauth: &Document, openid: &Document) -> Judgement {
    let (Some(one), Some(other)) = (&oauth.json, &openid.json) else {
        return Judgement::not_applicable("there are no two documents");
    };
    let differs = |name: &&&str| match (one.get(**name), other.get(**name)) {
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            one.len() != other.len() || one.iter().any(|value| !other.contains(value))
        }
        (Some(one), Some(other)) => one != other,
        // A member of one kind of server alone may stand in one document alone.
        (None, _) | (_, None) => false,
    };
    let bad: Vec<&str> = COMPARED.iter().filter(differs).copied().collect();
    let got = if bad.is_empty() { "they agree".to_owned() } else { bad.join(", ") };
    Judgement::read(bad.is_empty(), "the same in both documents", got)
}

fn judge_hosts(evidence: &Evidence) -> Judgement {
    let there = documents(evidence);
    let host = Url::parse(&evidence.issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    let (Some(host), false) = (host, there.is_empty()) else {
        return Judgement::not_applicable("there is no metadata document");
    };
    let mut foreign: Vec<String> =
        there.iter().flat_map(|document| foreign(document, &host)).collect();
    foreign.sort_unstable();
    foreign.dedup();
    let got = if foreign.is_empty() { host } else { foreign.join("; ") };
    Judgement::read(foreign.is_empty(), "hosts of the issuer's domain", got)
}

fn foreign(document: &Document, issuer: &str) -> Vec<String> {
    let members = document.json.iter().flatten();
    let named = members.filter(|(name, _)| {
        name.ends_with("_endpoint") || ["jwks_uri", "check_session_iframe"].contains(&name.as_str())
    });
    let elsewhere = |(name, value): (&String, &Value)| {
        let url = Url::parse(value.as_str()?).ok()?;
        let host = url.host_str()?;
        (!related(host, issuer)).then(|| format!("{name} at {host}"))
    };
    named.filter_map(elsewhere).collect()
}

/// Whether two hosts are the same, one is below the other, or both are below one name of at least
/// two labels.
fn related(one: &str, other: &str) -> bool {
    let below =
        |host: &str, name: &str| host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    let domain = |host: &str| {
        let numeric =
            host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let mut labels = host.rsplit('.');
        let (top, second) = (labels.next()?, labels.next()?);
        (!numeric).then(|| format!("{second}.{top}"))
    };
    one == other
        || below(one, other)
        || below(other, one)
        || domain(one).is_some_and(|shared| Some(shared) == domain(other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::evidence::document_of;
    use crate::audit::finding::Verdict;

    #[test]
    fn documents_agree_member_by_member_and_lists_in_any_order() {
        let one = json!({ "token_endpoint": "https://a/t", "grant_types_supported": ["a", "b"] });
        let verdict = |other: Value| judge(&document_of(&one), &document_of(&other)).verdict;
        assert_eq!(verdict(json!({ "grant_types_supported": ["b", "a"], "x": 1 })), Verdict::Pass);
        assert_eq!(verdict(json!({ "grant_types_supported": ["a"] })), Verdict::Fail);
        assert_eq!(verdict(json!({ "token_endpoint": "https://a/old" })), Verdict::Fail);
        assert_eq!(judge(&document_of(&one), &Document::default()).verdict, Verdict::NotApplicable);
    }

    #[test]
    fn hosts_are_related_by_their_domain() {
        for (one, other) in [
            ("a.example.com", "a.example.com"),
            ("mtls.a.example.com", "a.example.com"),
            ("login.example.com", "api.example.com"),
            ("localhost", "localhost"),
        ] {
            assert!(related(one, other), "{one} {other}");
        }
        for (one, other) in
            [("a.example", "b.example"), ("localhost", "a.example"), ("10.0.0.1", "11.0.0.1")]
        {
            assert!(!related(one, other), "{one} {other}");
        }
    }

    #[test]
    fn endpoints_keys_and_frames_are_looked_at() {
        let document = document_of(&json!({
            "token_endpoint": "https://a.test/t",
            "check_session_iframe": "https://b.test/s",
            "op_policy_uri": "https://c.test/p",
        }));
        assert_eq!(foreign(&document, "a.test"), ["check_session_iframe at b.test"]);
    }
}
