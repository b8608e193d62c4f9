//! A client uses the grants that it registered for (RFC 6749 §5.2, RFC 7591 §2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, for_itself};
use crate::protocol::GrantType;

pub(in crate::audit::check) static GRANT_NOT_BOUND: Check = Check {
    id: "grant-not-bound",
    group: Group::Grant,
    title: "A client uses a grant that it is not registered for",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::SecondClient, Need::MachineClient],
    references: &["RFC 6749 §5.2", "RFC 7591 §2"],
    text: Text {
        does: "Asks for client credentials with a client that is registered for the code grant only.",
        why: "A leaked secret of a user-facing client opens machine access, which no user sees and no consent limits.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Keep grant_types with each client, and answer every other grant with unauthorized_client.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.second()?;
    if client.allows(GrantType::ClientCredentials) {
        return Ok(Judgement::not_applicable("the second client is registered for that grant"));
    }
    probe.step("probe");
    let params = for_itself(&evidence.machine_scope(client));
    let outcome = evidence.token_effect(probe, client, Some(&client.credentials), &params).await?;
    let mut bracket = Bracket::new("400 unauthorized_client");
    bracket.controls.push(evidence.controls.of_machine());
    bracket.probe("client credentials for a client of the code grant", outcome);
    Ok(bracket.judge())
}
