//! Which challenges yield a code (RFC 7636 §4.3, §4.4.1; RFC 9700 §2.1.1, §4.8.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity, Tried};
use crate::audit::probe::{Probe, Trouble, redemption};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];

pub(in crate::audit::check) static PKCE_DOWNGRADE: Check = Check {
    id: "pkce-downgrade",
    group: Group::Pkce,
    title: "A verifier is accepted though there was no challenge",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §4.8.2"],
    text: Text {
        does: "Asks without a challenge and redeems the code, if one is issued, with a verifier.",
        why: "An attacker who strips the challenge from a request goes unnoticed: the client's verifier still seems to work, and a code injected later is not tied to anything.",
        shown: "A code was issued without a challenge, and the request with a verifier gave a token that works.",
        fix: "Refuse a code_verifier at the token endpoint when the code has no challenge; better, require the challenge.",
    },
    dominates: &["pkce-optional-public"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(downgrade(probe, evidence)),
};

pub(in crate::audit::check) static PKCE_OPTIONAL_PUBLIC: Check = Check {
    id: "pkce-optional-public",
    group: Group::Pkce,
    title: "A public client may leave the challenge out",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.1.1"],
    text: Text {
        does: "Asks for a public client without code_challenge, and redeems the code without a verifier.",
        why: "A public client has no secret: without PKCE whoever catches the code can redeem it.",
        shown: "A code was issued, and it gave a token that works.",
        fix: "Answer authorization requests of public clients without code_challenge with invalid_request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(optional(probe, evidence)),
};

pub(in crate::audit::check) static PKCE_OPTIONAL_CONFIDENTIAL: Check = Check {
    id: "pkce-optional-confidential",
    group: Group::Pkce,
    title: "A confidential client may leave the challenge out",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["RFC 9700 §2.1.1", "OAuth 2.1 §7.5.1"],
    text: Text {
        does: "Asks for a confidential client without code_challenge, and redeems the code without a verifier.",
        why: "A secret does not say for whom a code was issued: an attacker injects a stolen code into a login of their own at the same client.",
        shown: "A code was issued, and it gave a token that works.",
        fix: "Answer authorization requests without code_challenge with invalid_request, whoever the client is.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(optional_confidential(probe, evidence)),
};

pub(in crate::audit::check) static PKCE_UNKNOWN_METHOD: Check = Check {
    id: "pkce-unknown-method",
    group: Group::Pkce,
    title: "An unknown challenge method falls back to another",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.4.1"],
    text: Text {
        does: "Asks with the methods S512, S-256 and s256.",
        why: "A method that is not understood is read as plain or ignored: the client believes in a protection that is not there.",
        shown: "A code was issued for a method that does not exist.",
        fix: "Accept S256 only, compared byte for byte, and answer every other method with invalid_request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unknown_method(probe, evidence)),
};

async fn optional(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    if let Some(none) = evidence.without_public_clients() {
        return Ok(none);
    }
    let (client, control) = (evidence.public()?, evidence.controls.of_public());
    without_challenge(probe, evidence, (client, control), false).await
}

async fn optional_confidential(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, control) = (evidence.confidential()?, evidence.controls.of_confidential());
    without_challenge(probe, evidence, (client, control), false).await
}

async fn downgrade(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, control) = (evidence.public()?, evidence.controls.of_public());
    without_challenge(probe, evidence, (client, control), true).await
}

async fn without_challenge(
    probe: &Probe,
    evidence: &Evidence,
    (client, control): (&Client, Tried),
    with_verifier: bool,
) -> Result<Judgement, Trouble> {
    let at = &evidence.endpoints;
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    let asking = asking.without("code_challenge").without("code_challenge_method");
    probe.step("probe");
    let authorized = probe.authorize(at, &mut session, &asking).await?;
    let outcome = match authorized.outcome(&client.redirect_uri) {
        Outcome::Accepted(_) => {
            let code = authorized.into_code(pkce, &client.redirect_uri)?;
            let good = redemption(&code);
            let params = if with_verifier { good } else { good.without("code_verifier") };
            evidence.token_effect(probe, client, Some(&client.credentials), &params).await?
        }
        refused => refused,
    };
    let mut bracket = Bracket::new("no code without a challenge, or no token for it");
    bracket.controls.push(control);
    let verifier = if with_verifier { "redeemed with a verifier" } else { "redeemed without one" };
    bracket.probe(format!("a code without a challenge, {verifier}"), outcome);
    Ok(bracket.judge())
}

async fn unknown_method(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("error=invalid_request, and no code");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    for method in ["S512", "S-256", "s256"] {
        let pkce = probe.pkce()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
        let asking = asking.with("code_challenge_method", method);
        let authorized = probe.authorize(at, &mut session, &asking).await?;
        bracket.probe(method, authorized.outcome(&client.redirect_uri));
    }
    Ok(bracket.judge())
}
