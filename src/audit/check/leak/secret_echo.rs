//! What is secret in a request does not come back in the answer.

use super::super::{Check, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Params, Probe, Trouble};

pub(in crate::audit::check) static SECRET_ECHO: Check = Check {
    dominates: &["error-oracle"],
    ..of(
        ("secret-echo", "A secret of the request comes back in an error", Severity::High),
        &[Need::MachineClient],
        &["OWASP ASVS 5.0 16.5.1", "OWASP ASVS 5.0 14.2.6"],
        Text {
            does: "Sends made-up secrets, codes, verifiers, tokens and passwords to the token, introspection and revocation endpoints, and looks for them in the answers.",
            why: "Errors are logged, shown and pasted into tickets by people who do not expect a secret in them.",
            shown: "The body or a header of the answer contains the value that was sent.",
            fix: "Name the parameter that is wrong, never its value.",
        },
        |probe, evidence| Box::pin(run(probe, evidence)),
    )
};

/// Requests to the token endpoint: the grant, and which parameters are secret.
const REQUESTS: &[(&str, &[&str])] = &[
    ("authorization_code", &["code", "code_verifier", "client_secret"]),
    ("refresh_token", &["refresh_token", "client_secret"]),
    ("password", &["password", "client_secret"]),
    ("urn:ietf:params:oauth:grant-type:device_code", &["device_code"]),
    ("urn:ietf:params:oauth:grant-type:token-exchange", &["subject_token", "actor_token"]),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", &["assertion"]),
    ("client_credentials", &["client_assertion"]),
];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let at = &evidence.endpoints;
    let mut bracket = Bracket::new("no value of the request in the answer");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    for (grant, secrets) in REQUESTS {
        let canary = probe.random()?;
        let mut params = Params::of([("grant_type", *grant), ("username", "nobody")]);
        // With a secret of its own in the body the request names its client itself.
        let named = secrets.contains(&"client_secret");
        if named {
            params = params.with("client_id", "nobody-of-the-audit");
        }
        for name in *secrets {
            params = params.with(name, canary.expose());
        }
        let credentials = Some(&client.credentials).filter(|_| !named);
        let answer = probe.form(&at.token, credentials, &params).await?;
        bracket.probe(*grant, judge(&answer, canary.expose()));
    }
    for url in [&at.introspection, &at.revocation] {
        if url.is_empty() {
            continue;
        }
        let canary = probe.random()?;
        let params = Params::of([("token", canary.expose())]);
        let answer = probe.form(url, Some(&client.credentials), &params).await?;
        bracket.probe(url.as_str(), judge(&answer, canary.expose()));
    }
    Ok(bracket.judge())
}

fn judge(answer: &Answer, canary: &str) -> Outcome {
    let in_header = answer.all_headers().any(|(_, value)| value.contains(canary));
    if answer.text().contains(canary) {
        return Outcome::Accepted(format!("{} with the value in the body", answer.status()));
    }
    if in_header {
        return Outcome::Accepted(format!("{} with the value in a header", answer.status()));
    }
    match answer.status() {
        429 => Outcome::Unclear(answer.summary()),
        _ => Outcome::Refused(answer.summary()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn a_value_comes_back_in_the_body_or_in_a_header() {
        assert!(judge(&answer_of(400, &[], "no such code c4n4ry"), "c4n4ry").is_accepted());
        assert!(judge(&answer_of(400, &[("x-debug", "c4n4ry")], ""), "c4n4ry").is_accepted());
        assert!(!judge(&answer_of(400, &[], "no such code"), "c4n4ry").is_accepted());
        assert!(matches!(judge(&answer_of(429, &[], ""), "c4n4ry"), Outcome::Unclear(_)));
    }
}
