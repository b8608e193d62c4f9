//! Tokens of another kind, and tokens that nobody knows (RFC 7662 §2.2).

use serde_json::{Map, Value};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Params, Probe, Trouble};
use crate::protocol::Secret;

pub(in crate::audit::check) static INTROSPECT_TOKEN_KIND: Check = Check {
    id: "introspect-token-kind",
    group: Group::Introspection,
    title: "Introspection does not tell a refresh token from an access token",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Introspection],
    references: &["RFC 7662 §2.2", "OWASP ASVS 5.0 9.2.2"],
    text: Text {
        does: "Introspects an access token and a refresh token of one grant, with the right token_type_hint, and compares what the answers say of their kind.",
        why: "An API that asks whether a token is active takes a refresh token then, which lives for months.",
        shown: "Both are active, and token_type says the same of both.",
        fix: "Call refresh tokens inactive to APIs, and leave token_type out of what you say of them to their client.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(kind(probe, evidence)),
};

pub(in crate::audit::check) static INTROSPECT_UNKNOWN_ERROR: Check = Check {
    id: "introspect-unknown-error",
    group: Group::Introspection,
    title: "Introspection answers an unknown token with an error",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §2.2"],
    text: Text {
        does: "Introspects a random token, one of ten thousand characters, and one of characters that no token has.",
        why: "APIs take an error for a fault of the server: they try again, or let the request pass.",
        shown: "The answer is neither 200 with active: false nor a refusal of a request that is too large.",
        fix: "Answer every token that you do not know with 200 and active: false.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unknown(probe, evidence)),
};

async fn kind(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    probe.step("control");
    let grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(refresh) = grant.tokens.refresh_token else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let ask = async |token: &Secret, hint: &str| {
        let params = Params::of([("token", token.expose()), ("token_type_hint", hint)]);
        probe.form(&at.introspection, Some(&client.credentials), &params).await
    };
    let access = ask(&grant.tokens.access_token, "access_token").await?;
    let refresh = ask(&refresh, "refresh_token").await?;
    Ok(judge(members(&access).as_ref(), members(&refresh).as_ref()))
}

fn judge(access: Option<&Map<String, Value>>, refresh: Option<&Map<String, Value>>) -> Judgement {
    let expected = "the refresh token is inactive, or of another token_type";
    let (Some(access), Some(refresh)) = (access.filter(|told| is_active(told)), refresh) else {
        return Judgement::inconclusive(expected, "a good access token is not active");
    };
    if !is_active(refresh) {
        return Judgement::read(true, expected, "the refresh token is inactive");
    }
    let [of_access, of_refresh] = [access, refresh].map(|told| told.get("token_type"));
    let got = if of_access == of_refresh { "token_type is the same" } else { "token_type differs" };
    Judgement::read(of_access != of_refresh, expected, got)
}

async fn unknown(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let own = &client.credentials;
    let mut bracket = Bracket::new("200 with active: false");
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let good = evidence.active(probe, own, &grant.tokens.access_token).await?;
    bracket.control("a good token", good);
    probe.step("probe");
    for (what, token) in [
        ("a random token", probe.random()?),
        ("a token of ten thousand characters", Secret::new("x".repeat(10_000))),
        ("a token of other characters", Secret::new("ä \"%00\u{1}")),
    ] {
        let answer = probe.introspect(at, Some(own), &token).await?;
        bracket.probe(what, failed(&answer));
    }
    Ok(bracket.judge())
}

/// An error is what is looked for.
fn failed(answer: &Answer) -> Outcome {
    match (answer.status(), answer.introspection()) {
        (_, Some(told)) if !told.active => Outcome::Refused("active: false".to_owned()),
        (413 | 414 | 431, _) => Outcome::Refused(format!("{}: too large", answer.status())),
        (408 | 425 | 429 | 200..=299, _) => Outcome::Unclear(answer.summary()),
        _ => Outcome::Accepted(format!("an error: {}", answer.summary())),
    }
}

fn members(answer: &Answer) -> Option<Map<String, Value>> {
    answer.is_success().then(|| answer.json())?
}

fn is_active(members: &Map<String, Value>) -> bool {
    members.get("active").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;

    #[test]
    fn two_active_tokens_of_one_kind_fail() {
        let told = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let access = told(r#"{"active":true,"token_type":"Bearer"}"#);
        let silent = told(r#"{"active":true}"#);
        let inactive = told(r#"{"active":false}"#);
        let verdict = |access: &_, refresh: &_| judge(Some(access), Some(refresh)).verdict;
        assert_eq!(verdict(&access, &access), Verdict::Fail);
        assert_eq!(verdict(&silent, &silent), Verdict::Fail);
        assert_eq!(verdict(&access, &silent), Verdict::Pass);
        assert_eq!(verdict(&access, &inactive), Verdict::Pass);
        assert_eq!(verdict(&inactive, &inactive), Verdict::Inconclusive);
    }

    #[test]
    fn only_an_error_counts() {
        let of = |status, body: &str| failed(&answer_of(status, &[], body));
        assert!(of(404, "").is_accepted() && of(400, "{}").is_accepted());
        assert!(matches!(of(200, r#"{"active":false}"#), Outcome::Refused(_)));
        assert!(matches!(of(413, ""), Outcome::Refused(_)));
        assert!(matches!(of(200, "<html>"), Outcome::Unclear(_)));
    }
}
