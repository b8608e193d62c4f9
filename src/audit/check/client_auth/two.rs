//! Requests that say twice who the client is (RFC 6749 §2.3, §3.2.1, RFC 7521 §4.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Request, Trouble, for_itself, redemption};
use crate::protocol::Secret;

const SHOWN: &str = "The token endpoint gave an access token, and that token works.";

pub(in crate::audit::check) static CLIENT_AUTH_TWO_METHODS: Check = Check {
    id: "client-auth-two-methods",
    group: Group::ClientAuthentication,
    title: "A request may authenticate its client in two ways",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §2.3"],
    text: Text {
        does: "Sends the right secret in the Authorization header and in the body, and, where the server has clients that sign, the header beside an assertion of another client.",
        why: "Two programs that read one request may believe different credentials: what one has checked is not what the other acts on.",
        shown: SHOWN,
        fix: "Refuse a request that uses more than one authentication method.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(two_methods(probe, evidence)),
};

pub(in crate::audit::check) static CLIENT_AUTH_ID_MISMATCH: Check = Check {
    id: "client-auth-id-mismatch",
    group: Group::ClientAuthentication,
    title: "A client authenticates as itself and acts as another one",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::SecondClient, Need::User],
    references: &["RFC 6749 §3.2.1", "RFC 7521 §4.2"],
    text: Text {
        does: "Redeems a code of one client with the credential of another in the Authorization header, and the first one's client_id in the body.",
        why: "Any client that can authenticate at all redeems the codes and refresh tokens of all the others.",
        shown: SHOWN,
        fix: "Act as the client that authenticated, and refuse a client_id in the body that names another one.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(id_mismatch(probe, evidence)),
};

async fn two_methods(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let Some(secret) = &client.credentials.secret else {
        return Ok(Judgement::not_applicable("the client has no secret to send twice"));
    };
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("400 invalid_request or 401 invalid_client");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    let twice = params.clone().with("client_id", client.id());
    let twice = twice.with("client_secret", secret.expose());
    let outcome = with_header(probe, evidence, (client, client, secret), &twice).await?;
    bracket.probe("the secret in the header and in the body", outcome);
    if let Ok(asserting) = evidence.asserting() {
        let empty = Request::post_form(&evidence.endpoints.token, &params.pairs());
        let signed = asserting.client.credentials.decorate(empty);
        let request = signed.basic(client.id(), secret).accept("application/json");
        let answer = probe.send(request).await?;
        probe.remember_tokens(&answer, Some(&client.credentials), &params);
        let outcome = evidence.effect_of(probe, client, &answer).await?;
        bracket.probe("the header, and an assertion of another client", outcome);
    }
    Ok(bracket.judge())
}

async fn id_mismatch(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (caller, owner) = (evidence.confidential()?, evidence.second()?);
    let Some(secret) = &caller.credentials.secret else {
        return Ok(Judgement::not_applicable("the client has no secret for the header"));
    };
    let (at, scope) = (&evidence.endpoints, evidence.reading_scope(owner));
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("400 invalid_request, invalid_grant, or 401 invalid_client");
    probe.step("control");
    let code = probe.code(at, owner, &mut session, &scope).await?;
    let own = Some(&owner.credentials);
    let outcome = evidence.token_effect(probe, owner, own, &redemption(&code)).await?;
    bracket.control("the code, by its own client", outcome);
    probe.step("probe");
    let code = probe.code(at, owner, &mut session, &scope).await?;
    let params = redemption(&code).with("client_id", owner.id());
    let outcome = with_header(probe, evidence, (caller, owner, secret), &params).await?;
    bracket.probe("the code, with another client in the header", outcome);
    Ok(bracket.judge())
}

/// A token request with one client's secret in the header. The token is tried as the other's, to
/// whom it was issued if at all.
async fn with_header(
    probe: &Probe,
    evidence: &Evidence,
    (caller, owner, secret): (&Client, &Client, &Secret),
    params: &Params,
) -> Result<Outcome, Trouble> {
    let request = Request::post_form(&evidence.endpoints.token, &params.pairs());
    let request = request.basic(caller.id(), secret).accept("application/json");
    let answer = probe.send(request).await?;
    probe.remember_tokens(&answer, Some(&owner.credentials), params);
    evidence.effect_of(probe, owner, &answer).await
}
