//! What works is what is offered (RFC 8414 §2): no grant type works unlisted.

use super::super::{Check, Group, Seeded, Text};
use super::documents;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Params, Probe, Trouble};

pub(in crate::audit::check) static METADATA_HIDDEN_GRANT: Check = Check {
    id: "metadata-hidden-grant",
    group: Group::Metadata,
    title: "A grant works that the metadata does not list",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 8414 §2", "RFC 9700 §2.4", "OWASP ASVS 5.0 10.4.4"],
    text: Text {
        does: "Asks the token endpoint for every known grant type that grant_types_supported does not list, and for one that cannot exist.",
        why: "A grant that nobody knows of is one that nobody watches: often the password grant, or one left over from tests.",
        shown: "The answer is a token, or another error than the one for a grant type that cannot exist.",
        fix: "Switch off grants that are not meant to be used, and list the others in grant_types_supported.",
    },
    dominates: &["dcr-privileged-grant"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

/// Grant types of the IANA registries and of published specifications.
const KNOWN: &[&str] = &[
    "authorization_code",
    "client_credentials",
    "implicit",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:uma-ticket",
    "urn:openid:params:grant-type:ciba",
];

const NOBODY_S: &str = "urn:example:grant-type:of-nobody";

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let offered: Vec<&str> =
        documents(evidence).iter().flat_map(|one| one.list("grant_types_supported")).collect();
    if offered.is_empty() {
        // The default of RFC 8414 is a list that no server of today has.
        return Ok(Judgement::not_applicable("the metadata has no grant_types_supported"));
    }
    let client = evidence.machine()?;
    let scope = evidence.machine_scope(client);
    let mut bracket = Bracket::new("unsupported_grant_type for what is not listed");
    bracket.controls.push(evidence.controls.of_machine());
    let ask = async |grant: &str| -> Result<Answer, Trouble> {
        let params = Params::of([("grant_type", grant), ("scope", &scope)]);
        probe.token(&evidence.endpoints, Some(&client.credentials), &params).await
    };
    let unknown = ask(NOBODY_S).await?;
    probe.step("probe");
    bracket.probe("a grant type that cannot exist", unknown.token_outcome());
    for grant in KNOWN.iter().filter(|grant| !offered.contains(grant)) {
        bracket.probe(*grant, judge(&unknown, &ask(grant).await?));
    }
    Ok(bracket.judge())
}

/// Accepted when the server knows the grant type: by a token, or by an error that a grant type
/// which cannot exist does not get.
fn judge(unknown: &Answer, answer: &Answer) -> Outcome {
    match answer.token_outcome() {
        Outcome::Refused(said) => match answer.error().as_deref() {
            Some("unsupported_grant_type" | "unauthorized_client") => Outcome::Refused(said),
            _ if answer.summary() == unknown.summary() => Outcome::Refused(said),
            _ => Outcome::Accepted(format!("{said}, not the error of an unknown grant type")),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn a_grant_is_known_by_its_token_or_by_its_own_error() {
        let error = |code: &str| answer_of(400, &[], &format!(r#"{{"error":"{code}"}}"#));
        let accepted =
            |unknown: &str, code: &str| judge(&error(unknown), &error(code)).is_accepted();
        assert!(!accepted("unsupported_grant_type", "unsupported_grant_type"));
        assert!(!accepted("unsupported_grant_type", "unauthorized_client"));
        assert!(accepted("unsupported_grant_type", "invalid_grant"));
        assert!(accepted("unsupported_grant_type", "invalid_request"));
        assert!(!accepted("invalid_request", "invalid_request"));
        let token = answer_of(200, &[], r#"{"access_token":"t","token_type":"Bearer"}"#);
        assert!(judge(&error("invalid_request"), &token).is_accepted());
        let limited = judge(&error("invalid_request"), &answer_of(429, &[], ""));
        assert!(matches!(limited, Outcome::Unclear(_)));
    }
}
