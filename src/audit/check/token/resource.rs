//! Resource indicators at work (RFC 8707 §2): the audience of a token is what was asked for.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Api, Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Code, Params, Probe, Trouble, redemption};

pub(in crate::audit::check) static RESOURCE_IGNORED: Check = Check {
    id: "resource-ignored",
    group: Group::Token,
    title: "The resource parameter does not restrict tokens",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Api],
    references: &["RFC 8707 §2", "RFC 8707 §2.2", "RFC 9700 §2.3"],
    text: Text {
        does: "Asks for access to one API by resource, and reads for whom the token is; where there are two APIs, asks for both and redeems the code for one of them.",
        why: "A token that is good everywhere lets each API, and whoever attacks it, act as the user at all the others.",
        shown: "The token is not meant for the API that was asked for, or is meant for one that the token request left out.",
        fix: "Set aud to the resources of the request, narrowed at the token endpoint to those of that request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, api) = (evidence.confidential()?, evidence.api()?);
    let mut bracket = Bracket::new("aud is the resource that was asked for");
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    let reading = client.allowed(api.read_scope());
    let code = code_for(probe, evidence, &reading, &[api]).await?;
    let answer = redeemed(probe, evidence, &code, api).await?;
    let meant = evidence.meant_for(probe, client, &answer, &api.url).await?;
    bracket.probe("a token for one API", ignored(meant));
    if let Some(other) = evidence.apis.get(1) {
        let both = both(client, api, other);
        match code_for(probe, evidence, &both, &[api, other]).await {
            Ok(code) => {
                let answer = redeemed(probe, evidence, &code, api).await?;
                let meant = evidence.meant_for(probe, client, &answer, &other.url).await?;
                bracket.probe("a code for two APIs, redeemed for one: the other", meant);
            }
            // A server may refuse two resources at once: then there is nothing to narrow.
            Err(Trouble::Basis(_)) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(bracket.judge())
}

fn both(client: &Client, first: &Api, second: &Api) -> String {
    client.allowed(first.read_scope().into_iter().chain(second.read_scope()))
}

async fn code_for(
    probe: &Probe,
    evidence: &Evidence,
    scope: &str,
    resources: &[&Api],
) -> Result<Code, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, scope, &pkce)?;
    let named = resources.iter().map(|api| ("resource", api.url.as_str()));
    let asking = Params::of(asking.pairs().into_iter().chain(named));
    probe.code_for(&evidence.endpoints, &mut session, &asking, pkce).await
}

async fn redeemed(
    probe: &Probe,
    evidence: &Evidence,
    code: &Code,
    api: &Api,
) -> Result<Answer, Trouble> {
    let params = redemption(code).with("resource", &api.url);
    let credentials = Some(&evidence.confidential()?.credentials);
    probe.token(&evidence.endpoints, credentials, &params).await
}

/// Not to be meant for the API that was asked for is what is looked for.
fn ignored(meant: Outcome) -> Outcome {
    match meant {
        Outcome::Accepted(how) => Outcome::Refused(how),
        Outcome::Refused(how) if how.contains("meant for") => Outcome::Accepted(how),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_for_somebody_else_counts_and_a_refusal_does_not() {
        let refused = |how: &str| ignored(Outcome::Refused(how.to_owned()));
        assert!(refused("200, meant for https://b").is_accepted());
        assert!(!refused("400 invalid_target").is_accepted());
        assert!(!ignored(Outcome::Accepted("200".to_owned())).is_accepted());
    }
}
