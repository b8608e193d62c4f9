//! Rotation, and what a second use shows (RFC 9700 §4.14.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Grant, Probe, Trouble, refreshing};
use crate::protocol::Secret;

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];
const REFERENCES: &[&str] = &["RFC 9700 §4.14.2"];

pub(in crate::audit::check) static REFRESH_FAMILY_SURVIVES: Check = Check {
    id: "refresh-family-survives",
    group: Group::Refresh,
    title: "The second use of a refresh token revokes nothing",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: REFERENCES,
    text: Text {
        does: "Refreshes, uses the old token again, and then tries the newest one.",
        why: "Two parties hold the token, and nobody knows which one is the thief: only when nothing works any more is the thief out.",
        shown: "After the second use the newest refresh token still gave a token that works.",
        fix: "Tie all tokens of one authorization together, and revoke all of them when a replaced refresh token is used.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(family(probe, evidence)),
};

pub(in crate::audit::check) static REFRESH_NOT_ROTATED_PUBLIC: Check = Check {
    id: "refresh-not-rotated-public",
    group: Group::Refresh,
    title: "Refresh tokens of a public client are not rotated",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.2.2", "RFC 9700 §4.14.2"],
    text: Text {
        does: "Refreshes with a public client and compares the refresh tokens.",
        why: "A public client's refresh token is a bearer token without a secret beside it: stolen once, it works unnoticed for as long as it lives.",
        shown: "The refresh gave no new refresh token.",
        fix: "Issue a new refresh token with each refresh of a public client and end the old one, or bind refresh tokens to a key of the client.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(rotated(probe, evidence)),
};

pub(in crate::audit::check) static REFRESH_REUSE: Check = Check {
    id: "refresh-reuse",
    group: Group::Refresh,
    title: "A refresh token that was replaced still works",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: REFERENCES,
    text: Text {
        does: "Refreshes with a public client and uses the old refresh token again.",
        why: "Rotation shows a theft only when the old token is dead: otherwise thief and owner refresh side by side.",
        shown: "The old refresh token gave an access token, and that token works.",
        fix: "End a refresh token in the moment in which its successor is issued.",
    },
    dominates: &["refresh-family-survives", "refresh-race"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(reuse(probe, evidence)),
};

/// A first refresh: the old token, and the new one where there is one.
struct Refreshed {
    old: Secret,
    new: Option<Secret>,
    outcome: Outcome,
}

async fn refreshed(probe: &Probe, evidence: &Evidence) -> Result<Option<Refreshed>, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    probe.step("control");
    let scope = evidence.reading_scope(client);
    let grant: Grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(old) = grant.tokens.refresh_token else { return Ok(None) };
    let answer = probe.token(at, Some(&client.credentials), &refreshing(&old)).await?;
    let new = answer.tokens().and_then(|tokens| tokens.refresh_token).filter(|new| *new != old);
    Ok(Some(Refreshed { old, new, outcome: answer.token_outcome() }))
}

const NO_REFRESH_TOKEN: &str = "no refresh token is issued to the public client";
const NOT_ROTATED: &str = "refresh tokens are not rotated";

async fn rotated(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    if let Some(none) = evidence.without_public_clients() {
        return Ok(none);
    }
    let Some(refreshed) = refreshed(probe, evidence).await? else {
        return Ok(Judgement::not_applicable(NO_REFRESH_TOKEN));
    };
    let mut bracket = Bracket::new("a new refresh token with each refresh");
    bracket.control("a refresh", refreshed.outcome.clone());
    // What is looked for is a refresh without a new token.
    let outcome = match (&refreshed.new, refreshed.outcome) {
        (None, Outcome::Accepted(how)) => Outcome::Accepted(how),
        (None, other) => other,
        (Some(_), _) => Outcome::Refused("a new one was issued".to_owned()),
    };
    bracket.probe("keeping the old refresh token", outcome);
    Ok(bracket.judge())
}

async fn reuse(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(refreshed) = refreshed(probe, evidence).await? else {
        return Ok(Judgement::not_applicable(NO_REFRESH_TOKEN));
    };
    if refreshed.new.is_none() && refreshed.outcome.is_accepted() {
        return Ok(Judgement::not_applicable(NOT_ROTATED));
    }
    let mut bracket = Bracket::new("400 invalid_grant for the old refresh token");
    bracket.control("the refresh token, the first time", refreshed.outcome);
    probe.step("probe");
    let outcome = used(probe, evidence, &refreshed.old).await?;
    bracket.probe("the refresh token, the second time", outcome);
    Ok(bracket.judge())
}

async fn family(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(refreshed) = refreshed(probe, evidence).await? else {
        return Ok(Judgement::not_applicable(NO_REFRESH_TOKEN));
    };
    let mut bracket = Bracket::new("400 invalid_grant for the newest refresh token too");
    bracket.control("a refresh", refreshed.outcome.clone());
    let Some(newest) = refreshed.new else {
        let accepted = refreshed.outcome.is_accepted();
        return Ok(if accepted { Judgement::not_applicable(NOT_ROTATED) } else { bracket.judge() });
    };
    let credentials = Some(&evidence.public()?.credentials);
    probe.step("probe");
    probe.token(&evidence.endpoints, credentials, &refreshing(&refreshed.old)).await?;
    let outcome = used(probe, evidence, &newest).await?;
    bracket.probe("the newest refresh token, after the old one was used again", outcome);
    Ok(bracket.judge())
}

async fn used(probe: &Probe, evidence: &Evidence, token: &Secret) -> Result<Outcome, Trouble> {
    let client = evidence.public()?;
    evidence.token_effect(probe, client, Some(&client.credentials), &refreshing(token)).await
}
