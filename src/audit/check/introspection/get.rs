//! Introspection by GET (RFC 7662 §2.1, §4): the token would stand in the URL.

use super::super::{Check, Group, Seeded, Text};
use super::told;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Request, Trouble};
use crate::protocol::AuthMethod;

pub(in crate::audit::check) static INTROSPECT_GET: Check = Check {
    id: "introspect-get",
    group: Group::Introspection,
    title: "The introspection endpoint answers GET",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §4", "RFC 7662 §2.1"],
    text: Text {
        does: "Introspects a good token by GET, with the token in the query and the credential where it belongs.",
        why: "URLs are kept by logs and proxies: each introspected token, most of them live, is found there.",
        shown: "The endpoint answered that the token is active.",
        fix: "Accept POST alone at the introspection endpoint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let own = &client.credentials;
    if own.method != AuthMethod::ClientSecretBasic {
        return Ok(Judgement::not_applicable("a GET has no place for the client's secret"));
    }
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let mut bracket = Bracket::new("405");
    let answer = probe.introspect(at, Some(own), token).await?;
    bracket.control("POST", told(&answer));
    probe.step("probe");
    let url = Params::of([("token", token.expose())]).behind(&at.introspection);
    let request = own.decorate(Request::get(url)).accept("application/json");
    bracket.probe("GET", told(&probe.send(request).await?));
    Ok(bracket.judge())
}
