//! What belongs to one user is not served to another one.

use super::super::{Check, Group, Seeded, Text};
use super::notes::{delete, full_token, written};
use crate::audit::evidence::{ApiKind, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Request, Trouble};

pub(in crate::audit::check) static RS_OBJECT_OWNER: Check = Check {
    id: "rs-object-owner",
    group: Group::Resource,
    title: "A user reads what belongs to another one",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::SecondUser, Need::NotesApi],
    references: &["OWASP API Security Top 10 2023 API1"],
    text: Text {
        does: "Writes a note as one user and reads it with the token of another one.",
        why: "A valid token with the right scope says who asks, not what that user owns: ids that are guessed or seen open everything.",
        shown: "The API served the note to the other user.",
        fix: "Look objects up together with their owner, and answer 404 for those of others.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let api = evidence.api_of(ApiKind::Notes)?;
    let (mut first, mut second) = (evidence.session()?, evidence.second_session()?);
    let owner = full_token(probe, evidence, &mut first).await?;
    let stranger = full_token(probe, evidence, &mut second).await?;
    let client = evidence.public()?;
    let owner_is = evidence.subject(probe, client, &owner).await?;
    if owner_is.is_some() && owner_is == evidence.subject(probe, client, &stranger).await? {
        return Ok(Judgement::not_applicable("both logins lead to the same user"));
    }
    let mut bracket = Bracket::new("404, as for a note that does not exist");
    probe.step("control");
    let (outcome, note) = written(probe, api, &owner).await?;
    bracket.control("writing a note", outcome);
    let Some(note) = note else { return Ok(bracket.judge()) };
    let answer = probe.send(Request::get(&note.url).bearer(&owner)).await?;
    bracket.control("its owner reads it", answer.access_outcome());
    probe.step("probe");
    let answer = probe.send(Request::get(&note.url).bearer(&stranger)).await?;
    bracket.probe("another user reads it", answer.access_outcome());
    delete(probe, &note).await?;
    Ok(bracket.judge())
}
