//! Verifiers that almost fit, or are not of the grammar (RFC 7636 §4.1, §4.6).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Pkce, Probe, Trouble, redemption};
use crate::protocol::{ChallengeMethod, CodeVerifier, Secret};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];

pub(in crate::audit::check) static PKCE_LOOSE_COMPARE: Check = Check {
    id: "pkce-loose-compare",
    group: Group::Pkce,
    title: "A verifier that only resembles the right one is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.6"],
    text: Text {
        does: "Redeems codes with the right verifier in the other letter case, with an equals sign and with a space behind it.",
        why: "Whatever is folded or cut before the comparison makes guessing easier, and shows that two programs read the verifier differently.",
        shown: "Such a verifier gave a token that works.",
        fix: "Hash the bytes of code_verifier as they came, and compare the result with the challenge.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(loose(probe, evidence)),
};

pub(in crate::audit::check) static PKCE_SHORT_VERIFIER: Check = Check {
    id: "pkce-short-verifier",
    group: Group::Pkce,
    title: "A verifier of a few characters is accepted",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.1"],
    text: Text {
        does: "Asks with the hash of a verifier of one character, and with that of one of 129 characters, and redeems the codes.",
        why: "The challenge stands in the front channel: a short verifier is found by trying.",
        shown: "The verifier gave a token that works.",
        fix: "Refuse a code_verifier that does not have 43 to 128 of the unreserved characters.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(short(probe, evidence)),
};

async fn loose(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let swapped = |c: char| {
        if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
    };
    let mut bracket = bracket(evidence);
    for what in ["the other letter case", "an equals sign behind it", "a space behind it"] {
        let pkce = probe.pkce()?;
        let verifier = pkce.verifier.expose();
        let sent = match what {
            "the other letter case" => verifier.chars().map(swapped).collect(),
            "an equals sign behind it" => format!("{verifier}="),
            _ => format!("{verifier} "),
        };
        bracket.probe(what, redeemed(probe, evidence, pkce, &sent).await?);
    }
    Ok(bracket.judge())
}

async fn short(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence);
    for length in [1, 129] {
        let verifier = "a".repeat(length);
        let unchecked = CodeVerifier::unchecked(&verifier);
        let challenge = unchecked.challenge(ChallengeMethod::S256).as_str().to_owned();
        let pkce = Pkce { verifier: Secret::new(&*verifier), challenge };
        let outcome = redeemed(probe, evidence, pkce, &verifier).await?;
        bracket.probe(format!("{length} characters"), outcome);
    }
    Ok(bracket.judge())
}

fn bracket(evidence: &Evidence) -> Bracket {
    let mut bracket = Bracket::new("400 invalid_grant or invalid_request, and no token");
    bracket.controls.push(evidence.controls.of_public());
    bracket
}

async fn redeemed(
    probe: &Probe,
    evidence: &Evidence,
    pkce: Pkce,
    verifier: &str,
) -> Result<Outcome, Trouble> {
    let client = evidence.public()?;
    let mut session = evidence.session()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    let code = probe.code_for(&evidence.endpoints, &mut session, &asking, pkce).await?;
    probe.step("probe");
    let params = redemption(&code).with("code_verifier", verifier);
    evidence.token_effect(probe, client, Some(&client.credentials), &params).await
}
