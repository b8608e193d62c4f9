//! Wrong secrets, in the header and in the body (RFC 6749 §2.3.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, for_itself};
use crate::protocol::Secret;

const FIX: &str = "Compare the secret that came, even an empty one, with the registered secret in constant time, and answer 401 invalid_client when they differ.";
const SHOWN: &str = "The token endpoint gave an access token, and that token works.";

pub(in crate::audit::check) static CLIENT_SECRET_EMPTY: Check = Check {
    id: "client-secret-empty",
    group: Group::ClientAuthentication,
    title: "An empty client secret is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §2.3.1"],
    text: Text {
        does: "Authenticates with an empty secret: in the Authorization header, and in the body.",
        why: "A comparison that is skipped for empty values lets anybody act as the client.",
        shown: SHOWN,
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(empty(probe, evidence)),
};

pub(in crate::audit::check) static CLIENT_SECRET_WRONG: Check = Check {
    id: "client-secret-wrong",
    group: Group::ClientAuthentication,
    title: "A wrong client secret is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §2.3.1"],
    text: Text {
        does: "Authenticates with a random secret: in the Authorization header, and in the body.",
        why: "Whoever knows a client_id, which is public, acts as that client.",
        shown: SHOWN,
        fix: FIX,
    },
    dominates: &["client-secret-loose", "par-unauthenticated"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(wrong(probe, evidence)),
};

async fn empty(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    with_secret(probe, evidence, &Secret::default()).await
}

async fn wrong(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    with_secret(probe, evidence, &probe.random()?).await
}

async fn with_secret(
    probe: &Probe,
    evidence: &Evidence,
    secret: &Secret,
) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("401 invalid_client");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    for (what, credentials) in [
        ("in the Authorization header", Credentials::basic(client.id(), secret.clone())),
        ("in the body", Credentials::post(client.id(), secret.clone())),
    ] {
        let outcome = evidence.token_effect(probe, client, Some(&credentials), &params).await?;
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}
