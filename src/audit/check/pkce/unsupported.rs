//! Whether there is any PKCE at all (RFC 9700 §2.1.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble, redemption};

pub(in crate::audit::check) static PKCE_UNSUPPORTED: Check = Check {
    id: "pkce-unsupported",
    group: Group::Pkce,
    title: "PKCE is not implemented",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 9700 §2.1.1"],
    text: Text {
        does: "Looks for code_challenge_methods_supported in the metadata and, if there is none, redeems a code with a wrong verifier.",
        why: "An authorization server must support PKCE: codes of public clients are unprotected without it.",
        shown: "The metadata offers no challenge method, and a wrong verifier gave a token that works.",
        fix: "Implement RFC 7636 with S256, require it of public clients, and list S256 in code_challenge_methods_supported.",
    },
    dominates: &[
        "code-replay-dos",
        "metadata-pkce-not-advertised",
        "pkce-cross-transaction",
        "pkce-default-method",
        "pkce-downgrade",
        "pkce-loose-compare",
        "pkce-method-confusion",
        "pkce-optional-confidential",
        "pkce-optional-public",
        "pkce-plain",
        "pkce-short-verifier",
        "pkce-unknown-method",
        "pkce-verifier-empty",
        "pkce-verifier-skipped",
        "pkce-verifier-wrong",
    ],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("S256 in the metadata, or a wrong verifier refused");
    bracket.controls.push(evidence.controls.of_public());
    let offered = &evidence.metadata.code_challenge_methods_supported;
    if !offered.is_empty() {
        let offers = Outcome::Refused(format!("the metadata offers {}", offered.join(", ")));
        bracket.probe("a server without PKCE", offers);
        return Ok(bracket.judge());
    }
    let client = evidence.public()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(&evidence.endpoints, client, &mut session, &scope).await?;
    probe.step("probe");
    let params = redemption(&code).with("code_verifier", probe.random()?.expose());
    let outcome = evidence.token_effect(probe, client, Some(&client.credentials), &params).await?;
    bracket.probe("another verifier, without PKCE in the metadata", outcome);
    Ok(bracket.judge())
}
