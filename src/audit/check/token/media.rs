//! Bodies that are no form (RFC 6749 §3.2, Appendix B).

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Request, Trouble, for_itself};
use crate::protocol::AuthMethod;

pub(in crate::audit::check) static TOKEN_CONTENT_TYPE: Check = Check {
    id: "token-content-type",
    group: Group::Token,
    title: "The token endpoint reads bodies of another media type",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §3.2", "OWASP ASVS 5.0 4.1.1"],
    text: Text {
        does: "Sends a good token request as text/plain, as application/octet-stream, and as JSON.",
        why: "A page can make browsers send text/plain anywhere without asking first; and what a gateway reads as one thing, the server reads as another.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Accept application/x-www-form-urlencoded alone at the token endpoint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let own = &client.credentials;
    let (AuthMethod::ClientSecretBasic, Some(secret)) = (own.method, &own.secret) else {
        return Ok(Judgement::not_applicable("the client's secret does not stand in a header"));
    };
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("400 or 415");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    for (what, request) in [
        ("text/plain", typed(evidence, "text/plain", params.query().into_bytes())),
        ("another media type", typed(evidence, "application/octet-stream", params.query().into())),
        ("JSON", typed(evidence, "application/json", json(&params))),
    ] {
        let request = request.basic(client.id(), secret).accept("application/json");
        let answer = probe.send(request).await?;
        probe.remember_tokens(&answer, Some(own), &params);
        bracket.probe(what, evidence.effect_of(probe, client, &answer).await?);
    }
    Ok(bracket.judge())
}

fn typed(evidence: &Evidence, media_type: &str, body: Vec<u8>) -> Request {
    let request = Request::new(http::Method::POST, &evidence.endpoints.token);
    let request = request.header(CONTENT_TYPE, media_type);
    Request { body, ..request }
}

fn json(params: &Params) -> Vec<u8> {
    let members = params.pairs().into_iter();
    let members: Map<_, _> =
        members.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Value::Object(members).to_string().into_bytes()
}
