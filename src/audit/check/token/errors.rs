//! What errors of the token endpoint give away (RFC 6749 §5.2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Code, Params, Probe, Trouble, redemption};

pub(in crate::audit::check) static ERROR_ORACLE: Check = Check {
    id: "error-oracle",
    group: Group::Token,
    title: "Errors tell unknown, foreign and used codes apart",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::SecondClient, Need::User],
    references: &["RFC 6749 §5.2", "OWASP ASVS 5.0 16.5.1"],
    text: Text {
        does: "Redeems a code that never was, one of another client, and one that was used, and compares the answers.",
        why: "Whoever found a string learns whether it was a code, whose it was, and whether somebody was faster.",
        shown: "Status or body of the answers differ.",
        fix: "Answer invalid_grant with the same words to every code that is not good, and write the reason into your own log.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(oracle(probe, evidence)),
};

pub(in crate::audit::check) static ERROR_CHARSET: Check = Check {
    id: "error-charset",
    group: Group::Token,
    title: "Errors repeat what the request said, or hold characters that they must not",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §5.2"],
    text: Text {
        does: "Sends grant types and scopes with quotes, backslashes, markup and letters beyond ASCII, and reads error and error_description.",
        why: "Descriptions are written into logs, pages and terminals: what an attacker can put there is read as markup or as a command.",
        shown: "error or error_description holds the raw text of the request, or a character that RFC 6749 §5.2 excludes.",
        fix: "Describe errors in fixed words.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(charset(probe, evidence)),
};

const CANARY: &str = "<b>canary\"\\ä</b>";

async fn oracle(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client, other) = (&evidence.endpoints, evidence.confidential()?, evidence.second()?);
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("the same answer for every code that is not good");
    probe.step("control");
    let redeem =
        async |code: &Code| probe.token(at, Some(&client.credentials), &redemption(code)).await;
    let scope = evidence.reading_scope(client);
    let used = probe.code(at, client, &mut session, &scope).await?;
    let good = redeem(&used).await?;
    bracket.control("a good code", good.token_outcome());
    let mut theirs = evidence.session()?;
    let scope = evidence.reading_scope(other);
    let foreign = probe.code(at, other, &mut theirs, &scope).await?;
    probe.step("probe");
    let never = Code { code: probe.random()?, ..used.clone() };
    let unknown = redeem(&never).await?;
    bracket.probe("a code of another client", differs(&unknown, &redeem(&foreign).await?));
    bracket.probe("a used code", differs(&unknown, &redeem(&used).await?));
    Ok(bracket.judge())
}

/// A difference between two refusals is what is looked for.
fn differs(unknown: &Answer, answer: &Answer) -> Outcome {
    let said = format!("{} as against {} of an unknown one", answer.summary(), unknown.summary());
    let refusals = [unknown, answer].map(|one| matches!(one.token_outcome(), Outcome::Refused(_)));
    if refusals != [true, true] {
        return Outcome::Unclear(said);
    }
    if unknown.status() == answer.status() && unknown.text() == answer.text() {
        Outcome::Refused(said)
    } else {
        Outcome::Accepted(said)
    }
}

async fn charset(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let credentials = Some(&client.credentials);
    let mut bracket = Bracket::new("fixed words of printable ASCII without quotes and backslashes");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    for (what, params) in [
        ("a grant type", Params::of([("grant_type", CANARY)])),
        ("a scope", Params::of([("grant_type", "client_credentials"), ("scope", CANARY)])),
    ] {
        let answer = probe.token(at, credentials, &params).await?;
        bracket.probe(what, repeats(&answer));
    }
    Ok(bracket.judge())
}

/// An error that repeats the request, or holds what it must not, is what is looked for.
fn repeats(answer: &Answer) -> Outcome {
    let said = answer.summary();
    if !matches!(answer.token_outcome(), Outcome::Refused(_)) {
        return Outcome::Unclear(said);
    }
    let Some(body) = answer.json::<serde_json::Map<String, serde_json::Value>>() else {
        return Outcome::Unclear(said);
    };
    let texts = ["error", "error_description"].map(|name| body.get(name)?.as_str());
    for text in texts.into_iter().flatten() {
        if text.contains("canary") {
            return Outcome::Accepted("it repeats the request".to_owned());
        }
        if !text.chars().all(is_allowed) {
            return Outcome::Accepted("it has a character that is not allowed".to_owned());
        }
    }
    Outcome::Refused(said)
}

/// RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
const fn is_allowed(character: char) -> bool {
    matches!(character, ' '..='!' | '#'..='[' | ']'..='~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn a_repeated_request_and_excluded_characters_are_found() {
        let of = |description: &str| {
            let body = serde_json::json!({ "error": "x", "error_description": description });
            repeats(&answer_of(400, &[], &body.to_string()))
        };
        assert!(of("no canary").is_accepted());
        assert!(of("a \"quote\"").is_accepted());
        assert!(of("a\\b").is_accepted() && of("ä").is_accepted());
        assert!(matches!(of("The grant type is not supported."), Outcome::Refused(_)));
        assert!(matches!(repeats(&answer_of(400, &[], "<html>")), Outcome::Unclear(_)));
    }

    #[test]
    fn refusals_must_be_the_same() {
        let refused = |text: &str| answer_of(400, &[], text);
        let (one, other) = (refused(r#"{"error":"invalid_grant"}"#), refused("{}"));
        assert!(matches!(differs(&one, &one), Outcome::Refused(_)));
        assert!(differs(&one, &other).is_accepted());
        assert!(matches!(differs(&one, &answer_of(200, &[], "")), Outcome::Unclear(_)));
    }
}
