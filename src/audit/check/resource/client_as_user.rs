//! A client that acts for itself is no user (RFC 9700 §4.15).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{ApiKind, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static RS_CLIENT_AS_USER: Check = Check {
    id: "rs-client-as-user",
    group: Group::Resource,
    title: "A client that acts for itself is taken for a user",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::PublicClient, Need::User, Need::NotesApi],
    references: &["RFC 9700 §4.15", "RFC 9068 §2.2"],
    text: Text {
        does: "Uses a token from the client credentials grant where the API serves what belongs to a user.",
        why: "The subject of such a token is a client: where its id equals a user's, the client reads that user's data.",
        shown: "The API served the request as if a user had asked.",
        fix: "Tell tokens without a user apart, by client_id equal to sub, and refuse them where a user is needed.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, api) = (evidence.machine()?, evidence.api_of(ApiKind::Notes)?);
    let scope = client.allowed(api.read_scope());
    let grant = probe.machine_grant(&evidence.endpoints, client, &scope).await?;
    probe.step("probe");
    let answer = probe.call(api, Some(&grant.tokens.access_token)).await?;
    let mut bracket = Bracket::new("403, since there is no user");
    bracket.controls.push(evidence.controls.of_api());
    bracket.probe("a token of client credentials", answer.access_outcome());
    Ok(bracket.judge())
}
