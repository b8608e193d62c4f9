//! An operation needs its scope (RFC 6750 §3.1).

use super::super::{Check, Group, Seeded, Text};
use super::notes::{delete, full_token, written};
use crate::audit::evidence::{ApiKind, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static RS_SCOPE: Check = Check {
    id: "rs-scope",
    group: Group::Resource,
    title: "An operation is served without its scope",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::NotesApi],
    references: &["RFC 6750 §3.1", "RFC 9068 §4"],
    text: Text {
        does: "Writes with a token whose scope allows reading only.",
        why: "Users grant scopes, and clients ask for little: it means nothing if no API looks.",
        shown: "The API did what the token's scope does not allow.",
        fix: "Compare the token's scope with what the operation needs, token by token, and answer 403 insufficient_scope.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, api) = (evidence.public()?, evidence.api_of(ApiKind::Notes)?);
    let mut session = evidence.session()?;
    let full = full_token(probe, evidence, &mut session).await?;
    let scope = client.allowed(api.read_scope());
    let narrow = probe.grant(&evidence.endpoints, client, &mut session, &scope).await?;
    let narrow = narrow.tokens.access_token;
    let mut bracket = Bracket::new("403 insufficient_scope");
    probe.step("control");
    let (outcome, note) = written(probe, api, &full).await?;
    bracket.control("writing with the scope for it", outcome);
    let answer = probe.call(api, Some(&narrow)).await?;
    bracket.control(format!("reading with {scope}"), answer.access_outcome());
    probe.step("probe");
    let (outcome, forbidden) = written(probe, api, &narrow).await?;
    bracket.probe(format!("writing with {scope}"), outcome);
    for note in note.iter().chain(&forbidden) {
        delete(probe, note).await?;
    }
    Ok(bracket.judge())
}
