//! A revoked refresh token is dead (RFC 7009 §2.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, refreshing};

pub(in crate::audit::check) static REVOKE_REFRESH_NOOP: Check = Check {
    id: "revoke-refresh-noop",
    group: Group::Revocation,
    title: "A refresh token survives its revocation",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Revocation],
    references: &["RFC 7009 §2.1"],
    text: Text {
        does: "Refreshes once, revokes the refresh token, and uses it again.",
        why: "A user who logs out, and a client that cleans up, believe that the access is over.",
        shown: "The revoked refresh token gave an access token, and that token works.",
        fix: "End the refresh token, and everything that came from the same authorization, before answering 200.",
    },
    // What is not revoked leaves everything else as it is.
    dominates: &["revoke-refresh-leaves-access"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(first) = grant.tokens.refresh_token else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let credentials = Some(&client.credentials);
    let mut bracket = Bracket::new("400 invalid_grant");
    probe.step("control");
    let answer = probe.token(at, credentials, &refreshing(&first)).await?;
    bracket.control("a refresh before the revocation", answer.token_outcome());
    let newest = answer.tokens().and_then(|tokens| tokens.refresh_token).unwrap_or(first);
    let revoked = probe.revoke(at, credentials, &newest).await?;
    bracket.control("the revocation", revoked.access_outcome());
    probe.step("probe");
    let outcome = evidence.token_effect(probe, client, credentials, &refreshing(&newest)).await?;
    bracket.probe("a refresh after the revocation", outcome);
    Ok(bracket.judge())
}
