//! A token that says nothing about itself cannot be guessed (RFC 6749 §10.10).

use super::super::code::judge_entropy;
use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, refreshing, tokens};
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;

pub(in crate::audit::check) static TOKEN_ENTROPY: Check = Check {
    id: "token-entropy",
    group: Group::Refresh,
    title: "An opaque access or refresh token can be guessed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 6749 §10.10"],
    text: Text {
        does: "Collects access and refresh tokens that are no JWT and bounds their bits by length, alphabet, and what all of them share.",
        why: "Whoever guesses a live token acts as the user.",
        shown: "No token of this form has 128 bits, or one came twice.",
        fix: "Make tokens from at least 128 bits, better 256, of a cryptographic random generator.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const REFRESHES: usize = 4;

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let mut newest = probe.grant(at, client, &mut session, &scope).await?.tokens;
    let (mut access, mut refresh) = (Vec::new(), Vec::new());
    for round in 0..=REFRESHES {
        access.push(newest.access_token.clone());
        let Some(token) = newest.refresh_token.clone() else { break };
        // A token that is not rotated is one value, however often it comes.
        if !refresh.contains(&token) {
            refresh.push(token.clone());
        }
        if round < REFRESHES {
            let answer = probe.token(at, Some(&client.credentials), &refreshing(&token)).await?;
            newest = tokens(&answer)?;
        }
    }
    access.retain(|token| Genuine::of(token).is_none());
    refresh.retain(|token| Genuine::of(token).is_none());
    let samples = [(access, "access tokens"), (refresh, "refresh tokens")];
    let judged = samples.iter().filter(|(sample, _)| !sample.is_empty()).map(|(sample, what)| {
        let sample: Vec<_> = sample.iter().map(Secret::expose).collect();
        judge_entropy(&sample, what)
    });
    let none = || Judgement::not_applicable("every token is a JWT");
    Ok(judged.min_by_key(|judgement| judgement.verdict).unwrap_or_else(none))
}
