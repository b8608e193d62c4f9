//! Who may know what of a token (RFC 7662 §2.2, §4).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static INTROSPECT_ANY_CLIENT: Check = Check {
    id: "introspect-any-client",
    group: Group::Introspection,
    title: "A client that has nothing to do with a token sees what it says",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::SecondClient, Need::Introspection],
    references: &["RFC 7662 §2.2", "RFC 7662 §4"],
    text: Text {
        does: "Introspects a token of one client as another client, that authenticates as itself and that no audience names.",
        why: "Whoever finds a token learns its user, its scopes and whether it still works; and any registered client becomes an oracle for stolen tokens.",
        shown: "The token is active in the eyes of the other client.",
        fix: "Answer active: false to callers that are neither the token's client nor an API in its audience.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let other = &evidence.second()?.credentials;
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let mut bracket = Bracket::new("active: false, or a refusal");
    let own = evidence.active(probe, &client.credentials, token).await?;
    bracket.control("the token's own client", own);
    probe.step("probe");
    let answer = probe.introspect(at, Some(other), token).await?;
    bracket.probe("another client", super::told(&answer));
    Ok(bracket.judge())
}
