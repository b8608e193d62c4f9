//! Endpoints have TLS (RFC 8414 §2).

use serde_json::{Map, Value};
use url::{Host, Url};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static METADATA_INSECURE_ENDPOINT: Check = Check {
    id: "metadata-insecure-endpoint",
    group: Group::Metadata,
    title: "The metadata names an endpoint without TLS",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 8414 §2", "RFC 9700 §2.6"],
    text: Text {
        does: "Looks at every endpoint, jwks_uri and alias of both metadata documents.",
        why: "Codes, secrets and tokens travel in clear to whoever sits between.",
        shown: "A document names an http URL of a host that is not loopback.",
        fix: "Give every endpoint an https URL.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge_both(evidence)) }),
};

fn judge_both(evidence: &Evidence) -> Judgement {
    let documents = [&evidence.oauth.json, &evidence.openid.json];
    let there: Vec<_> = documents.into_iter().flatten().collect();
    if there.is_empty() {
        return Judgement::not_applicable("there is no metadata document");
    }
    judge(&there)
}

fn judge(documents: &[&Map<String, Value>]) -> Judgement {
    let mut insecure = Vec::new();
    for document in documents {
        collect(document, &mut insecure);
    }
    insecure.dedup();
    let got = if insecure.is_empty() { "https everywhere".to_owned() } else { insecure.join("; ") };
    Judgement::read(insecure.is_empty(), "https URLs", got)
}

fn collect(document: &Map<String, Value>, insecure: &mut Vec<String>) {
    for (name, value) in document {
        match value {
            Value::Object(members) => collect(members, insecure),
            Value::String(url) if is_endpoint(name) && is_insecure(url) => {
                insecure.push(format!("{name} {url}"));
            }
            _ => {}
        }
    }
}

fn is_endpoint(name: &str) -> bool {
    name.ends_with("_endpoint") || name == "jwks_uri"
}

fn is_insecure(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !here
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn plain_http_off_loopback_is_found_wherever_it_stands() {
        let verdict = |value: Value| judge(&[value.as_object().unwrap()]).verdict;
        assert_eq!(verdict(json!({ "token_endpoint": "https://a/token" })), Verdict::Pass);
        assert_eq!(verdict(json!({ "token_endpoint": "http://127.0.0.1/token" })), Verdict::Pass);
        assert_eq!(verdict(json!({ "op_policy_uri": "http://a/policy" })), Verdict::Pass);
        assert_eq!(verdict(json!({ "jwks_uri": "http://a/jwks" })), Verdict::Fail);
        let alias = json!({ "mtls_endpoint_aliases": { "token_endpoint": "http://a/token" } });
        assert_eq!(verdict(alias), Verdict::Fail);
    }
}
