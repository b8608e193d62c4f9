//! A client that always pushes its requests is held to it (RFC 9126 §6).

use serde_json::{Value, json};

use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, referring};

pub(in crate::audit::check) static PAR_BYPASS: Check = Check {
    id: "par-bypass",
    group: Group::Pushed,
    title: "A client that must push its requests may go without",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Pushed, Need::Registration, Need::User],
    references: &["RFC 9126 §6"],
    text: Text {
        does: "Registers a client with require_pushed_authorization_requests, and asks with plain parameters.",
        why: "An attacker who writes the link himself avoids everything that pushing was chosen for.",
        shown: "A code was issued for a request that was not pushed.",
        fix: "Refuse authorization requests without a pushed request_uri for clients that registered so, and for all of them where the metadata says so.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(bypass(probe, evidence)),
};

const FLAG: &str = "require_pushed_authorization_requests";

async fn bypass(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let at = &evidence.endpoints;
    probe.step("control");
    let own = evidence.register_own(probe, &json!({ FLAG: true })).await?;
    if own.said.get(FLAG).and_then(Value::as_bool) != Some(true) {
        return Ok(Judgement::not_applicable(
            "the server does not know require_pushed_authorization_requests of clients",
        ));
    }
    let (client, scope) = (&own.client, evidence.reading_scope(&own.client));
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("error=invalid_request, and no code");
    let asking = probe.asking(client, &scope, &probe.pkce()?)?;
    let reference = probe.push(at, client, &asking).await?;
    let authorized = probe.authorize(at, &mut session, &referring(client, &reference)).await?;
    bracket.control("a pushed request", authorized.outcome(&client.redirect_uri));
    probe.step("probe");
    let asking = probe.asking(client, &scope, &probe.pkce()?)?;
    let link = asking.behind(&at.authorization);
    let authorized = probe.visit(&mut session, &link).await?;
    bracket.probe("the same without pushing", authorized.outcome(&client.redirect_uri));
    Ok(bracket.judge())
}
