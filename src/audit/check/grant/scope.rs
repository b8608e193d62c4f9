//! A client gets the scopes that it registered for, and no others (RFC 6749 §3.3, RFC 7591 §2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble, for_itself, redemption};

const FIX: &str = "Keep the allowed scope with each client, and answer a request beyond it with invalid_scope, or grant the allowed part and say so.";

pub(in crate::audit::check) static CC_SCOPE_ESCALATION: Check = Check {
    id: "cc-scope-escalation",
    group: Group::Grant,
    title: "A client gets scopes for itself that it is not registered for",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Api],
    references: &["RFC 6749 §3.3", "RFC 7591 §2"],
    text: Text {
        does: "Asks for client credentials with a scope of the API that the client is not registered for.",
        why: "Nobody consents to a machine's scope: the registration is the only limit.",
        shown: "The answer grants the scope.",
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(machine(probe, evidence)),
};

pub(in crate::audit::check) static SCOPE_NOT_RESTRICTED: Check = Check {
    id: "scope-not-restricted",
    group: Group::Grant,
    title: "A client asks users for scopes that it is not registered for",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::SecondClient, Need::ConfidentialClient, Need::User, Need::Api],
    references: &["RFC 6749 §3.3", "RFC 7591 §2"],
    text: Text {
        does: "Asks a user for a scope of the API that the client is not registered for.",
        why: "Users click Allow: a harmless client grows into a powerful one by a longer link.",
        shown: "The token answer grants the scope.",
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(user(probe, evidence)),
};

/// What the client may have at the first API, and one scope beyond it.
fn beyond(evidence: &Evidence, client: &Client) -> Option<(String, String)> {
    let api = evidence.apis.first()?;
    let known = |scope: &&String| !client.scope.contains(scope);
    let beyond = api.scopes.iter().find(known)?.clone();
    let asked = format!("{} {beyond}", evidence.machine_scope(client));
    Some((asked.trim().to_owned(), beyond))
}

const NOTHING_BEYOND: &str = "the client is registered for every scope that is known";

async fn machine(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let Some((asked, beyond)) = beyond(evidence, client) else {
        return Ok(Judgement::not_applicable(NOTHING_BEYOND));
    };
    probe.step("probe");
    let credentials = Some(&client.credentials);
    let answer = probe.token(&evidence.endpoints, credentials, &for_itself(&asked)).await?;
    let mut bracket = Bracket::new("400 invalid_scope, or the registered scope only");
    bracket.controls.push(evidence.controls.of_machine());
    bracket.probe(format!("scope {asked}"), Evidence::with_scope(&answer, &beyond));
    Ok(bracket.judge())
}

async fn user(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.second()?);
    let Some((asked, beyond)) = beyond(evidence, client) else {
        return Ok(Judgement::not_applicable(NOTHING_BEYOND));
    };
    probe.step("probe");
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &asked, &pkce)?;
    let authorized = probe.authorize(at, &mut session, &asking).await?;
    let outcome = match authorized.outcome(&client.redirect_uri) {
        Outcome::Accepted(_) => {
            let code = authorized.into_code(pkce, &client.redirect_uri)?;
            let credentials = Some(&client.credentials);
            let answer = probe.token(at, credentials, &redemption(&code)).await?;
            Evidence::with_scope(&answer, &beyond)
        }
        refused => refused,
    };
    let mut bracket = Bracket::new("error=invalid_scope, or the registered scope only");
    bracket.controls.push(evidence.controls.of_confidential());
    bracket.probe(format!("scope {asked}"), outcome);
    Ok(bracket.judge())
}
