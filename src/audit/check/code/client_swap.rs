//! A code belongs to its client (RFC 6749 §4.1.3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, redemption};

pub(in crate::audit::check) static CODE_CLIENT_SWAP: Check = Check {
    id: "code-client-swap",
    group: Group::Code,
    title: "A code of one client is redeemed by another",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::SecondClient, Need::User],
    references: &["RFC 6749 §4.1.3"],
    text: Text {
        does: "Gets a code as one client and redeems it, verifier included, as another client that authenticates as itself.",
        why: "A malicious client that gets hold of a code of another one gets what the user granted to that one.",
        shown: "The other client received an access token, and that token works.",
        fix: "Keep the client with the code, and compare it with the client that authenticated at the token endpoint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, owner, other) = (&evidence.endpoints, evidence.confidential()?, evidence.second()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(owner);
    let code = probe.code(at, owner, &mut session, &scope).await?;
    probe.step("probe");
    let credentials = Some(&other.credentials);
    let outcome = evidence.token_effect(probe, other, credentials, &redemption(&code)).await?;
    let mut bracket = Bracket::new("400 invalid_grant for every other client");
    bracket.controls.push(evidence.controls.of_confidential());
    bracket.probe("the code of one client, redeemed by another", outcome);
    Ok(bracket.judge())
}
