//! A refresh token belongs to its client, which must show who it is (RFC 6749 §6, §10.4).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, refreshing};

const SHOWN: &str = "The refresh gave an access token, and that token works.";

pub(in crate::audit::check) static REFRESH_CLIENT_SWAP: Check = Check {
    id: "refresh-client-swap",
    group: Group::Refresh,
    title: "A refresh token of one client is used by another",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::SecondClient, Need::User],
    references: &["RFC 6749 §6", "RFC 6749 §10.4"],
    text: Text {
        does: "Gets a refresh token as one client and uses it as another one that authenticates as itself.",
        why: "A client that finds a refresh token of another one acts for that one's users.",
        shown: SHOWN,
        fix: "Keep the client with the refresh token, and compare it with the client that authenticated.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(swap(probe, evidence)),
};

pub(in crate::audit::check) static REFRESH_WITHOUT_CLIENT_AUTH: Check = Check {
    id: "refresh-without-client-auth",
    group: Group::Refresh,
    title: "A confidential client refreshes without its credential",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["RFC 6749 §6"],
    text: Text {
        does: "Uses a refresh token of a confidential client with client_id alone.",
        why: "The credential is what makes a stolen refresh token useless to the thief.",
        shown: SHOWN,
        fix: "Authenticate the client on every token request, by its registered method.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unauthenticated(probe, evidence)),
};

async fn swap(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let other = evidence.second()?;
    used_as(probe, evidence, other, &other.credentials, "another client").await
}

async fn unauthenticated(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let nothing = Credentials::public(client.id());
    used_as(probe, evidence, client, &nothing, "client_id alone").await
}

/// Uses a refresh token of the confidential client with other credentials, and afterwards with the
/// right ones: the control shows that the token was good all the time.
async fn used_as(
    probe: &Probe,
    evidence: &Evidence,
    holder: &Client,
    credentials: &Credentials,
    what: &str,
) -> Result<Judgement, Trouble> {
    let owner = evidence.confidential()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(owner);
    let grant = probe.grant(&evidence.endpoints, owner, &mut session, &scope).await?;
    let Some(token) = &grant.tokens.refresh_token else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let params = refreshing(token);
    let mut bracket = Bracket::new("400 invalid_grant or 401 invalid_client");
    probe.step("probe");
    let outcome = evidence.token_effect(probe, holder, Some(credentials), &params).await?;
    bracket.probe(format!("the refresh token with {what}"), outcome);
    probe.step("control");
    let outcome = evidence.token_effect(probe, owner, Some(&owner.credentials), &params).await?;
    bracket.control("the refresh token with its own client", outcome);
    Ok(bracket.judge())
}
