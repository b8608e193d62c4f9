//! Tokens that a revocation must not believe, and must not tell apart (RFC 7009 §2.1, §2.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Trouble};
use crate::protocol::forge::Genuine;

pub(in crate::audit::check) static REVOKE_ORACLE: Check = Check {
    id: "revoke-oracle",
    group: Group::Revocation,
    title: "Revocation tells whether a token was one",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Revocation],
    references: &["RFC 7009 §2.2"],
    text: Text {
        does: "Revokes a good token and a random one, and compares the answers.",
        why: "A client that may revoke tries strings until one is a token; and clients that get an error for what is over already cannot clean up.",
        shown: "Status or body of the two answers differ.",
        fix: "Answer 200 without a body, whether there was something to revoke or not.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(oracle(probe, evidence)),
};

pub(in crate::audit::check) static REVOKE_TAMPERED: Check = Check {
    id: "revoke-tampered",
    group: Group::Revocation,
    title: "A forged token revokes the one that it names",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection, Need::Revocation],
    references: &["RFC 7009 §2.1", "RFC 8725 §3.3"],
    text: Text {
        does: "Revokes forged copies of an access token: with other claims under the old signature, without a signature, and with alg none. Then looks whether the token is still active.",
        why: "Identifiers of tokens stand in logs: whoever reads one ends the token, and with it the work of a user.",
        shown: "The token is not active after its forged copy was revoked.",
        fix: "Look the whole token up, or verify its signature, before anything is revoked.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(tampered(probe, evidence)),
};

async fn oracle(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let own = Some(&client.credentials);
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let good = probe.revoke(at, own, &grant.tokens.access_token).await?;
    let mut bracket = Bracket::new("the same answer for both");
    bracket.control("a good token", good.access_outcome());
    probe.step("probe");
    let random = probe.revoke(at, own, &probe.random()?).await?;
    bracket.probe("a random token", differs(&good, &random));
    Ok(bracket.judge())
}

/// A difference is what is looked for.
fn differs(good: &Answer, random: &Answer) -> Outcome {
    let said = format!("{} and {}", good.summary(), random.summary());
    match random.status() {
        408 | 425 | 429 | 500.. => Outcome::Unclear(said),
        _ if good.status() == random.status() && good.text() == random.text() => {
            Outcome::Refused(said)
        }
        _ => Outcome::Accepted(said),
    }
}

async fn tampered(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let own = &client.credentials;
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let Some(genuine) = Genuine::of(token) else {
        return Ok(Judgement::not_applicable("access tokens are opaque"));
    };
    let mut bracket = Bracket::new("the token stays active");
    bracket.control("before", evidence.active(probe, own, token).await?);
    probe.step("probe");
    let other = genuine.clone().with_claim("scope", "other").with_old_signature();
    for (what, forged) in [
        ("other claims", other),
        ("no signature", genuine.without_signature()),
        ("alg none", genuine.unsigned("none")),
    ] {
        probe.revoke(at, Some(own), &forged).await?;
        let active = evidence.active(probe, own, token).await?;
        bracket.probe(what, super::others::ended(active));
    }
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn another_status_or_body_tells() {
        let good = answer_of(200, &[], "");
        assert!(matches!(differs(&good, &answer_of(200, &[], "")), Outcome::Refused(_)));
        assert!(differs(&good, &answer_of(404, &[], "")).is_accepted());
        assert!(differs(&good, &answer_of(200, &[], "{}")).is_accepted());
        assert!(matches!(differs(&good, &answer_of(503, &[], "")), Outcome::Unclear(_)));
    }
}
