//! A confidential client that presents nothing but its id (RFC 6749 §3.2.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, for_itself, redemption};

pub(in crate::audit::check) static CLIENT_AUTH_MISSING: Check = Check {
    id: "client-auth-missing",
    group: Group::ClientAuthentication,
    title: "A confidential client may leave its credential out",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::MachineClient, Need::User],
    references: &["RFC 6749 §3.2.1"],
    text: Text {
        does: "Asks for client credentials, and redeems a code, with client_id alone.",
        why: "A client_id is public: anybody acts as the client.",
        shown: "The token endpoint gave an access token without a secret, and that token works.",
        fix: "Let the registered token_endpoint_auth_method decide whether a credential is needed, not its presence in the request.",
    },
    // An empty parameter counts as one that is missing (RFC 6749 §3.1).
    dominates: &["client-secret-empty", "code-replay-dos"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (machine, client) = (evidence.machine()?, evidence.confidential()?);
    let mut bracket = Bracket::new("401 invalid_client");
    bracket.controls.push(evidence.controls.of_machine());
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    let nothing = Credentials::public(machine.id());
    let params = for_itself(&evidence.machine_scope(machine));
    let outcome = evidence.token_effect(probe, machine, Some(&nothing), &params).await?;
    bracket.probe("client credentials with client_id alone", outcome);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(&evidence.endpoints, client, &mut session, &scope).await?;
    let nothing = Credentials::public(client.id());
    let outcome = evidence.token_effect(probe, client, Some(&nothing), &redemption(&code)).await?;
    bracket.probe("a code with client_id alone", outcome);
    Ok(bracket.judge())
}
