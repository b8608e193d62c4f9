//! What ends with a revocation (RFC 7009 §2.1), as introspection or an API sees it.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::Secret;

pub(in crate::audit::check) static REVOKE_ACCESS_NOOP: Check = Check {
    id: "revoke-access-noop",
    group: Group::Revocation,
    title: "An access token survives its revocation",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Revocation],
    references: &["RFC 7009 §2.1"],
    text: Text {
        does: "Revokes an access token and introspects it, or, where there is no introspection, reads at an API with it.",
        why: "Who revokes a token believes it dead: a leak that was noticed goes on.",
        shown: "The revoked token is active, or an API answered a request with it.",
        fix: "Keep revoked tokens known to what APIs ask, or give access tokens so short a life that nothing needs to be revoked, and say unsupported_token_type.",
    },
    // What is not revoked is still active.
    dominates: &["introspect-stale"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(access(probe, evidence)),
};

pub(in crate::audit::check) static REVOKE_REFRESH_LEAVES_ACCESS: Check = Check {
    id: "revoke-refresh-leaves-access",
    group: Group::Revocation,
    title: "Access tokens survive the revocation of their refresh token",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Revocation],
    references: &["RFC 7009 §2.1"],
    text: Text {
        does: "Revokes a refresh token and introspects the access token that came with it, or reads at an API with it.",
        why: "A user who takes access back, and a client that logs out, believe that all of it is over.",
        shown: "An access token of the revoked authorization is active, or an API answered a request with it.",
        fix: "Tie all tokens of one authorization together, and end them with its refresh token.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(refresh(probe, evidence)),
};

async fn access(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some((access, _)) = granted(probe, evidence).await? else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    revoked(probe, evidence, (&access, &access)).await
}

async fn refresh(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some((access, refresh)) = granted(probe, evidence).await? else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    revoked(probe, evidence, (&refresh, &access)).await
}

async fn granted(probe: &Probe, evidence: &Evidence) -> Result<Option<(Secret, Secret)>, Trouble> {
    let client: &Client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    probe.step("control");
    let grant = probe.grant(&evidence.endpoints, client, &mut session, &scope).await?;
    let access = grant.tokens.access_token;
    Ok(grant.tokens.refresh_token.map(|refresh| (access, refresh)))
}

/// Revokes one token, and uses the other before and after.
async fn revoked(
    probe: &Probe,
    evidence: &Evidence,
    (ended, used): (&Secret, &Secret),
) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let credentials = Some(&client.credentials);
    let mut bracket = Bracket::new("active: false, or 401 invalid_token");
    bracket.control("before", evidence.works(probe, client, used).await?);
    let answer = probe.revoke(at, credentials, ended).await?;
    if answer.error().as_deref() == Some("unsupported_token_type") {
        // RFC 7009 §2.2.1: a server may say so, and then promises nothing.
        return Ok(Judgement::not_applicable("the server does not revoke such tokens"));
    }
    bracket.control("the revocation", answer.access_outcome());
    probe.step("probe");
    bracket.probe("after the revocation", evidence.works(probe, client, used).await?);
    Ok(bracket.judge())
}
