//! Resources that cannot be (RFC 8707 §2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, for_itself};

pub(in crate::audit::check) static RESOURCE_INVALID_ACCEPTED: Check = Check {
    id: "resource-invalid-accepted",
    group: Group::Token,
    title: "A resource that is unknown or malformed is accepted",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Api],
    references: &["RFC 8707 §2"],
    text: Text {
        does: "Asks for tokens for an API that nobody knows, for a relative URI, and for a URI with a fragment.",
        why: "A client that believes its token restricted gets one that is not, or one whose audience is the attacker's.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Answer invalid_target to every resource that is no absolute URI of an API that you know.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, api) = (evidence.machine()?, evidence.api()?);
    let credentials = Some(&client.credentials);
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("400 invalid_target");
    probe.step("control");
    let known = params.clone().with("resource", &api.url);
    let good = evidence.token_effect(probe, client, credentials, &known).await?;
    bracket.control("the API itself", good);
    probe.step("probe");
    for (what, resource) in [
        ("an unknown API", "https://api.audit.example/unknown".to_owned()),
        ("a relative URI", "/notes".to_owned()),
        ("a fragment", format!("{}#part", api.url)),
    ] {
        let params = params.clone().with("resource", &resource);
        let outcome = evidence.token_effect(probe, client, credentials, &params).await?;
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}
