//! Requests that name no redirect URI, two, or one that is none of the client's (RFC 6749 §3.1.2.3,
//! §4.1.2.1), and what reaches a header.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User];

pub(in crate::audit::check) static REDIRECT_CRLF: Check = Check {
    id: "redirect-crlf",
    group: Group::RedirectUri,
    title: "A line break of the request reaches the response header",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OAuth 2.1 §7.12"],
    text: Text {
        does: "Asks with a line break and a header field in redirect_uri, and in the state of a request that is refused.",
        why: "Whoever makes the link writes header fields of the response: cookies, another place to go, or a page of their own.",
        shown: "The response has the header field.",
        fix: "Encode what goes into a header, and refuse control characters in redirect_uri and state.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(crlf(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_DUPLICATE: Check = Check {
    id: "redirect-duplicate",
    group: Group::RedirectUri,
    title: "A request with two redirect URIs is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §3.1"],
    text: Text {
        does: "Asks with the registered URI and a foreign one in both orders, and with the foreign one as redirect_uri[].",
        why: "One program checks the first value and another uses the last: the code goes to the one that nobody checked.",
        shown: "A code was issued, or the browser was sent to the foreign URI.",
        fix: "Answer a request in which redirect_uri occurs more than once with an error page, and redirect nowhere.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(duplicate(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_ERROR_OPEN: Check = Check {
    id: "redirect-error-open",
    group: Group::RedirectUri,
    title: "Errors are sent to a URI that nobody registered",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §4.1.2.1", "RFC 9700 §4.11.2"],
    text: Text {
        does: "Asks with a foreign redirect URI for a client that does not exist, without a response type, and with a scope that does not exist.",
        why: "The server lends its good name to links that lead anywhere: to pages that ask for passwords, or that catch what is appended.",
        shown: "The browser was sent to the foreign URI.",
        fix: "Check client and redirect URI before anything else, and show an error page when one of them is wrong.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(error_open(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_OMITTED: Check = Check {
    id: "redirect-omitted",
    group: Group::RedirectUri,
    title: "The redirect URI may be left out though several are registered",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::SecondClient, Need::User],
    references: &["RFC 6749 §3.1.2.3"],
    text: Text {
        does: "Asks without redirect_uri for a client that registered two.",
        why: "The server guesses, and the code goes to the wrong one of the client's places: to an old one, or to that of a test.",
        shown: "A code was issued.",
        fix: "Require redirect_uri whenever more than one is registered, or always.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(omitted(probe, evidence)),
};

const FOREIGN: &str = "https://attacker.example/callback";

async fn duplicate(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let registered = client.redirect_uri.as_str();
    let mut bracket = bracket(evidence, "an error page, and no redirect");
    for (first, name, second) in [
        (registered, "redirect_uri", FOREIGN),
        (FOREIGN, "redirect_uri", registered),
        (registered, "redirect_uri[]", FOREIGN),
    ] {
        let mut session = evidence.session()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let asking = asking.with("redirect_uri", first).and(name, second);
        probe.step("probe");
        let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
        let outcome = match authorized.elsewhere(registered) {
            // An unknown parameter is ignored (RFC 6749 §3.1).
            Outcome::Refused(said) if name == "redirect_uri" && authorized.code().is_some() => {
                Outcome::Accepted(said)
            }
            other => other,
        };
        bracket.probe(format!("{first}, then {name} {second}"), outcome);
    }
    Ok(bracket.judge())
}

async fn error_open(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut bracket = bracket(evidence, "an error page, and no redirect");
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let asking = asking.with("redirect_uri", "https://attacker.example/error");
    let stranger = probe.random()?;
    probe.step("probe");
    for (what, asking) in [
        ("an unknown client", asking.clone().with("client_id", stranger.expose())),
        ("no response type", asking.clone().without("response_type")),
        ("an unknown scope", asking.with("scope", "oauthlab_audit")),
    ] {
        let mut session = evidence.session()?.looking();
        let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
        bracket.probe(what, authorized.elsewhere(&client.redirect_uri));
    }
    Ok(bracket.judge())
}

async fn omitted(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.second()?;
    if evidence.clients.other_uri.is_none() {
        return Ok(Judgement::not_applicable("no client with two redirect URIs is known"));
    }
    let mut bracket = Bracket::new("an error page, and no redirect");
    for named in [true, false] {
        let mut session = evidence.session()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let asking = if named { asking } else { asking.without("redirect_uri") };
        probe.step(if named { "control" } else { "probe" });
        let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
        match (named, authorized.code()) {
            (true, _) => bracket.control("with it", authorized.outcome(&client.redirect_uri)),
            (false, Some(_)) => bracket.probe("without", Outcome::Accepted(authorized.summary())),
            (false, None) => bracket.probe("without", authorized.outcome(&client.redirect_uri)),
        }
    }
    Ok(bracket.judge())
}

/// A header field that no server sends.
const CANARY: &str = "x-oauthlab-canary";

async fn crlf(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut bracket = bracket(evidence, "a response without the header field");
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let broken = |text: &str| format!("{text}\r\n{CANARY}: 1");
    let refused = asking.clone().with("response_type", "oauthlab_audit");
    probe.step("probe");
    for (what, asking) in [
        ("redirect_uri", asking.with("redirect_uri", &broken(&client.redirect_uri))),
        ("state", refused.with("state", &broken("state"))),
    ] {
        let url = asking.behind(&evidence.endpoints.authorization);
        let answer = probe.send(Request::get(url)).await?;
        bracket.probe(format!("a line break in {what}"), split(&answer));
    }
    Ok(bracket.judge())
}

fn split(answer: &Answer) -> Outcome {
    if answer.header(CANARY).is_some() {
        return Outcome::Accepted(format!("{} with the header field", answer.status()));
    }
    match answer.status() {
        200..=499 => Outcome::Refused(answer.status().to_string()),
        _ => Outcome::Unclear(answer.status().to_string()),
    }
}

fn bracket(evidence: &Evidence, expected: &'static str) -> Bracket {
    let mut bracket = Bracket::new(expected);
    bracket.controls.push(evidence.controls.of_confidential());
    bracket
}
