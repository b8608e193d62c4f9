//! A code that was announced for a key is redeemed with that key (RFC 9449 §10).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Session, Trouble, redemption};
use crate::protocol::jose::SigningKey;

pub(in crate::audit::check) static DPOP_CODE_BINDING: Check = Check {
    id: "dpop-code-binding",
    group: Group::Dpop,
    title: "A code that is bound to a key is redeemed with another one",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 9449 §10"],
    text: Text {
        does: "Asks for codes with dpop_jkt, and redeems them with a proof of another key and without a proof.",
        why: "A stolen code would give the thief tokens that are bound to the thief's own key.",
        shown: "The token endpoint gave an access token for the code.",
        fix: "Keep dpop_jkt with the code, and redeem it only with a proof of the key that has this thumbprint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(algorithm) = evidence.proof_algorithm() else {
        return Ok(Judgement::not_applicable("the server does not offer DPoP"));
    };
    let [key, stranger] = [probe.proof_key(algorithm)?, probe.proof_key(algorithm)?];
    let jkt = key.jwk().thumbprint();
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("400, and no token");
    probe.step("control");
    let outcome = redeemed(probe, evidence, (&mut session, &jkt), Some(&key)).await?;
    bracket.control("the announced key", outcome);
    probe.step("probe");
    for (what, key) in [("another key", Some(&stranger)), ("no proof", None)] {
        let outcome = redeemed(probe, evidence, (&mut session, &jkt), key).await?;
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}

async fn redeemed(
    probe: &Probe,
    evidence: &Evidence,
    (session, jkt): (&mut Session, &str),
    key: Option<&SigningKey>,
) -> Result<crate::audit::finding::Outcome, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let pkce = probe.pkce()?;
    let scope = evidence.reading_scope(client);
    let asking = probe.asking(client, &scope, &pkce)?.with("dpop_jkt", jkt);
    let code = probe.code_for(at, session, &asking, pkce).await?;
    let (credentials, params) = (Some(&client.credentials), redemption(&code));
    let answer = match key {
        Some(key) => probe.token_proven(at, credentials, &params, key).await?,
        None => probe.token(at, credentials, &params).await?,
    };
    Ok(answer.token_outcome())
}
