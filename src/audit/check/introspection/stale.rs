//! A revoked token is not active (RFC 7662 §4).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static INTROSPECT_STALE: Check = Check {
    id: "introspect-stale",
    group: Group::Introspection,
    title: "Introspection calls a revoked token active",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection, Need::Revocation],
    references: &["RFC 7662 §4", "RFC 7009 §2.1"],
    text: Text {
        does: "Revokes an access token and introspects it.",
        why: "APIs go on serving a token that its owner has declared lost.",
        shown: "The token is active after a revocation that was answered with 200.",
        fix: "Look revocations up when a token is introspected; a signature and an expiry alone do not know of them.",
    },
    // Whether a token is dead is read from introspection.
    dominates: &["code-replay-no-revocation", "revoke-access-noop", "revoke-refresh-leaves-access"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let (credentials, token) = (&client.credentials, &grant.tokens.access_token);
    let mut bracket = Bracket::new("active: false");
    bracket.control("before the revocation", evidence.active(probe, credentials, token).await?);
    let revoked = probe.revoke(at, Some(credentials), token).await?;
    bracket.control("the revocation", revoked.access_outcome());
    probe.step("probe");
    bracket.probe("after the revocation", evidence.active(probe, credentials, token).await?);
    Ok(bracket.judge())
}
