//! Whether failures tell which clients there are (RFC 6749 §5.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Credentials, Probe, Trouble, for_itself};

pub(in crate::audit::check) static CLIENT_ENUMERATION: Check = Check {
    id: "client-enumeration",
    group: Group::ClientAuthentication,
    title: "Failures of authentication tell which clients there are",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §5.2", "OWASP ASVS 5.0 6.3.8"],
    text: Text {
        does: "Authenticates as a client that does not exist, and as one that does with a wrong secret, and compares the answers. Times are not compared.",
        why: "Who knows which clients there are knows where guessing a secret, or asking users for consent, is worth while.",
        shown: "Status or body of the two answers differ.",
        fix: "Answer both with the same invalid_client, and do the same work for both.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    if client.credentials.secret.is_none() {
        return Ok(Judgement::not_applicable("the client has no secret that could be wrong"));
    }
    let params = for_itself(&evidence.machine_scope(client));
    let ask = async |client_id: &str| -> Result<Answer, Trouble> {
        let secret = Some(probe.random()?);
        let client_id = client_id.to_owned();
        let credentials = Credentials { client_id, secret, ..client.credentials.clone() };
        probe.token(at, Some(&credentials), &params).await
    };
    let mut bracket = Bracket::new("the same answer for both");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    let nobody = probe.random()?;
    let unknown = ask(nobody.expose()).await?;
    let known = ask(client.id()).await?;
    bracket.probe("an unknown client, and a known one", differs(&unknown, &known));
    Ok(bracket.judge())
}

/// A difference between two refusals is what is looked for.
fn differs(unknown: &Answer, known: &Answer) -> Outcome {
    let said = format!("{} and {}", unknown.summary(), known.summary());
    let refusals = [unknown, known].map(|one| matches!(one.token_outcome(), Outcome::Refused(_)));
    if refusals != [true, true] {
        return Outcome::Unclear(said);
    }
    if unknown.status() == known.status() && unknown.text() == known.text() {
        Outcome::Refused(said)
    } else {
        Outcome::Accepted(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn two_refusals_must_be_the_same() {
        let refused = |text: &str| answer_of(401, &[], text);
        let (one, other) = (refused(r#"{"error":"invalid_client"}"#), refused("{}"));
        assert!(matches!(differs(&one, &one), Outcome::Refused(_)));
        assert!(differs(&one, &other).is_accepted());
        assert!(matches!(differs(&one, &answer_of(500, &[], "")), Outcome::Unclear(_)));
    }
}
