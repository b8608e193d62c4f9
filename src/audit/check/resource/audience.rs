//! A token opens the API that it is meant for (RFC 9068 §4, RFC 9700 §2.3, §4.10.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Api, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Grant, Probe, Trouble};

pub(in crate::audit::check) static RS_AUDIENCE: Check = Check {
    id: "rs-audience",
    group: Group::Resource,
    title: "A token that is meant for another API is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::SecondApi],
    references: &["RFC 9700 §2.3", "RFC 9700 §4.10.2", "RFC 9068 §4"],
    text: Text {
        does: "Gets a token for each of two APIs and uses it at the other one.",
        why: "One API, or whoever breaks into it, uses the tokens that it receives at all the others: the confused deputy.",
        shown: "An API served a request whose token names another API as its audience.",
        fix: "Compare the token's audience with the API's own identifiers, and refuse every other token.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (first, second) = (evidence.api()?, evidence.second_api()?);
    probe.step("control");
    let of_first = granted(probe, evidence, first).await?;
    let of_second = granted(probe, evidence, second).await?;
    let mut bracket = Bracket::new("401 invalid_token");
    for (api, grant) in [(first, &of_first), (second, &of_second)] {
        let answer = probe.call(api, Some(&grant.tokens.access_token)).await?;
        bracket.control(format!("its own token at {}", api.url), answer.access_outcome());
    }
    probe.step("probe");
    for (api, other, grant) in [(first, second, &of_second), (second, first, &of_first)] {
        let answer = probe.call(api, Some(&grant.tokens.access_token)).await?;
        bracket
            .probe(format!("the token of {} at {}", other.url, api.url), answer.access_outcome());
    }
    Ok(bracket.judge())
}

async fn granted(probe: &Probe, evidence: &Evidence, api: &Api) -> Result<Grant, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let scope = client.allowed(api.read_scope());
    probe.grant(&evidence.endpoints, client, &mut session, &scope).await
}
