//! A registration is managed by its own client (RFC 7592 §2), and stays within what may be
//! registered.

use http::Method;
use serde_json::{Value, json};

use super::took;
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, Managed, Own};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble};
use crate::protocol::Secret;

pub(super) static DCR_MANAGEMENT_IDOR: Check = Check {
    id: "dcr-management-idor",
    group: Group::Registration,
    title: "A registration is read or changed without its own token",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Registration],
    references: &["RFC 7592 §2", "RFC 7592 §3"],
    text: Text {
        does: "Registers two clients, and reads, changes and deletes one with the token of the other, and without any.",
        why: "Whoever knows a client_id reads its secret and sends its users elsewhere.",
        shown: "The other client's registration was shown, changed or deleted.",
        fix: "Compare the registration access token with the one of the client in the path, in constant time, for every method.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(idor(probe, evidence)),
};

pub(super) static DCR_UPDATE_ESCALATION: Check = Check {
    id: "dcr-update-escalation",
    group: Group::Registration,
    title: "An update sets what a registration refuses",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Registration],
    references: &["RFC 7592 §2.2"],
    text: Text {
        does: "Registers a good client, and replaces its metadata by one with a script as redirect URI, and by one with the scope admin.",
        why: "What is judged once, at the registration, is set a moment later.",
        shown: "The answer to the update names the value that a registration does not take.",
        fix: "Judge the metadata of an update by the same rules as that of a registration.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(update(probe, evidence)),
};

const NOT_MANAGED: &str = "registrations are not managed there (RFC 7592)";

async fn idor(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("401");
    probe.step("control");
    let first = evidence.register_own(probe, &json!({})).await?;
    let other = evidence.register_own(probe, &json!({})).await?;
    let (Some(own), Some(others)) = (&first.managed, &other.managed) else {
        return Ok(Judgement::not_applicable(NOT_MANAGED));
    };
    let (uri, token) = (&others.uri, Some(&own.token));
    let answer = probe.send(read(uri, Some(&others.token))).await?;
    bracket.control("read with its own token", answer.access_outcome());
    probe.step("probe");
    let answer = probe.send(read(uri, token)).await?;
    bracket.probe("read with another token", answer.access_outcome());
    let answer = probe.send(read(uri, None)).await?;
    bracket.probe("read without a token", answer.access_outcome());
    let body = replacement(&other, &json!({}));
    let request = authorized(Request::new(Method::PUT, uri).json(&body), token);
    bracket.probe("changed with another token", probe.send(request).await?.access_outcome());
    // The last one: what is deleted cannot be read any more.
    let request = authorized(Request::new(Method::DELETE, uri), token);
    bracket.probe("deleted with another token", probe.send(request).await?.access_outcome());
    Ok(bracket.judge())
}

async fn update(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("400, or an answer without that value");
    probe.step("control");
    let own = evidence.register_own(probe, &json!({})).await?;
    let Some(managed) = &own.managed else {
        return Ok(Judgement::not_applicable(NOT_MANAGED));
    };
    let answer = replace(probe, managed, &replacement(&own, &json!({}))).await?;
    bracket.control("the same metadata again", answer.access_outcome());
    probe.step("probe");
    for (what, changes, member, value) in [
        (
            "a script as redirect URI",
            json!({ "redirect_uris": ["javascript:alert(1)"] }),
            "redirect_uris",
            "javascript:alert(1)",
        ),
        ("the scope admin", json!({ "scope": "openid admin" }), "scope", "admin"),
    ] {
        let answer = replace(probe, managed, &replacement(&own, &changes)).await?;
        bracket.probe(what, took(&answer, member, |it| it == value));
    }
    Ok(bracket.judge())
}

/// The metadata of a client with changes, as an update needs it (RFC 7592 §2.2).
fn replacement(own: &Own, changes: &Value) -> Value {
    let mut metadata = own.asked.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        metadata[name.as_str()] = value.clone();
    }
    metadata["client_id"] = json!(own.client.id());
    metadata
}

async fn replace(probe: &Probe, managed: &Managed, body: &Value) -> Result<Answer, Trouble> {
    let request = Request::new(Method::PUT, &managed.uri).json(body);
    probe.send(authorized(request, Some(&managed.token))).await
}

fn read(uri: &str, token: Option<&Secret>) -> Request {
    authorized(Request::get(uri), token)
}

fn authorized(request: Request, token: Option<&Secret>) -> Request {
    let request = request.accept("application/json");
    match token {
        Some(token) => request.bearer(token),
        None => request,
    }
}
