//! A hint is a hint (RFC 7009 §2.1): the server must look everywhere.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Trouble, refreshing};
use crate::protocol::Secret;

pub(in crate::audit::check) static REVOKE_HINT: Check = Check {
    id: "revoke-hint",
    group: Group::Revocation,
    title: "A wrong token_type_hint defeats a revocation",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Revocation],
    references: &["RFC 7009 §2.1"],
    text: Text {
        does: "Revokes refresh tokens with token_type_hint=access_token, and with a hint that nobody knows, and uses them.",
        why: "The answer is 200 either way: a client with a small fault believes tokens dead that live on for months.",
        shown: "A refresh token that was revoked with such a hint gave an access token.",
        fix: "Look under the hint first, and everywhere else when nothing is found there; ignore hints that you do not know.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const HINTS: &[&str] = &["access_token", "urn:example:token-type"];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("400 invalid_grant for the revoked refresh token");
    probe.step("control");
    match after(probe, evidence, None).await? {
        None => return Ok(Judgement::not_applicable("no refresh token is issued")),
        Some(Outcome::Accepted(_)) => {
            let why = "a refresh token survives its revocation without a hint as well";
            return Ok(Judgement::not_applicable(why));
        }
        Some(Outcome::Refused(how)) => {
            bracket.control("without a hint", Outcome::Accepted(format!("revoked: {how}")));
        }
        Some(unclear) => bracket.control("without a hint", unclear),
    }
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    for hint in HINTS {
        if let Some(outcome) = after(probe, evidence, Some(hint)).await? {
            bracket.probe(format!("a refresh after a revocation as {hint}"), outcome);
        }
    }
    Ok(bracket.judge())
}

/// Revokes a new refresh token and uses it; `None` when there is none.
async fn after(
    probe: &Probe,
    evidence: &Evidence,
    hint: Option<&str>,
) -> Result<Option<Outcome>, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let credentials = Some(&client.credentials);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(token): Option<Secret> = grant.tokens.refresh_token else { return Ok(None) };
    let params = Params::of([("token", token.expose())]);
    let params = match hint {
        Some(hint) => params.with("token_type_hint", hint),
        None => params,
    };
    probe.form(&at.revocation, credentials, &params).await?;
    let answer = probe.token(at, credentials, &refreshing(&token)).await?;
    Ok(Some(answer.token_outcome()))
}
