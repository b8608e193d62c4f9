//! What is no access token opens no API (RFC 9068 §4, RFC 8725 §3.12).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User, Need::Api];
const SHOWN: &str = "The API served a request with it.";

pub(in crate::audit::check) static RS_ID_TOKEN: Check = Check {
    id: "rs-id-token",
    group: Group::Resource,
    title: "An ID token is accepted as an access token",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9068 §4", "RFC 8725 §3.12"],
    text: Text {
        does: "Sends an ID token as the bearer token.",
        why: "Clients pass ID tokens around as proof of a login: whoever receives one would act as the user.",
        shown: SHOWN,
        fix: "Check the typ of the header (at+jwt) and the audience; an ID token is meant for a client.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(id_token(probe, evidence)),
};

pub(in crate::audit::check) static RS_OTHER_TOKEN: Check = Check {
    id: "rs-other-token",
    group: Group::Resource,
    title: "A refresh token or a code is accepted as an access token",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8725 §3.12", "RFC 6749 §1.5"],
    text: Text {
        does: "Sends a refresh token, and an authorization code, as the bearer token.",
        why: "A refresh token lives long and is never meant to reach an API; where it works there, every API is a place to steal it from.",
        shown: SHOWN,
        fix: "Keep kinds of tokens apart: what introspection calls active must also be an access token.",
    },
    // The API is told of refresh tokens as anybody is.
    dominates: &["introspect-any-client"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(other(probe, evidence)),
};

async fn id_token(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(control) = &evidence.controls.api else {
        return Ok(Judgement::inconclusive("401 invalid_token", "there is no good token"));
    };
    let Some(token) = &control.grant()?.tokens.id_token else {
        return Ok(Judgement::not_applicable("no ID token is issued"));
    };
    let mut bracket = Bracket::new("401 invalid_token");
    bracket.controls.push(evidence.controls.of_api());
    probe.step("probe");
    let answer = probe.call(evidence.api()?, Some(token)).await?;
    bracket.probe("the ID token", answer.access_outcome());
    Ok(bracket.judge())
}

async fn other(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, api) = (evidence.public()?, evidence.api()?);
    let mut bracket = Bracket::new("401 invalid_token");
    bracket.controls.push(evidence.controls.of_api());
    let granted = evidence.controls.api.as_ref().and_then(|control| control.grant.as_ref());
    if let Some(token) = granted.and_then(|grant| grant.tokens.refresh_token.as_ref()) {
        probe.step("probe");
        let answer = probe.call(api, Some(token)).await?;
        bracket.probe("a refresh token", answer.access_outcome());
    }
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(&evidence.endpoints, client, &mut session, &scope).await?;
    probe.step("probe");
    let answer = probe.call(api, Some(&code.code)).await?;
    bracket.probe("an authorization code", answer.access_outcome());
    Ok(bracket.judge())
}
