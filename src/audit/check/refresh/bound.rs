//! A refresh token that is bound to a key (RFC 9449 §5).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, is_bound};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, redemption, refreshing, tokens};
use crate::protocol::{Algorithm, Secret};

pub(in crate::audit::check) static REFRESH_DPOP_UNBOUND: Check = Check {
    id: "refresh-dpop-unbound",
    group: Group::Refresh,
    title: "A bound refresh token of a public client works without its key",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 9449 §5"],
    text: Text {
        does: "Redeems codes of a public client with a DPoP proof, and refreshes without a proof and with a proof of another key.",
        why: "A public client has no credential: the key is all that makes a stolen refresh token worthless.",
        shown: "A refresh without the key gave an access token.",
        fix: "Keep the thumbprint of the key with a public client's refresh token, and refuse a refresh that does not prove it.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let offered = &evidence.metadata.dpop_signing_alg_values_supported;
    if !offered.iter().any(|alg| alg.as_str() == "ES256") {
        return Ok(Judgement::not_applicable("the server does not offer DPoP with ES256"));
    }
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    if client.is_confidential() {
        return Ok(Judgement::not_applicable("the profile has no public clients"));
    }
    let credentials = Some(&client.credentials);
    let (own, other) = (probe.proof_key(Algorithm::Es256)?, probe.proof_key(Algorithm::Es256)?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let mut bound = async || -> Result<Option<Secret>, Trouble> {
        let code = probe.code(at, client, &mut session, &scope).await?;
        let answer = probe.token_proven(at, credentials, &redemption(&code), &own).await?;
        let tokens = tokens(&answer)?;
        Ok(tokens.refresh_token.clone().filter(|_| is_bound(&tokens, &own)))
    };
    let mut bracket = Bracket::new("400 invalid_grant");
    probe.step("control");
    let Some(token) = bound().await? else {
        let why = "no bound tokens, or no refresh tokens, are issued to the public client";
        return Ok(Judgement::not_applicable(why));
    };
    let answer = probe.token_proven(at, credentials, &refreshing(&token), &own).await?;
    bracket.control("a refresh with the key", answer.token_outcome());
    probe.step("probe");
    if let Some(token) = bound().await? {
        let answer = probe.token(at, credentials, &refreshing(&token)).await?;
        bracket.probe("a refresh without a proof", answer.token_outcome());
    }
    if let Some(token) = bound().await? {
        let answer = probe.token_proven(at, credentials, &refreshing(&token), &other).await?;
        bracket.probe("a refresh with another key", answer.token_outcome());
    }
    Ok(bracket.judge())
}
