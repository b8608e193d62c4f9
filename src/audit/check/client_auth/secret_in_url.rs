//! A secret in the URL (RFC 6749 §2.3.1: it must not stand there).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Trouble, redemption};

pub(in crate::audit::check) static CLIENT_SECRET_IN_URL: Check = Check {
    id: "client-secret-in-url",
    group: Group::ClientAuthentication,
    title: "A client secret is accepted in the URL",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::SecondClient, Need::User],
    references: &["RFC 6749 §2.3.1"],
    text: Text {
        does: "Redeems a code with client_id and client_secret in the query of the token endpoint.",
        why: "URLs are kept by logs, proxies and histories: a secret that works there will be found there.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Read credentials from the Authorization header and the body only, and refuse requests that have them in the URL.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("a refusal, and no token");
    probe.step("control");
    bracket.control("the secret in its place", redeemed(probe, evidence, false).await?);
    probe.step("probe");
    bracket.probe("the secret in the URL", redeemed(probe, evidence, true).await?);
    Ok(bracket.judge())
}

async fn redeemed(probe: &Probe, evidence: &Evidence, in_url: bool) -> Result<Outcome, Trouble> {
    let client = evidence.second()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(&evidence.endpoints, client, &mut session, &scope).await?;
    let params = redemption(&code);
    if !in_url {
        let credentials = Some(&client.credentials);
        return evidence.token_effect(probe, client, credentials, &params).await;
    }
    let secret = client.credentials.secret.clone().unwrap_or_default();
    let query = Params::of([("client_id", client.id()), ("client_secret", secret.expose())]);
    let url = query.behind(&evidence.endpoints.token);
    let answer = probe.form(&url, None, &params).await?;
    match answer.tokens() {
        Some(tokens) => evidence.works(probe, client, &tokens.access_token).await,
        None => Ok(answer.token_outcome()),
    }
}
