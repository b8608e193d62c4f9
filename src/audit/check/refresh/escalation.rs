//! A refresh gives no more than was granted (RFC 6749 §6, RFC 8707 §2.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Trouble, refreshing};
use crate::protocol::Secret;

pub(in crate::audit::check) static REFRESH_RESOURCE_ESCALATION: Check = Check {
    id: "refresh-resource-escalation",
    group: Group::Refresh,
    title: "A refresh token gives access to an API that was not authorized",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::SecondApi],
    references: &["RFC 8707 §2.2", "RFC 9700 §4.14.2"],
    text: Text {
        does: "Gets a refresh token for one API and refreshes with resource set to another one.",
        why: "The user allowed one API; the client takes tokens for a second one, for as long as the refresh token lives.",
        shown: "An access token was issued whose audience contains the second API.",
        fix: "Keep the granted resources with the refresh token, and answer any other one with invalid_target.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(resource(probe, evidence)),
};

pub(in crate::audit::check) static REFRESH_SCOPE_ESCALATION: Check = Check {
    id: "refresh-scope-escalation",
    group: Group::Refresh,
    title: "A refresh gives scopes that were not granted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::Api],
    references: &["RFC 6749 §6", "RFC 9700 §4.14.2"],
    text: Text {
        does: "Gets a refresh token with a narrow scope and refreshes with a wider one.",
        why: "The user saw and allowed the narrow scope only.",
        shown: "The answer grants the scope that was not granted before.",
        fix: "Keep the granted scope with the refresh token, and answer a wider request with invalid_scope.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(scope(probe, evidence)),
};

async fn scope(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let narrow = evidence.reading_scope(client);
    let Some(more) = evidence.api()?.write_scope().filter(|scope| client.scope.contains(scope))
    else {
        return Ok(Judgement::not_applicable("the client has no second scope to ask for"));
    };
    let Some(token) = refresh_token(probe, evidence, client, &narrow).await? else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let credentials = Some(&client.credentials);
    let mut bracket = Bracket::new("400 invalid_scope, or the granted scope only");
    probe.step("probe");
    let wide = format!("{narrow} {more}");
    let params = refreshing(&token).with("scope", &wide);
    let answer = probe.token(at, credentials, &params).await?;
    bracket.probe(format!("scope {wide}"), Evidence::with_scope(&answer, more));
    let token = answer.tokens().and_then(|tokens| tokens.refresh_token).unwrap_or(token);
    probe.step("control");
    let params = refreshing(&token).with("scope", &narrow);
    let outcome = evidence.token_effect(probe, client, credentials, &params).await?;
    bracket.control(format!("scope {narrow}"), outcome);
    Ok(bracket.judge())
}

async fn resource(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let (granted, other) = (&evidence.api()?.url, &evidence.second_api()?.url);
    let scope = evidence.machine_scope(client);
    let Some(token) = refresh_token(probe, evidence, client, &scope).await? else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let credentials = Some(&client.credentials);
    let asking = |token: &Secret, api: &str| -> Params { refreshing(token).with("resource", api) };
    let mut bracket = Bracket::new("400 invalid_target, or a token for the granted API only");
    probe.step("probe");
    let answer = probe.token(at, credentials, &asking(&token, other)).await?;
    bracket.probe("another API", evidence.meant_for(probe, client, &answer, other).await?);
    let token = answer.tokens().and_then(|tokens| tokens.refresh_token).unwrap_or(token);
    probe.step("control");
    let answer = probe.token(at, credentials, &asking(&token, granted)).await?;
    bracket.control("the granted API", evidence.meant_for(probe, client, &answer, granted).await?);
    Ok(bracket.judge())
}

async fn refresh_token(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    scope: &str,
) -> Result<Option<Secret>, Trouble> {
    let mut session = evidence.session()?;
    let grant = probe.grant(&evidence.endpoints, client, &mut session, scope).await?;
    Ok(grant.tokens.refresh_token)
}
