//! Tokens end when they say (RFC 6749 §5.1, RFC 7662 §2.2).

use std::time::Duration;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

/// No audit waits longer for one token.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// What clocks may differ by: RFC 7519 §4.1.4 allows a small leeway.
const LEEWAY: Duration = Duration::from_secs(1);

pub(in crate::audit::check) static ACCESS_TOKEN_NO_EXPIRY: Check = Check {
    id: "access-token-no-expiry",
    group: Group::Token,
    title: "An access token is active after it has expired",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Slow, Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §4", "RFC 6749 §5.1"],
    text: Text {
        does: "Waits until expires_in of a token has passed, fifteen minutes at most, and introspects it.",
        why: "APIs go by introspection: a token that never ends there is a password that was handed out.",
        shown: "The token is active although expires_in has passed.",
        fix: "Compare the time of expiry with the clock whenever a token is introspected or used.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let mut bracket = Bracket::new("active: false once expires_in has passed");
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let (credentials, token) = (&client.credentials, &grant.tokens.access_token);
    let Some(life) = grant.tokens.expires_in.map(Duration::from_secs) else {
        return Ok(Judgement::not_applicable("the answer has no expires_in"));
    };
    if life > LONGEST {
        let why = format!("its tokens live {} s, and no audit waits that long", life.as_secs());
        return Ok(Judgement::inconclusive(bracket.expected, why));
    }
    bracket.control("before it expires", evidence.active(probe, credentials, token).await?);
    probe.wait(life + LEEWAY).await;
    probe.step("probe");
    bracket.probe("after it expired", evidence.active(probe, credentials, token).await?);
    Ok(bracket.judge())
}
