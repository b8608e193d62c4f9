//! What the reference of a pushed request is good for (RFC 9126 §2.2, §4, §7.3).

use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Pkce, Probe, Session, Trouble, redemption, referring};
use crate::protocol::Secret;

const NEEDS: &[Need] = &[Need::Pushed, Need::ConfidentialClient, Need::User];

pub(in crate::audit::check) static PAR_CLIENT_SWAP: Check = Check {
    id: "par-client-swap",
    group: Group::Pushed,
    title: "A pushed request of one client is used by another",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Pushed, Need::ConfidentialClient, Need::SecondClient, Need::User],
    references: &["RFC 9126 §2.2"],
    text: Text {
        does: "Pushes a request as one client, and opens its request_uri with the client_id of another.",
        why: "What a client proved at the back channel is lost: another client acts with parameters that it could not have pushed.",
        shown: "The other client received a code.",
        fix: "Keep with each pushed request which client pushed it, and refuse its request_uri to any other.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(client_swap(probe, evidence)),
};

pub(in crate::audit::check) static PAR_OVERRIDE: Check = Check {
    id: "par-override",
    group: Group::Pushed,
    title: "Parameters beside a request_uri override what was pushed",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Pushed, Need::ConfidentialClient, Need::User, Need::Api],
    references: &["RFC 9126 §4", "RFC 9101 §6.3"],
    text: Text {
        does: "Opens a pushed request with another redirect_uri and with a larger scope beside its request_uri.",
        why: "Whoever can change the link that a user follows changes what the client asked for: pushing protects nothing.",
        shown: "The browser was sent to the other place, or a token got the larger scope.",
        fix: "Take the parameters of the pushed request alone, and ignore or refuse what stands beside its request_uri.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(overridden(probe, evidence)),
};

pub(in crate::audit::check) static PAR_REUSE: Check = Check {
    id: "par-reuse",
    group: Group::Pushed,
    title: "A pushed request is good for a second authorization",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9126 §4", "RFC 9126 §7.3"],
    text: Text {
        does: "Completes a pushed request, and opens the same request_uri again in the same browser.",
        why: "A link from a history or a log starts the same authorization again, with the same state and challenge.",
        shown: "A second code was issued for one pushed request.",
        fix: "Forget a pushed request when it is answered. Reloading the page before that may work.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(reuse(probe, evidence)),
};

/// A good request for a scope, pushed.
async fn pushed(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    scope: &str,
) -> Result<(Secret, Pkce), Trouble> {
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, scope, &pkce)?;
    Ok((probe.push(&evidence.endpoints, client, &asking).await?, pkce))
}

/// The control: a pushed request that its own client uses once.
async fn used(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    session: &mut Session,
) -> Result<(Secret, Outcome), Trouble> {
    let scope = evidence.reading_scope(client);
    let (reference, _) = pushed(probe, evidence, client, &scope).await?;
    let asking = referring(client, &reference);
    let authorized = probe.authorize(&evidence.endpoints, session, &asking).await?;
    Ok((reference, authorized.outcome(&client.redirect_uri)))
}

const USED: &str = "a pushed request, used once by its own client";

async fn client_swap(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, other) = (evidence.confidential()?, evidence.second()?);
    let mut bracket = Bracket::new("error=invalid_request_uri, and no code");
    probe.step("control");
    let (_, outcome) = used(probe, evidence, client, &mut evidence.session()?).await?;
    bracket.control(USED, outcome);
    // What both may ask for, so that nothing but the client is wrong.
    let scope = other.allowed(evidence.reading_scope(client).split(' '));
    let (reference, _) = pushed(probe, evidence, client, &scope).await?;
    probe.step("probe");
    let asking = referring(other, &reference);
    let mut session = evidence.session()?;
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    bracket.probe("used by another client", authorized.outcome(&client.redirect_uri));
    Ok(bracket.judge())
}

async fn reuse(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("error=invalid_request_uri, and no second code");
    probe.step("control");
    let (reference, outcome) = used(probe, evidence, client, &mut session).await?;
    bracket.control(USED, outcome);
    probe.step("probe");
    let asking = referring(client, &reference);
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    bracket.probe("the same request again", authorized.outcome(&client.redirect_uri));
    Ok(bracket.judge())
}

async fn overridden(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("the pushed parameters alone, or a refusal");
    probe.step("control");
    let (_, outcome) = used(probe, evidence, client, &mut session).await?;
    bracket.control(USED, outcome);
    probe.step("probe");
    let small = client.allowed(["openid"]);
    let (reference, _) = pushed(probe, evidence, client, &small).await?;
    let asking = referring(client, &reference);
    let asking = asking.with("redirect_uri", "https://attacker.example/callback");
    let authorized = probe.authorize(at, &mut session, &asking).await?;
    bracket.probe("another redirect_uri", authorized.elsewhere(&client.redirect_uri));
    let (reference, pkce) = pushed(probe, evidence, client, &small).await?;
    let asking = referring(client, &reference).with("scope", &evidence.reading_scope(client));
    let authorized = probe.authorize(at, &mut session, &asking).await?;
    let outcome = granted(probe, evidence, (authorized, pkce)).await?;
    bracket.probe("a larger scope", outcome);
    Ok(bracket.judge())
}

/// Whether the code of an answer gives the scope that reading at the first API needs.
pub(super) async fn granted(
    probe: &Probe,
    evidence: &Evidence,
    (authorized, pkce): (Authorized, Pkce),
) -> Result<Outcome, Trouble> {
    let client = evidence.confidential()?;
    granted_to(probe, evidence, client, (authorized, pkce)).await
}

/// As [`granted`], for another client.
pub(super) async fn granted_to(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    (authorized, pkce): (Authorized, Pkce),
) -> Result<Outcome, Trouble> {
    let outcome = authorized.outcome(&client.redirect_uri);
    if !outcome.is_accepted() {
        return Ok(outcome);
    }
    let code = authorized.into_code(pkce, &client.redirect_uri)?;
    let params = redemption(&code);
    let answer = probe.token(&evidence.endpoints, Some(&client.credentials), &params).await?;
    let larger = evidence.api()?.read_scope().unwrap_or_default();
    Ok(match answer.tokens() {
        // Nobody says what was granted: what was asked for is open here.
        Some(tokens) if tokens.scope.is_none() => {
            Outcome::Unclear("the granted scope is not said".to_owned())
        }
        Some(_) | None => Evidence::with_scope(&answer, larger),
    })
}
