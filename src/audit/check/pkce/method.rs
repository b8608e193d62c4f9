//! The challenge method plain, by name and by omission (RFC 7636 §4.2, §4.3), and whether a challenge
//! leaves the server again (§4.4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Params, Probe, Trouble, redemption};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];

pub(in crate::audit::check) static PKCE_PLAIN: Check = Check {
    id: "pkce-plain",
    group: Group::Pkce,
    title: "The challenge method plain is accepted",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.2", "RFC 7636 §7.2", "FAPI 2.0 Security Profile §5.3.2.2"],
    text: Text {
        does: "Asks with code_challenge_method=plain, and redeems the code with the challenge as verifier.",
        why: "With plain the verifier stands in the request: whoever sees the address of that page and the code can redeem it.",
        shown: "A code was issued for a plain challenge, and gave a token that works.",
        fix: "Accept S256 alone; every client can hash.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(plain(probe, evidence)),
};

pub(in crate::audit::check) static PKCE_DEFAULT_METHOD: Check = Check {
    id: "pkce-default-method",
    group: Group::Pkce,
    title: "A challenge without a method is not checked as plain",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.3"],
    text: Text {
        does: "Asks with an S256 challenge and no method, and redeems the codes with a random verifier and with the one that was hashed.",
        why: "A missing method means plain. A server that reads something else into it agrees with its clients by accident, and may check nothing.",
        shown: "A verifier that is not the challenge gave a token that works.",
        fix: "Answer a challenge without code_challenge_method=S256 with invalid_request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(default_method(probe, evidence)),
};

pub(in crate::audit::check) static PKCE_CHALLENGE_LEAKED: Check = Check {
    id: "pkce-challenge-leaked",
    group: Group::Pkce,
    title: "The challenge leaves the server with the code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.4"],
    text: Text {
        does: "Looks for the challenge in the authorization response, and in the code after decoding it.",
        why: "A code that carries its challenge tells a thief what it is bound to, and whether one that was chosen by the thief still fits.",
        shown: "The challenge stands in the response, or in the decoded code.",
        fix: "Keep the challenge at the server, or encrypt it inside of the code.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(leaked(probe, evidence)),
};

async fn plain(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let pkce = probe.pkce()?;
    let verifier = pkce.verifier.expose().to_owned();
    let asked = |asking: Params| {
        asking.with("code_challenge", &verifier).with("code_challenge_method", "plain")
    };
    let outcome = redeemed(probe, evidence, asked, &verifier).await?;
    let mut bracket = bracket(evidence, "error=invalid_request, and no code");
    bracket.probe("a plain challenge", outcome);
    Ok(bracket.judge())
}

async fn default_method(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "error=invalid_request, or the challenge taken as plain");
    let pkce = probe.pkce()?;
    let (hashed, other) = (pkce.verifier.expose().to_owned(), probe.random()?);
    for (what, verifier) in
        [("the verifier that was hashed", hashed.as_str()), ("another verifier", other.expose())]
    {
        let asked = |asking: Params| {
            asking.with("code_challenge", &pkce.challenge).without("code_challenge_method")
        };
        bracket.probe(what, redeemed(probe, evidence, asked, verifier).await?);
    }
    Ok(bracket.judge())
}

/// What came of a request, and of its code with a verifier.
async fn redeemed(
    probe: &Probe,
    evidence: &Evidence,
    change: impl Fn(Params) -> Params,
    verifier: &str,
) -> Result<Outcome, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    probe.step("probe");
    let authorized = probe.authorize(at, &mut session, &change(asking)).await?;
    let outcome = authorized.outcome(&client.redirect_uri);
    if !outcome.is_accepted() {
        return Ok(outcome);
    }
    let code = authorized.into_code(pkce, &client.redirect_uri)?;
    let params = redemption(&code).with("code_verifier", verifier);
    evidence.token_effect(probe, client, Some(&client.credentials), &params).await
}

async fn leaked(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    probe.step("probe");
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    let mut bracket = bracket(evidence, "a response and a code without the challenge");
    bracket.probe("an authorization response", shows(&authorized, &pkce.challenge));
    Ok(bracket.judge())
}

/// Whether the challenge stands in an answer, or in the parts of its code.
fn shows(authorized: &Authorized, challenge: &str) -> Outcome {
    let Some(code) = authorized.code() else { return Outcome::Unclear(authorized.summary()) };
    let decoded = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).unwrap_or_default();
        String::from_utf8_lossy(&bytes).contains(challenge)
    };
    if authorized.place().is_some_and(|place| place.contains(challenge)) {
        Outcome::Accepted("the challenge stands in the response".to_owned())
    } else if code.expose().split('.').any(decoded) {
        Outcome::Accepted("the challenge stands in the decoded code".to_owned())
    } else {
        Outcome::Refused("the challenge is not to be found".to_owned())
    }
}

fn bracket(evidence: &Evidence, expected: &'static str) -> Bracket {
    let mut bracket = Bracket::new(expected);
    bracket.controls.push(evidence.controls.of_public());
    bracket
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_found_plain_and_encoded() {
        let sent =
            |code: &str| Authorized::Redirected(format!("https://app.example/cb?code={code}"));
        let encoded = URL_SAFE_NO_PAD.encode("the-challenge|7");
        assert!(shows(&sent("the-challenge"), "the-challenge").is_accepted());
        assert!(shows(&sent(&encoded), "the-challenge").is_accepted());
        assert!(shows(&sent(&format!("x.{encoded}.y")), "the-challenge").is_accepted());
        assert!(matches!(shows(&sent("abc"), "the-challenge"), Outcome::Refused(_)));
    }
}
