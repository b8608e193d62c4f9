//! What an answer says (RFC 7662 §2.2): nothing of a token that is not active, and of one that is
//! what an API needs to judge it.

use serde_json::{Map, Value};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Trouble};
use crate::protocol::Secret;

/// What every API needs: for whom, what for, of which client, until when.
const NEEDED: &[&str] = &["aud", "scope", "client_id", "exp"];

pub(in crate::audit::check) static INTROSPECT_INACTIVE_DETAIL: Check = Check {
    id: "introspect-inactive-detail",
    group: Group::Introspection,
    title: "An answer about a token that is not active says more than that",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §2.2"],
    text: Text {
        does: "Introspects a random token, a revoked one, and, as another client, a foreign one, and reads what stands beside active.",
        why: "Old tokens lie in logs and mailboxes: an answer that still names user and scope turns them into a directory.",
        shown: "An answer with active: false has other members.",
        fix: "Answer an inactive token with active: false alone, whatever the reason is.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(inactive(probe, evidence)),
};

pub(in crate::audit::check) static INTROSPECT_MISSING_MEMBERS: Check = Check {
    id: "introspect-missing-members",
    group: Group::Introspection,
    title: "An answer about an active token lacks what an API needs to judge it",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §2.2", "RFC 7662 §4"],
    text: Text {
        does: "Introspects a good access token and looks for aud, scope, client_id and exp.",
        why: "An API that is not told for whom a token is, or until when, accepts tokens of other APIs, and keeps its answer for too long.",
        shown: "The answer with active: true lacks one of these members.",
        fix: "Tell every caller that may know of a token aud, scope, client_id and exp, and cnf of a bound one.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(missing(probe, evidence)),
};

async fn inactive(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let own = &client.credentials;
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let mut bracket = Bracket::new("active: false, and nothing else");
    bracket.control("a good token", evidence.active(probe, own, token).await?);
    probe.step("probe");
    let answer = probe.introspect(at, Some(own), &probe.random()?).await?;
    bracket.probe("a random token", detail(&answer));
    if let Ok(other) = evidence.second() {
        let answer = probe.introspect(at, Some(&other.credentials), token).await?;
        look(&mut bracket, "a foreign token", &answer);
    }
    if !at.revocation.is_empty() {
        probe.revoke(at, Some(own), token).await?;
        let answer = probe.introspect(at, Some(own), token).await?;
        look(&mut bracket, "a revoked token", &answer);
    }
    Ok(bracket.judge())
}

async fn missing(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token: &Secret = &grant.tokens.access_token;
    let answer = probe.introspect(at, Some(&client.credentials), token).await?;
    let expected = "active: true, with aud, scope, client_id and exp";
    let Some(members) = members(&answer).filter(is_active) else {
        let why = format!("a good token is not active: {}", answer.summary());
        return Ok(Judgement::inconclusive(expected, why));
    };
    let missing: Vec<_> =
        NEEDED.iter().copied().filter(|name| !members.contains_key(*name)).collect();
    let got = if missing.is_empty() {
        "all of them".to_owned()
    } else {
        format!("without {}", missing.join(", "))
    };
    Ok(Judgement::read(missing.is_empty(), expected, got))
}

fn members(answer: &Answer) -> Option<Map<String, Value>> {
    answer.is_success().then(|| answer.json())?
}

fn is_active(members: &Map<String, Value>) -> bool {
    members.get("active").and_then(Value::as_bool) == Some(true)
}

/// That a token is active which should not be is the affair of another check: there is nothing to
/// see here then.
fn look(bracket: &mut Bracket, what: &str, answer: &Answer) {
    if !members(answer).is_some_and(|members| is_active(&members)) {
        bracket.probe(what, detail(answer));
    }
}

/// What stands beside `active: false`.
fn detail(answer: &Answer) -> Outcome {
    let Some(members) = members(answer) else {
        return match answer.access_outcome() {
            Outcome::Accepted(what) => Outcome::Unclear(format!("{what}, which is no JSON")),
            other => other,
        };
    };
    if members.get("active").and_then(Value::as_bool) != Some(false) {
        return Outcome::Unclear("not active: false".to_owned());
    }
    let others: Vec<_> = members.keys().filter(|name| *name != "active").cloned().collect();
    if others.is_empty() {
        Outcome::Refused("active: false".to_owned())
    } else {
        Outcome::Accepted(format!("active: false with {}", others.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn anything_beside_inactive_is_detail() {
        let of = |body: &str| detail(&answer_of(200, &[], body));
        assert!(matches!(of(r#"{"active":false}"#), Outcome::Refused(_)));
        assert!(of(r#"{"active":false,"sub":"alice"}"#).is_accepted());
        assert!(matches!(of(r#"{"active":true}"#), Outcome::Unclear(_)));
        assert!(matches!(of("<html>"), Outcome::Unclear(_)));
        let refused = detail(&answer_of(401, &[], r#"{"error":"invalid_client"}"#));
        assert!(matches!(refused, Outcome::Refused(_)));
        let mut bracket = Bracket::new("");
        look(&mut bracket, "", &answer_of(200, &[], r#"{"active":true,"sub":"alice"}"#));
        assert_eq!(bracket.probes, []);
    }
}
