//! Registration (RFC 7591 §3, §5).

use serde_json::json;

use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(super) static DCR_OPEN: Check = Check {
    id: "dcr-open",
    group: Group::Registration,
    title: "Anyone may register a client",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Registration],
    references: &["RFC 7591 §3", "RFC 7591 §5"],
    text: Text {
        does: "Registers a client without an initial access token, and deletes it.",
        why: "A stranger gives a client a trustworthy name and sends users to a page of their own. Model Context Protocol servers accept that; most others should not.",
        shown: "A client was registered.",
        fix: "Ask for an initial access token, or switch registration off.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let metadata = json!({
        "client_name": "oauthlab audit",
        "redirect_uris": ["https://app.audit.example/callback"],
        "token_endpoint_auth_method": "none",
    });
    let mut bracket = Bracket::new("401 or 403");
    let own = Outcome::Accepted("the audit's own clients".to_owned());
    bracket.control("registering as the audit may", own);
    probe.step("probe");
    let answer = evidence.ask_to_register(probe, &metadata, None).await?;
    bracket.probe("registering without a token", answer.access_outcome());
    Ok(bracket.judge())
}
