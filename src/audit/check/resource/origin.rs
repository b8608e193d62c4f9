//! Web pages of strangers do not call a local MCP endpoint (MCP 2026-07-28, Streamable
//! HTTP, Security & Endpoint).

use http::header::ORIGIN;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{ApiKind, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, reading};

pub(in crate::audit::check) static MCP_ORIGIN: Check = Check {
    id: "mcp-origin",
    group: Group::Resource,
    title: "The MCP endpoint serves web pages of any origin",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::McpApi],
    references: &["MCP 2026-07-28 Streamable HTTP, Security & Endpoint"],
    text: Text {
        does: "Calls the endpoint with a good token and the Origin of a stranger, and with Origin null.",
        why: "A page of a stranger rebinds its own name to this machine and talks to the server through the user's browser.",
        shown: "The endpoint served the request.",
        fix: "Compare the Origin header, where there is one, with the origins that may call, and answer 403 for every other.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, api) = (evidence.machine()?, evidence.api_of(ApiKind::Mcp)?);
    probe.step("control");
    let scope = client.allowed(api.scopes.iter().map(String::as_str));
    let grant = probe.machine_grant(&evidence.endpoints, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let mut bracket = Bracket::new("403");
    let answer = probe.call(api, Some(token)).await?;
    bracket.control("without Origin", answer.access_outcome());
    probe.step("probe");
    for origin in ["https://attacker.example", "null"] {
        let request = reading(api).header(ORIGIN, origin).bearer(token);
        let answer = probe.send(request).await?;
        bracket.probe(format!("Origin: {origin}"), answer.access_outcome());
    }
    Ok(bracket.judge())
}
