//! A token in the URL is not taken (RFC 9700 §4.3.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Trouble, reading};

pub(in crate::audit::check) static RS_QUERY_TOKEN: Check = Check {
    id: "rs-query-token",
    group: Group::Resource,
    title: "A token in the URL is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::Api],
    references: &["RFC 9700 §4.3.2", "RFC 6750 §5.3"],
    text: Text {
        does: "Sends a good token as access_token in the query, without an Authorization header.",
        why: "URLs are kept by logs, proxies and histories, and travel in referrers: so do the tokens in them.",
        shown: "The API served the request.",
        fix: "Read bearer tokens from the Authorization header only.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("400 or 401");
    bracket.controls.push(evidence.controls.of_api());
    if let Some(control) = &evidence.controls.api {
        let token = &control.grant()?.tokens.access_token;
        let mut request = reading(evidence.api()?);
        request.url = Params::of([("access_token", token.expose())]).behind(&request.url);
        probe.step("probe");
        let answer = probe.send(request).await?;
        bracket.probe("the token in the query", answer.access_outcome());
    }
    Ok(bracket.judge())
}
