//! Token exchange (RFC 8693): a token becomes another one, and never a better one.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Trouble};
use crate::protocol::{GrantType, Secret};

pub(in crate::audit::check) static EXCHANGE_UNRESTRICTED: Check = Check {
    id: "exchange-unrestricted",
    group: Group::Token,
    title: "Token exchange makes better tokens of any token",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Api, Need::Registration],
    references: &["RFC 8693 §2.1", "RFC 8693 §5"],
    text: Text {
        does: "As a client that may use the grant, exchanges a token of its own, as the control, and then asks for a wider scope, for an API that the token is not for, and exchanges a user's token of another client.",
        why: "Whoever holds the least token of anybody turns it into the one that opens everything.",
        shown: "The token endpoint gave an access token for such an exchange.",
        fix: "Let the subject token bound scope, audience and lifetime of what comes out, and exchange the tokens of others for named clients alone.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const GRANTS: &[GrantType] = &[GrantType::ClientCredentials, GrantType::TokenExchange];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let offered = &evidence.metadata.grant_types_supported;
    if !offered.iter().any(|grant| grant == GrantType::TokenExchange.as_str()) {
        return Ok(Judgement::not_applicable("the server does not offer token exchange"));
    }
    let scope = evidence.api()?.scopes.join(" ");
    let Some(made) = evidence.spare(probe, GRANTS, &scope).await? else {
        return Ok(Judgement::not_applicable("no client registers for token exchange"));
    };
    let judged = exchanged(probe, evidence, &made.client).await;
    evidence.take_back(probe, made).await?;
    judged
}

async fn exchanged(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
) -> Result<Judgement, Trouble> {
    let (at, api) = (&evidence.endpoints, evidence.api()?);
    let read = api.read_scope().unwrap_or_default();
    let mut bracket = Bracket::new("400 invalid_request, invalid_scope or invalid_target");
    probe.step("control");
    let own = probe.machine_grant(at, client, read).await?.tokens.access_token;
    let good = exchange(probe, evidence, client, (&own, &[("scope", read)])).await?;
    bracket.control("a token of its own", good);
    probe.step("probe");
    if let Some(write) = api.write_scope() {
        let wider = exchange(probe, evidence, client, (&own, &[("scope", write)])).await?;
        bracket.probe("a wider scope", wider);
    }
    if let Some(other) = evidence.apis.get(1) {
        let named = [("resource", other.url.as_str())];
        let elsewhere = exchange(probe, evidence, client, (&own, &named)).await?;
        bracket.probe("another API", elsewhere);
    }
    let owner = evidence.confidential()?;
    let mut session = evidence.session()?;
    let granted = probe.grant(at, owner, &mut session, &evidence.reading_scope(owner)).await?;
    let foreign = &granted.tokens.access_token;
    let outcome = exchange(probe, evidence, client, (foreign, &[("scope", read)])).await?;
    bracket.probe("a user's token of another client", outcome);
    Ok(bracket.judge())
}

async fn exchange(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    (subject, more): (&Secret, &[(&str, &str)]),
) -> Result<Outcome, Trouble> {
    let params = [
        ("grant_type", GrantType::TokenExchange.as_str()),
        ("subject_token", subject.expose()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    let params = Params::of(params.into_iter().chain(more.iter().copied()));
    let answer = probe.token(&evidence.endpoints, Some(&client.credentials), &params).await?;
    Ok(answer.token_outcome())
}
