//! What a replay of a code does: a valid one ends what the code gave (RFC 6749 §4.1.2), one that
//! anybody can send ends nothing (OAuth 2.1 §7.5.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Code, Grant, Probe, Trouble, redemption, refreshing, tokens};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User, Need::Introspection];

pub(in crate::audit::check) static CODE_REPLAY_NO_REVOCATION: Check = Check {
    id: "code-replay-no-revocation",
    group: Group::Code,
    title: "A replayed code leaves the tokens that it gave alive",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §4.1.2"],
    text: Text {
        does: "Redeems a code, sends the same request again, and tries the tokens of the first answer: at introspection, and the refresh token at the token endpoint.",
        why: "A code that comes twice was stolen, and nobody knows whether the thief was first: the tokens that it gave may be the thief's.",
        shown: "The access token or the refresh token still works.",
        fix: "When a code comes again in a request that is right in every other way, revoke every token that it gave.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(survivors(probe, evidence)),
};

pub(in crate::audit::check) static CODE_REPLAY_DOS: Check = Check {
    id: "code-replay-dos",
    group: Group::Code,
    title: "Anybody who saw a code can end the tokens that it gave",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OAuth 2.1 §7.5.2"],
    text: Text {
        does: "Redeems a code, sends it again with a wrong verifier and without client authentication, and tries the tokens of the first answer.",
        why: "Used codes lie in histories and logs: whoever finds one logs its user out of the client, again and again.",
        shown: "The tokens of the first answer are dead.",
        fix: "Revoke tokens only after a replay whose client authenticated, and whose verifier fits.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(victims(probe, evidence)),
};

async fn survivors(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let (code, grant) = redeemed(probe, evidence).await?;
    let mut bracket = Bracket::new("tokens that are dead after the replay");
    probe.step("control");
    let alive = evidence.works(probe, client, &grant.tokens.access_token).await?;
    bracket.control("the access token before the replay", alive);
    probe.step("probe");
    let credentials = Some(&client.credentials);
    let params = redemption(&code);
    let replay = probe.token(&evidence.endpoints, credentials, &params).await?;
    if replay.token_outcome().is_accepted() {
        return Ok(Judgement::not_applicable("the replay itself is accepted: see code-reuse"));
    }
    let after = evidence.works(probe, client, &grant.tokens.access_token).await?;
    bracket.probe("the access token after the replay", after);
    if grant.tokens.refresh_token.is_some() {
        let params = refreshing(grant.refresh_token()?);
        let after = evidence.token_effect(probe, client, credentials, &params).await?;
        bracket.probe("the refresh token after the replay", after);
    }
    Ok(bracket.judge())
}

async fn victims(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let (code, grant) = redeemed(probe, evidence).await?;
    let mut bracket = Bracket::new("tokens that work on after such a replay");
    probe.step("control");
    let alive = evidence.works(probe, client, &grant.tokens.access_token).await?;
    bracket.control("the access token before the replay", alive);
    probe.step("probe");
    let good = redemption(&code);
    let wrong = good.clone().with("code_verifier", probe.random()?.expose());
    let anonymous = good.with("client_id", client.id());
    for (what, credentials, params) in [
        ("a wrong verifier", Some(&client.credentials), wrong),
        ("no client authentication", None, anonymous),
    ] {
        let replay = probe.token(&evidence.endpoints, credentials, &params).await?;
        if replay.token_outcome().is_accepted() {
            return Ok(Judgement::not_applicable("the replay itself is accepted: see code-reuse"));
        }
        let after = evidence.works(probe, client, &grant.tokens.access_token).await?;
        bracket.probe(format!("a token that is dead after {what}"), reversed(after));
    }
    Ok(bracket.judge())
}

/// Here a token that works is what a sound server leaves.
fn reversed(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Accepted(how) => Outcome::Refused(how),
        Outcome::Refused(how) => Outcome::Accepted(how),
        unclear @ Outcome::Unclear(_) => unclear,
    }
}

async fn redeemed(probe: &Probe, evidence: &Evidence) -> Result<(Code, Grant), Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(at, client, &mut session, &scope).await?;
    let answer = probe.token(at, Some(&client.credentials), &redemption(&code)).await?;
    Ok((code, Grant { tokens: tokens(&answer)?, nonce: None }))
}
