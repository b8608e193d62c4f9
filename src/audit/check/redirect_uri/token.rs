//! The redirect URI of the token request (RFC 6749 §4.1.3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, redemption};

pub(in crate::audit::check) static REDIRECT_TOKEN_MISMATCH: Check = Check {
    id: "redirect-token-mismatch",
    group: Group::RedirectUri,
    title: "A code is redeemed with another redirect URI than it was sent to",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["RFC 6749 §4.1.3"],
    text: Text {
        does: "Gets a code at the registered URI and redeems it with another redirect_uri.",
        why: "A code that was sent to a manipulated URI can be redeemed through the right client: nobody notices the manipulation.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Keep redirect_uri with the code, and refuse a token request that sends another one.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(at, client, &mut session, &scope).await?;
    probe.step("probe");
    let params = redemption(&code).with("redirect_uri", "https://attacker.example/callback");
    let outcome = evidence.token_effect(probe, client, Some(&client.credentials), &params).await?;
    let mut bracket = Bracket::new("400 invalid_grant, and no token");
    bracket.controls.push(evidence.controls.of_confidential());
    bracket.probe("another redirect_uri at the token endpoint", outcome);
    Ok(bracket.judge())
}
