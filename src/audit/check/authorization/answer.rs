//! What comes back with the answer: the client's state as it was (RFC 6749 §4.1.2), the issuer (RFC
//! 9207 §2), and nothing that the request smuggled in.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Consent, Params, Probe, Session, Trouble};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User];

pub(in crate::audit::check) static ISS_MISSING: Check = Check {
    id: "iss-missing",
    group: Group::Authorization,
    title: "An authorization response does not name its issuer",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9207 §2", "RFC 9700 §2.1"],
    text: Text {
        does: "Compares iss of an authorization response, byte for byte, with the issuer.",
        why: "A client of several servers cannot tell which one answered: an attacker's server has it send the code of an honest server to the attacker.",
        shown: "A code came back without iss, or with another one.",
        fix: "Add iss with the issuer identifier of the metadata to every authorization response.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(iss(probe, evidence)),
};

pub(in crate::audit::check) static ISS_MISSING_ON_ERROR: Check = Check {
    id: "iss-missing-on-error",
    group: Group::Authorization,
    title: "An error response does not name its issuer",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9207 §2"],
    text: Text {
        does: "Denies consent, and asks for a response type that does not exist; compares iss of both errors with the issuer.",
        why: "Errors are authorization responses, too: a client that checks iss cannot tell whose refusal it sees, and often stops checking.",
        shown: "An error came back without iss, or with another one.",
        fix: "Add iss to error responses in the same place where it is added to successful ones.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(iss_on_error(probe, evidence)),
};

pub(in crate::audit::check) static STATE_MANGLED: Check = Check {
    id: "state-mangled",
    group: Group::Authorization,
    title: "The state does not come back as it was sent",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §4.1.2", "RFC 6749 §4.1.2.1"],
    text: Text {
        does: "Sends a state with plus and percent signs, quotes, brackets and backslashes, and a long one; compares what comes back with a code and with an error.",
        why: "Clients keep their defence against forged responses in state. What is decoded twice, cut or escaped is compared loosely by clients, or not at all.",
        shown: "The state came back changed, or not at all.",
        fix: "Decode the request once, keep the value, and encode it once for the response.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(state(probe, evidence)),
};

pub(in crate::audit::check) static RESPONSE_POLLUTION: Check = Check {
    id: "response-pollution",
    group: Group::Authorization,
    title: "Parameters of the request turn up in the response",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §3.1", "RFC 6749 §4.1.2"],
    text: Text {
        does: "Asks with extra parameters that are called code, iss, error and access_token, once for a code and once for an error, and reads what comes back.",
        why: "Whoever makes the link puts a code or an issuer of their own into the response, beside the right one or instead of it: the client logs the user into the attacker's account.",
        shown: "A value of the request came back in the response, or a response parameter came back twice.",
        fix: "Build the response from what was decided alone; ignore unknown parameters of the request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(pollution(probe, evidence)),
};

/// Not a response type of anybody: the answer is an error.
const NO_TYPE: &str = "oauthlab_audit";

async fn iss(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "iss with the issuer");
    let mut session = evidence.session()?;
    let authorized = ask(probe, evidence, &mut session, |asking| asking).await?;
    bracket.probe("a response with a code", names(&authorized, &evidence.issuer));
    Ok(bracket.judge())
}

async fn iss_on_error(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "iss with the issuer");
    let mut session = evidence.session()?;
    let refused = |asking: Params| asking.with("response_type", NO_TYPE);
    let authorized = ask(probe, evidence, &mut session, refused).await?;
    // An error that is shown here reaches no client.
    if authorized.place().is_some() {
        let outcome = names(&authorized, &evidence.issuer);
        bracket.probe("an unsupported response type", outcome);
    }
    let mut session = evidence.session()?.consenting(Consent::Denied);
    let consent = |asking: Params| asking.with("prompt", "consent");
    let authorized = ask(probe, evidence, &mut session, consent).await?;
    if session.was_asked() && authorized.parameter("error").is_some() {
        bracket.probe("a denied consent", names(&authorized, &evidence.issuer));
    }
    if bracket.probes.is_empty() {
        return Ok(Judgement::not_applicable("no error is sent to the client"));
    }
    Ok(bracket.judge())
}

async fn state(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "the same state, byte for byte");
    let mut session = evidence.session()?;
    for state in [r#"a+b%20c%2B%252B"'<>&=#;/?\"#.to_owned(), "x".repeat(1500)] {
        let asked = |asking: Params| asking.with("state", &state);
        let authorized = ask(probe, evidence, &mut session, asked).await?;
        let what = format!("{} characters, with a code", state.len());
        bracket.probe(what, came_back(&authorized, &state));
        let asked = |asking: Params| asking.with("state", &state).with("response_type", NO_TYPE);
        let authorized = ask(probe, evidence, &mut session, asked).await?;
        if authorized.place().is_some() {
            let what = format!("{} characters, with an error", state.len());
            bracket.probe(what, came_back(&authorized, &state));
        }
    }
    Ok(bracket.judge())
}

const SMUGGLED: [(&str, &str); 4] = [
    ("code", "oauthlab-audit-code"),
    ("iss", "https://attacker.example"),
    ("error", "oauthlab_audit"),
    ("access_token", "oauthlab-audit-token"),
];

async fn pollution(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "each response parameter once, and none of the request's");
    let smuggle = |asking: Params| {
        SMUGGLED.iter().fold(asking, |asking, (name, value)| asking.and(name, value))
    };
    let mut session = evidence.session()?;
    let authorized = ask(probe, evidence, &mut session, smuggle).await?;
    bracket.probe("a request for a code", polluted(&authorized));
    let refused = |asking: Params| smuggle(asking).with("response_type", NO_TYPE);
    let authorized = ask(probe, evidence, &mut session, refused).await?;
    bracket.probe("a request that is refused", polluted(&authorized));
    Ok(bracket.judge())
}

fn bracket(evidence: &Evidence, expected: &'static str) -> Bracket {
    let mut bracket = Bracket::new(expected);
    bracket.controls.push(evidence.controls.of_confidential());
    bracket
}

async fn ask(
    probe: &Probe,
    evidence: &Evidence,
    session: &mut Session,
    change: impl Fn(Params) -> Params,
) -> Result<Authorized, Trouble> {
    let client = evidence.confidential()?;
    probe.step("probe");
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    probe.authorize(&evidence.endpoints, session, &change(asking)).await
}

/// Whether an answer fails to name the issuer.
fn names(authorized: &Authorized, issuer: &str) -> Outcome {
    match (authorized.place(), authorized.parameter("iss")) {
        (None, _) => Outcome::Unclear(authorized.summary()),
        (Some(_), Some(iss)) if iss == issuer => Outcome::Refused("iss is the issuer".to_owned()),
        (Some(_), Some(_)) => Outcome::Accepted("iss is something else".to_owned()),
        (Some(_), None) => Outcome::Accepted(format!("no iss: {}", authorized.summary())),
    }
}

/// Whether the state was lost or changed.
fn came_back(authorized: &Authorized, state: &str) -> Outcome {
    match (authorized.place(), authorized.parameter("state")) {
        (None, _) => Outcome::Unclear(authorized.summary()),
        (Some(_), Some(same)) if same == state => Outcome::Refused("it came back".to_owned()),
        (Some(_), Some(_)) => Outcome::Accepted("it came back changed".to_owned()),
        (Some(_), None) => Outcome::Accepted("it did not come back".to_owned()),
    }
}

/// Whether the request left traces in the answer. An error page has none by itself.
fn polluted(authorized: &Authorized) -> Outcome {
    let traces = SMUGGLED.iter().find(|(name, value)| {
        let all = authorized.all(name);
        all.len() > 1 || all.iter().any(|one| one == value)
    });
    match traces {
        Some((name, _)) => Outcome::Accepted(format!("{name} of the request came back")),
        None => Outcome::Refused(authorized.summary()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(query: &str) -> Authorized {
        Authorized::Redirected(format!("https://app.example/cb?{query}"))
    }

    #[test]
    fn only_the_exact_issuer_and_state_will_do() {
        let issuer = "https://as.example";
        let named = names(&sent("code=x&iss=https%3A%2F%2Fas.example"), issuer);
        assert!(matches!(named, Outcome::Refused(_)));
        assert!(names(&sent("code=x"), issuer).is_accepted());
        assert!(names(&sent("code=x&iss=https%3A%2F%2Fas.example%2F"), issuer).is_accepted());
        assert!(matches!(came_back(&sent("code=x&state=a%2Bb"), "a+b"), Outcome::Refused(_)));
        assert!(came_back(&sent("code=x&state=a+b"), "a+b").is_accepted());
        assert!(came_back(&sent("code=x"), "a+b").is_accepted());
    }

    #[test]
    fn what_was_smuggled_or_came_twice_is_pollution() {
        assert!(polluted(&sent("code=x&code=y")).is_accepted());
        assert!(polluted(&sent("code=x&error=oauthlab_audit")).is_accepted());
        assert!(matches!(polluted(&sent("code=x&state=y")), Outcome::Refused(_)));
    }
}
