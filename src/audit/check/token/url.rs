//! Token requests whose parameters stand in the URL (RFC 6749 §3.2, §2.3.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Request, Trouble, for_itself};
use crate::protocol::AuthMethod;

const SHOWN: &str = "The token endpoint gave an access token, and that token works.";
const WHY: &str = "URLs are kept by logs, proxies and histories, and pages can make a browser open them: what works there will be found there, and sent by others.";

pub(in crate::audit::check) static TOKEN_GET: Check = Check {
    id: "token-get",
    group: Group::Token,
    title: "The token endpoint answers GET",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §3.2"],
    text: Text {
        does: "Sends a good token request as GET, with its parameters in the query.",
        why: WHY,
        shown: SHOWN,
        fix: "Accept POST alone at the token endpoint, and answer every other method with 405.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(by_get(probe, evidence)),
};

pub(in crate::audit::check) static TOKEN_QUERY: Check = Check {
    id: "token-query",
    group: Group::Token,
    title: "The token endpoint reads parameters from the URL",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §3.2", "RFC 6749 §2.3.1"],
    text: Text {
        does: "Sends a POST without a body, and the parameters of a good token request in the query. The secret stands where it belongs.",
        why: WHY,
        shown: SHOWN,
        fix: "Read the parameters of a token request from the body alone.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(by_query(probe, evidence)),
};

async fn by_get(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let own = &client.credentials;
    let mut params = for_itself(&evidence.machine_scope(client));
    // A GET has no body: only the header and the query are left for the secret.
    if let (AuthMethod::ClientSecretPost, Some(secret)) = (own.method, &own.secret) {
        params = params.with("client_id", client.id()).with("client_secret", secret.expose());
    }
    let request = Request::get(params.behind(&evidence.endpoints.token));
    let request =
        if own.method == AuthMethod::ClientSecretPost { request } else { own.decorate(request) };
    let mut bracket = Bracket::new("405, and no token");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    bracket.probe("GET", sent(probe, evidence, client, request).await?);
    Ok(bracket.judge())
}

async fn by_query(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let params: Params = for_itself(&evidence.machine_scope(client));
    let request = Request::post_form(params.behind(&evidence.endpoints.token), &[]);
    let request = client.credentials.decorate(request);
    let mut bracket = Bracket::new("400 invalid_request");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    let outcome = sent(probe, evidence, client, request).await?;
    bracket.probe("POST with everything in the query", outcome);
    Ok(bracket.judge())
}

async fn sent(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    request: Request,
) -> Result<Outcome, Trouble> {
    let answer = probe.send(request.accept("application/json")).await?;
    probe.remember_tokens(&answer, Some(&client.credentials), &Params::default());
    evidence.effect_of(probe, client, &answer).await
}
