//! Introspection needs a caller that shows who it is (RFC 7662 §2.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Credentials, Probe, Trouble};

pub(in crate::audit::check) static INTROSPECT_OPEN: Check = Check {
    id: "introspect-open",
    group: Group::Introspection,
    title: "Anyone may introspect a token",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §2.1", "RFC 7662 §4"],
    text: Text {
        does: "Introspects a good token without credentials, and with client_id alone.",
        why: "A stranger tries strings until one is active, and reads whose it is and what it opens.",
        shown: "The endpoint told a caller without credentials that the token is active.",
        fix: "Authenticate callers of the introspection endpoint, and refuse public clients.",
    },
    // Who may ask without a name may ask as anybody.
    dominates: &["introspect-any-client"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let mut bracket = Bracket::new("401, or nothing said about the token");
    let answer = probe.introspect(at, Some(&client.credentials), token).await?;
    bracket.control("with credentials", told(&answer));
    probe.step("probe");
    let answer = probe.introspect(at, None, token).await?;
    bracket.probe("without credentials", told(&answer));
    let nothing = Credentials::public(client.id());
    let answer = probe.introspect(at, Some(&nothing), token).await?;
    bracket.probe("with client_id alone", told(&answer));
    Ok(bracket.judge())
}

/// What a caller learns of a good token.
pub(super) fn told(answer: &Answer) -> Outcome {
    match answer.introspection() {
        Some(told) if told.active => Outcome::Accepted("the token is active".to_owned()),
        Some(_) => Outcome::Refused("active: false".to_owned()),
        None if answer.is_success() => Outcome::Unclear("an answer that cannot be read".to_owned()),
        None => answer.access_outcome(),
    }
}
