//! Redirect URIs that no client should be able to register (RFC 7591 §5, RFC 9700 §2.6, RFC 6749
//! §3.1.2). One row, one kind.

use serde_json::{Value, json};

use super::took;
use crate::audit::check::{Check, Group, Running, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Trouble};

const FIX: &str = "Take https with a host and a path, http on loopback only, and reversed domain names as private-use schemes; no fragments, no wildcards, nothing relative. Judge the parsed URI, and keep its exact bytes.";

/// One row.
const fn row(
    (id, title): (&'static str, &'static str),
    (severity, references): (Severity, &'static [&'static str]),
    (does, why): (&'static str, &'static str),
    run: crate::audit::check::Run,
) -> Check {
    Check {
        id,
        group: Group::Registration,
        title,
        severity,
        confidence: Confidence::High,
        needs: &[Need::Registration],
        references,
        text: Text {
            does,
            why,
            shown: "The client was registered, and the answer names such a redirect URI.",
            fix: FIX,
        },
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

pub(super) static DCR_SCRIPT_SCHEME: Check = row(
    ("dcr-script-scheme", "A redirect URI that runs script can be registered"),
    (Severity::Critical, &["RFC 7591 §5", "RFC 6749 §10.15"]),
    (
        "Registers javascript:, data:, vbscript: and file: URIs, in mixed case, and with blanks and tabs that browsers take out.",
        "The server sends the user's browser there after the login: the script runs with the page that holds the session.",
    ),
    |probe, evidence| run(probe, evidence, SCRIPTS),
);

pub(super) static DCR_HTTP_REDIRECT: Check = row(
    ("dcr-http-redirect", "A redirect URI without TLS can be registered"),
    (Severity::High, &["RFC 9700 §2.6"]),
    (
        "Registers an http URI on a host that is not this machine.",
        "The code travels in clear, and everybody on the way reads it.",
    ),
    |probe, evidence| run(probe, evidence, INSECURE),
);

pub(super) static DCR_WILDCARD_FRAGMENT: Check = row(
    (
        "dcr-wildcard-fragment",
        "A redirect URI with a wildcard, a fragment or no host can be registered",
    ),
    (Severity::High, &["RFC 6749 §3.1.2", "RFC 9700 §2.1"]),
    (
        "Registers URIs with a wildcard in host and path, with a fragment, and a relative one.",
        "What is not one exact place admits many: a stranger's page below the pattern receives the code.",
    ),
    |probe, evidence| run(probe, evidence, PATTERNS),
);

const SCRIPTS: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt://app.audit.example/%0aalert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
];
const INSECURE: &[&str] = &["http://app.audit.example/callback"];
const PATTERNS: &[&str] = &[
    "https://*.audit.example/callback",
    "https://app.audit.example/*",
    "https://app.audit.example/callback#fragment",
    "/callback",
];

fn run<'a>(
    probe: &'a Probe,
    evidence: &'a Evidence,
    variants: &'static [&'static str],
) -> Running<'a> {
    Box::pin(async move {
        let mut bracket = Bracket::new("400 invalid_redirect_uri");
        probe.step("control");
        bracket.control("a good redirect URI", evidence.registers(probe).await?);
        probe.step("probe");
        for variant in variants {
            let changes = json!({ "redirect_uris": [variant] });
            let answer = evidence.try_register(probe, &changes).await?;
            bracket.probe(*variant, took(&answer, "redirect_uris", |uri| is_same(uri, variant)));
        }
        Ok(bracket.judge())
    })
}

/// A browser takes blanks and control characters out of a scheme, and does not mind its case.
fn is_same(one: &str, other: &str) -> bool {
    let bare = |uri: &str| -> String {
        let kept = uri.chars().filter(|c| !c.is_whitespace() && !c.is_control());
        kept.map(|c| c.to_ascii_lowercase()).collect()
    };
    bare(one) == bare(other)
}

pub(super) static DCR_NO_REDIRECTS: Check = Check {
    id: "dcr-no-redirects",
    group: Group::Registration,
    title: "A client of the code grant can be registered without a redirect URI",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Registration],
    references: &["RFC 7591 §5", "RFC 7591 §2"],
    text: Text {
        does: "Registers clients of the authorization code grant with an empty list of redirect URIs, and with none.",
        why: "A server that knows no redirect URI of a client has nothing to compare with: in the end any will do.",
        shown: "The client was registered for the authorization code grant.",
        fix: "Require redirect_uris of every client whose grants end in a redirect.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(no_redirects(probe, evidence)),
};

async fn no_redirects(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("400 invalid_redirect_uri");
    probe.step("control");
    bracket.control("with a redirect URI", evidence.registers(probe).await?);
    probe.step("probe");
    for (what, value) in [("an empty list", json!([])), ("no list", Value::Null)] {
        let answer = evidence.try_register(probe, &json!({ "redirect_uris": value })).await?;
        bracket.probe(what, for_codes(&answer));
    }
    Ok(bracket.judge())
}

/// Whether the registered client may use the code grant, with no redirect URI to go to.
fn for_codes(answer: &Answer) -> Outcome {
    let said: Option<Value> = answer.is_success().then(|| answer.json()).flatten();
    let Some(said) = said else { return answer.access_outcome() };
    let given = said["redirect_uris"].as_array().is_some_and(|all| !all.is_empty());
    let code = |all: &Vec<Value>| all.iter().any(|grant| grant == "authorization_code");
    // RFC 7591 §2: what is not said is the code grant alone.
    let grants = said["grant_types"].as_array().is_none_or(code);
    if grants && !given {
        Outcome::Accepted(format!("{}, for authorization_code", answer.status()))
    } else {
        Outcome::Refused(format!("{}, but not for that", answer.status()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn spellings_that_a_browser_takes_for_one_are_one() {
        assert!(is_same("java\tscript:alert(1)", "JavaScript:alert(1)"));
        assert!(!is_same(
            "https://app.audit.example/callback",
            "http://app.audit.example/callback"
        ));
    }

    #[test]
    fn a_client_for_codes_without_a_place_to_go_is_one() {
        let outcome = |body: &str| for_codes(&answer_of(201, &[], body));
        assert!(outcome(r#"{"client_id":"a"}"#).is_accepted());
        assert!(outcome(r#"{"client_id":"a","redirect_uris":[]}"#).is_accepted());
        for body in [
            r#"{"client_id":"a","redirect_uris":["https://a/b"]}"#,
            r#"{"client_id":"a","grant_types":["client_credentials"]}"#,
        ] {
            assert!(matches!(outcome(body), Outcome::Refused(_)), "{body}");
        }
    }
}
