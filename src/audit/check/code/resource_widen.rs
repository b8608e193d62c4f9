//! A token request names no resource beyond the granted ones (RFC 8707 §2.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble, redemption};

pub(in crate::audit::check) static CODE_RESOURCE_WIDEN: Check = Check {
    id: "code-resource-widen",
    group: Group::Code,
    title: "A code is redeemed for an API that was not authorized",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::SecondApi],
    references: &["RFC 8707 §2.2"],
    text: Text {
        does: "Asks for one API with resource and redeems the code for another one.",
        why: "The user allowed one API; the client takes a token for a second one that the user never saw.",
        shown: "An access token was issued whose audience contains the second API.",
        fix: "Keep the granted resources with the code, and answer any other one at the token endpoint with invalid_target.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (granted, other) = (&evidence.api()?.url, &evidence.second_api()?.url);
    let mut bracket = Bracket::new("400 invalid_target, or a token for the granted API only");
    probe.step("control");
    bracket.control("the granted API", redeemed_for(probe, evidence, granted).await?);
    probe.step("probe");
    bracket.probe("another API", redeemed_for(probe, evidence, other).await?);
    Ok(bracket.judge())
}

/// Asks for the first API and redeems the code for `resource`.
async fn redeemed_for(
    probe: &Probe,
    evidence: &Evidence,
    resource: &str,
) -> Result<Outcome, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &evidence.machine_scope(client), &pkce)?;
    let asking = asking.with("resource", &evidence.api()?.url);
    let code = probe.code_for(at, &mut session, &asking, pkce).await?;
    let params = redemption(&code).with("resource", resource);
    let answer = probe.token(at, Some(&client.credentials), &params).await?;
    evidence.meant_for(probe, client, &answer, resource).await
}
