//! The metadata does not follow what a request says about its host (RFC 9700 §4.13).

use http::HeaderName;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble};

pub(in crate::audit::check) static METADATA_HOST_INJECTION: Check = Check {
    id: "metadata-host-injection",
    group: Group::Metadata,
    title: "A request's headers change the URLs of the metadata",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 9700 §4.13"],
    text: Text {
        does: "Asks for the metadata with another name in Host, Forwarded and the X-Forwarded headers, and with another scheme.",
        why: "A poisoned cache, or a proxy that passes such headers on, sends clients with their codes and secrets to the attacker's endpoints.",
        shown: "The document contains the name that the request brought, or turned from https to http.",
        fix: "Write the issuer's URL into the configuration, and build every URL from it, never from the request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const NAME: &str = "canary.attacker.example";

/// The headers that servers are known to believe, one request each.
const PROBES: &[(&str, &[(&str, &str)])] = &[
    ("Host", &[("host", NAME)]),
    ("X-Forwarded-Host", &[("x-forwarded-host", NAME)]),
    ("Forwarded", &[("forwarded", "host=canary.attacker.example;proto=http")]),
    ("X-Forwarded-Proto", &[("x-forwarded-proto", "http")]),
    (
        "older names",
        &[
            ("x-host", NAME),
            ("x-original-host", NAME),
            ("x-forwarded-server", NAME),
            ("x-rewrite-url", "https://canary.attacker.example/"),
        ],
    ),
];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let there =
        [&evidence.oauth, &evidence.openid].into_iter().filter(|document| document.is_there());
    let urls: Vec<_> = there.map(|document| document.url.as_str()).collect();
    if urls.is_empty() {
        return Ok(Judgement::not_applicable("there is no metadata document"));
    }
    let mut bracket = Bracket::new("the same URLs, whatever a request says about its host");
    for url in urls {
        let plain = probe.send(Request::get(url)).await?;
        bracket.control(format!("{url} as it is"), plain.access_outcome());
        probe.step("probe");
        for (what, headers) in PROBES {
            let mut request = Request::get(url);
            for (name, value) in *headers {
                request = request.header(HeaderName::from_static(name), *value);
            }
            let outcome = match probe.send(request).await {
                Ok(answer) => judge(&plain, &answer),
                // A server that hangs up on a name that is not its own believes nothing.
                Err(Trouble::Fetch(error)) => Outcome::Refused(error.to_string()),
                Err(trouble) => return Err(trouble),
            };
            bracket.probe(format!("{what} at {url}"), outcome);
        }
    }
    Ok(bracket.judge())
}

/// Accepted when the document followed the request.
fn judge(plain: &Answer, probed: &Answer) -> Outcome {
    let (before, after) = (plain.text(), probed.text());
    if after.contains(NAME) && !before.contains(NAME) {
        return Outcome::Accepted(format!("{} with the name of the request", probed.status()));
    }
    if is_insecure(&after) && !is_insecure(&before) {
        return Outcome::Accepted(format!("{} with http URLs", probed.status()));
    }
    match probed.status() {
        429 | 500..=599 => Outcome::Unclear(probed.summary()),
        _ => Outcome::Refused(format!("{}, unchanged", probed.status())),
    }
}

fn is_insecure(text: &str) -> bool {
    text.contains("\"http:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn a_document_follows_when_it_has_the_name_or_loses_its_scheme() {
        let plain = answer_of(200, &[], r#"{"issuer":"https://a"}"#);
        let accepted =
            |status, body: &str| judge(&plain, &answer_of(status, &[], body)).is_accepted();
        assert!(accepted(200, r#"{"issuer":"https://canary.attacker.example"}"#));
        assert!(accepted(200, r#"{"issuer":"http://a"}"#));
        assert!(!accepted(200, r#"{"issuer":"https://a"}"#));
        assert!(!accepted(400, ""));
        let fault = judge(&plain, &answer_of(503, &[], ""));
        assert!(matches!(fault, Outcome::Unclear(_)));
    }

    #[test]
    fn every_header_of_the_table_can_be_sent() {
        for (_, headers) in PROBES {
            for (name, value) in *headers {
                assert!(HeaderName::from_bytes(name.as_bytes()).is_ok(), "{name}");
                assert!(http::HeaderValue::from_str(value).is_ok(), "{value}");
            }
        }
    }
}
