//! The registered way to authenticate is the only one (RFC 7591 §2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, for_itself};
use crate::protocol::AuthMethod;

pub(in crate::audit::check) static CLIENT_AUTH_METHOD_NOT_BOUND: Check = Check {
    id: "client-auth-method-not-bound",
    group: Group::ClientAuthentication,
    title: "A client authenticates in a way that it did not register",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 7591 §2"],
    text: Text {
        does: "Sends the right secret of a client in the body if it registered the Authorization header, and in the header if it registered the body.",
        why: "A client that was moved to a stronger method stays as weak as the weakest one that works; and an attacker chooses the one whose reader has the fault.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Look the client's token_endpoint_auth_method up, and accept that one alone.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let own = &client.credentials;
    let Some(secret) = own.secret.clone() else {
        return Ok(Judgement::not_applicable("the client has no secret to send elsewhere"));
    };
    let (what, other) = match own.method {
        AuthMethod::ClientSecretBasic => ("in the body", Credentials::post(client.id(), secret)),
        AuthMethod::ClientSecretPost => ("in the header", Credentials::basic(client.id(), secret)),
        _ => return Ok(Judgement::not_applicable("the client does not send its secret")),
    };
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("401 invalid_client");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    let outcome = evidence.token_effect(probe, client, Some(&other), &params).await?;
    bracket.probe(format!("the right secret, {what}"), outcome);
    Ok(bracket.judge())
}
