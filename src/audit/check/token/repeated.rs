//! Parameters that stand twice (RFC 6749 §3.2: they must not).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Trouble, for_itself, redemption};

pub(in crate::audit::check) static TOKEN_DUPLICATE_PARAMS: Check = Check {
    id: "token-duplicate-params",
    group: Group::Token,
    title: "The token endpoint accepts parameters that stand twice",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::ConfidentialClient, Need::User],
    references: &["RFC 6749 §3.2"],
    text: Text {
        does: "Sends good token requests with grant_type, scope, code or redirect_uri twice, each time with the same value.",
        why: "Two programs that read one request may take different values: a proxy checks the first one, the server uses the last one.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Refuse a request in which a parameter occurs more than once, resource and audience excepted.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, machine) = (&evidence.endpoints, evidence.machine()?);
    let client = evidence.confidential()?;
    let mut bracket = Bracket::new("400 invalid_request");
    bracket.controls.push(evidence.controls.of_machine());
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    let params = for_itself(&evidence.machine_scope(machine));
    for name in ["grant_type", "scope"] {
        let twice = twice(&params, name);
        let credentials = Some(&machine.credentials);
        let outcome = evidence.token_effect(probe, machine, credentials, &twice).await?;
        bracket.probe(format!("{name} twice"), outcome);
    }
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    for name in ["code", "redirect_uri"] {
        let code = probe.code(at, client, &mut session, &scope).await?;
        let twice = twice(&redemption(&code), name);
        let credentials = Some(&client.credentials);
        let outcome = evidence.token_effect(probe, client, credentials, &twice).await?;
        bracket.probe(format!("{name} twice"), outcome);
    }
    Ok(bracket.judge())
}

/// The same parameters, with one of them a second time at the end.
fn twice(params: &Params, name: &str) -> Params {
    let again = params.get(name).map(|value| (name, value));
    Params::of(params.pairs().into_iter().chain(again))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_parameter_stands_twice() {
        let params = Params::of([("a", "1"), ("b", "2")]);
        assert_eq!(twice(&params, "a").query(), "a=1&b=2&a=1");
        assert_eq!(twice(&params, "c").query(), "a=1&b=2");
    }
}
